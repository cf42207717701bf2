/** Settings from `.env` in the working directory, where it exists; what the environment sets already stays. */
import { existsSync, readFileSync } from "node:fs"
import { parseEnv } from "node:util"

/** The file cannot be read as settings. Some of them would be lost without a word. */
export class UnreadableEnvFile extends Error {
  readonly _tag = "UnreadableEnvFile"
  override readonly message = ".env is not encoded in UTF-8: save it as UTF-8 and start again"
}

export const loadEnvFile = (): void => {
  if (!existsSync(".env")) return
  for (const [name, value] of Object.entries(parseEnv(textOf(readFileSync(".env"))))) process.env[name] ??= value
}

/** Without its byte order mark. In UTF-16 every second byte of a setting is 0. */
const textOf = (bytes: Uint8Array): string => {
  let text: string
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    throw new UnreadableEnvFile()
  }
  if (text.includes("\0")) throw new UnreadableEnvFile()
  return text
}

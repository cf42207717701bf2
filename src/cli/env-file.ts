/**
 * Reads settings from `.env` in the working directory, if it exists. Variables of the environment take precedence. A file in another
 * encoding and a misspelt name of a setting are errors: a setting that is ignored silently is worse than none.
 */
import { existsSync, readFileSync } from "node:fs"
import { parseEnv } from "node:util"
import { settingNames } from "../config.ts"
import { meantBy } from "../setting-names.ts"
import { UsageProblem } from "./failure.ts"

const FILE = ".env"
/** Short enough for every setting: all names in this file are meant for the gateway. */
const NAME_LENGTH_MIN = 4

export const loadEnvFile = (): void => {
  if (!existsSync(FILE)) return
  const settings = parseEnv(textOf(readFileSync(FILE)))
  for (const name of Object.keys(settings)) {
    const meant = meantBy(name, settingNames, NAME_LENGTH_MIN)
    if (meant !== undefined) throw new UsageProblem(`${FILE}: ${name} is not a setting; did you mean ${meant}?`)
  }
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value
}

const textOf = (bytes: Buffer): string => {
  const isUtf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff) || bytes.includes(0)
  if (isUtf16) throw new UsageProblem(`${FILE}: is in UTF-16; save it in UTF-8`)
  try {
    // A byte order mark is skipped.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    throw new UsageProblem(`${FILE}: is not in UTF-8; save it in UTF-8`)
  }
}

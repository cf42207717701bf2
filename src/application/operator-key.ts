/**
 * The operator's key: the setting API_KEY, or a key that the first start generates and keeps in a file. There is no default key.
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto"
import { join } from "node:path"
import { Schema } from "effect"
import { readKeyFile, writeKeyFile } from "../store/secrets/key-file.ts"

export interface OperatorKey {
  readonly isValid: (given: string) => boolean
  /** A key that this start generated, to be shown once; undefined otherwise. */
  readonly made: string | undefined
  /** The file that holds the key; undefined when the key comes from the settings. */
  readonly file: string | undefined
}

/** In the data directory. */
export const OPERATOR_KEY_FILE = "operator.key"
/** The key reaches everything, so it must be hard to guess. */
export const OPERATOR_KEY_LENGTH_MIN = 16

/** Terminal: the key in the file is short enough to be guessed. */
export class OperatorKeyTooShort extends Schema.TaggedError<OperatorKeyTooShort>()("OperatorKeyTooShort", {
  file: Schema.String
}) {
  override get message(): string {
    return `${this.file}: the key must have at least ${OPERATOR_KEY_LENGTH_MIN} characters; delete the file, and the next start generates a new key`
  }
}

/** Throws OperatorKeyTooShort. */
export const openOperatorKey = (directory: string, given: string | undefined): OperatorKey => {
  if (given !== undefined) return { isValid: checkAgainst(given), made: undefined, file: undefined }
  const file = join(directory, OPERATOR_KEY_FILE)
  const kept = readKeyFile(file)
  if (kept !== undefined && kept.length < OPERATOR_KEY_LENGTH_MIN) throw new OperatorKeyTooShort({ file })
  if (kept !== undefined) return { isValid: checkAgainst(kept), made: undefined, file }
  const made = randomBytes(32).toString("hex")
  writeKeyFile(file, `${made}\n`)
  return { isValid: checkAgainst(made), made, file }
}

const checkAgainst = (key: string) => {
  const expected = hash("sha256", key, "buffer")
  return (given: string): boolean => timingSafeEqual(hash("sha256", given, "buffer"), expected)
}

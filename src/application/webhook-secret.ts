/** Secrets of webhooks in the form of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
import { randomBytes } from "node:crypto"

const PREFIX = "whsec_"
const NEW_BYTES = 32
const BYTES_MIN = 24
const BYTES_MAX = 64

export const newSecret = (): string => `${PREFIX}${randomBytes(NEW_BYTES).toString("base64")}`

/** What is wrong with a secret that a client brings; undefined if nothing is. */
export const secretProblem = (secret: string): string | undefined => {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : ""
  const bytes = Buffer.from(base64, "base64")
  const isBase64 = bytes.toString("base64") === base64
  return isBase64 && bytes.length >= BYTES_MIN && bytes.length <= BYTES_MAX
    ? undefined
    : `must be ${PREFIX} followed by ${BYTES_MIN} to ${BYTES_MAX} bytes in base64`
}

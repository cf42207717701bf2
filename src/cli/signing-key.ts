/** The key that signs heads and trimmings. Says so when it creates a new one. */
import { type AuditKey, knownPublicKey, openAuditKey } from "../store/audit/signed-head.ts"

export const signingKey = (directory: string): AuditKey => {
  const isNew = knownPublicKey(directory) === null
  const key = openAuditKey(directory)
  if (isNew) {
    process.stderr.write(
      `A new key was created, audit.key in ${directory}: nothing was signed here before, or the old key is lost. Keep a copy of it.\n`
    )
  }
  return key
}

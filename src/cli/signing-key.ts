/** The key that heads and trimmings are signed with; that a new one was made is said. */
import { type AuditKey, knownPublicKey, openAuditKey } from "../store/audit/signed-head.ts"

export const signingKey = (directory: string): AuditKey => {
  const isNew = knownPublicKey(directory) === null
  const key = openAuditKey(directory)
  if (isNew) {
    process.stderr.write(
      `A new key was made, audit.key in ${directory}: nothing was signed here before, or the old one is lost. Keep a copy of it.\n`
    )
  }
  return key
}

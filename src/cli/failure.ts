/** How a command ends that cannot do its work: one line for what was foreseen, a stack for what was not, exit code 1. */

const systemCodes = new Set(["EADDRINUSE", "EACCES", "ENOENT", "EISDIR", "EADDRNOTAVAIL", "ENOSPC", "EROFS"])

export const fail = (failure: unknown): never => {
  const { _tag, code } = failure as { _tag?: string; code?: string }
  const isForeseen = _tag !== undefined || (code !== undefined && systemCodes.has(code))
  const text = failure instanceof Error ? (isForeseen ? failure.message : failure.stack) : String(failure)
  process.stderr.write(`${text}\n`)
  process.exit(1)
}

/** A wrong way of calling a command. */
export class UsageProblem extends Error {
  readonly _tag = "UsageProblem"
}

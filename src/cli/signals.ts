/**
 * Ends the process in order on SIGTERM or SIGINT. A signal that comes again, or to the wrapper and its child alike as Ctrl-C does, is
 * the same stop. Where a wrapper started this process, its end is a reason to stop, too: no gateway outlives start.js.
 */
import { fail } from "./failure.ts"

export type StopReason = NodeJS.Signals | "the wrapper ended"

export interface StopOptions {
  /** The process ends after this time even where `stop` does not. */
  readonly timeoutMs: number
  /** Run at the very end. */
  readonly last?: () => Promise<void>
}

export const stopOnSignal = (
  stop: (reason: StopReason) => Promise<unknown>,
  { timeoutMs, last = async () => {} }: StopOptions
): void => {
  let isStopping = false
  const end = async (code: number) => {
    await last()
    process.exit(code)
  }
  const handle = (reason: StopReason) => {
    if (isStopping) return
    isStopping = true
    setTimeout(() => void end(1), timeoutMs).unref()
    stop(reason).then(() => void end(0), fail)
  }
  process.on("SIGTERM", handle)
  process.on("SIGINT", handle)
  if (process.channel) {
    process.on("disconnect", () => handle("the wrapper ended"))
    process.channel.unref()
  }
}

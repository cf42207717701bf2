/**
 * Ends the process in order on SIGTERM or SIGINT. Further signals change nothing: Ctrl-C, for example, reaches a wrapper and its child
 * alike. A process that a wrapper started also stops when the wrapper ends, so that no gateway outlives start.js.
 */
import { setImmediate } from "node:timers/promises"
import { fail } from "./failure.ts"

export type StopReason = NodeJS.Signals | "the wrapper ended"

export interface StopOptions {
  /** The process ends after this time even if `stop` does not resolve. */
  readonly timeoutMs: number
  /** Runs right before the process ends. */
  readonly last?: () => Promise<void>
}

export const stopOnSignal = (
  stop: (reason: StopReason) => Promise<unknown>,
  { timeoutMs, last = async () => {} }: StopOptions
): void => {
  let isStopping = false
  const end = async (code: number) => {
    await last()
    // Tells the wrapper that only the end of the process is left, so that it can kill a process that hangs there.
    if (process.connected) {
      process.disconnect()
      await setImmediate()
    }
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

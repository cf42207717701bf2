/** Ends the process in order on SIGTERM or SIGINT. A second signal ends it at once. */
import { fail } from "./failure.ts"

export const stopOnSignal = (stop: (signal: NodeJS.Signals) => Promise<unknown>): void => {
  let isStopping = false
  const handle = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1)
    isStopping = true
    stop(signal).then(() => process.exit(0), fail)
  }
  process.on("SIGTERM", handle)
  process.on("SIGINT", handle)
}

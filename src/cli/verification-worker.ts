/** One thread of parallel-verification.ts: verifies its part and reports the number of verified events. */
import { parentPort, workerData } from "node:worker_threads"
import { type LogRange, verifyLog } from "../store/audit/verification.ts"
import { withStore } from "./open-store.ts"
import type { FromWorker } from "./parallel-verification.ts"

const part = workerData as LogRange
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
const say = (message: FromWorker) => parentPort?.postMessage(message)

withStore(verifyLog(part, { progress: (position) => say({ verified: position - (part.from ?? 1) + 1 }) })).then(
  (verdict) => say({ verdict }),
  (failure: unknown) => say({ failure: failure instanceof Error ? failure.message : String(failure) })
)

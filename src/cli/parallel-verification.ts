/**
 * Verifies the whole log in several threads, each with its own part and its own connection. A part begins with the hash where the
 * previous part ends, so the parts together form the chain.
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { programOf } from "../installation.ts"
import { type LogRange, type Verdict, verifyLog } from "../store/audit/verification.ts"
import { withStore } from "./open-store.ts"

/** The fewest events that are worth a thread. */
const PART_MIN = 50_000
const THREADS_MAX = 8

export type FromWorker = { readonly verified: number } | { readonly verdict: Verdict } | { readonly failure: string }

/** `end`: the log's last position at the start. `progress` is called with the number of verified events. */
export const verifyInParallel = async (
  range: LogRange,
  end: number,
  progress: (done: number, all: number) => void
): Promise<Verdict> => {
  const { from = 1, to = Number.MAX_SAFE_INTEGER } = range
  const last = Math.min(to, end)
  const all = Math.max(0, last - from + 1)
  const threads = Math.max(1, Math.min(availableParallelism(), THREADS_MAX, Math.floor(all / PART_MIN)))
  if (threads === 1) return withStore(verifyLog(range, { progress: (at) => progress(at - from + 1, all) }))
  const size = Math.ceil(all / threads)
  const done = Array.from({ length: threads }, () => 0)
  const parts = done.map((_, index): LogRange => {
    const isLast = index === threads - 1
    return { ...range, from: from + index * size, to: isLast ? to : from + (index + 1) * size - 1 }
  })
  const verdicts = await Promise.all(
    parts.map((part, index) =>
      verifyPart(part, (verified) => {
        done[index] = verified
        progress(
          done.reduce((sum, each) => sum + each, 0),
          all
        )
      })
    )
  )
  const broken = verdicts.find((verdict) => !verdict.valid)
  const ending = verdicts.at(-1)
  if (broken || !ending?.valid) return broken as Verdict
  return { ...ending, from }
}

const verifyPart = (part: LogRange, progress: (verified: number) => void): Promise<Verdict> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(programOf("cli/verification-worker"), { workerData: part })
    worker.on("message", (message: FromWorker) => {
      if ("verified" in message) progress(message.verified)
      else if ("verdict" in message) resolve(message.verdict)
      else reject(new Error(message.failure))
    })
    worker.on("error", reject)
    worker.on("exit", (code) => reject(new Error(`a verifying thread ended with ${code}`)))
  })

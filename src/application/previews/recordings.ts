/**
 * How long a recording is, how large a video, and how loud a voice note in the course of it: what a phone shows before it loads the file.
 *
 * The work is done in one thread, one file after the other, so that it delays nothing else. The thread is ended when a file takes too
 * long, and when there was nothing to do for a while.
 */
import { Worker } from "node:worker_threads"
import { Effect, Semaphore } from "effect"
import { programOf } from "../../installation.ts"
import type { Order, Report } from "./recording-thread.ts"

export interface Recording {
  /** At least 1. */
  readonly seconds?: number
  /** Of a voice note: 64 values of 0 to 100. */
  readonly waveform?: Uint8Array
  readonly width?: number
  readonly height?: number
}

/** What is not known by then is not shown. Decoding an hour of a voice note takes about this long. */
const READ_MAX_MS = 5_000
const IDLE_MAX_MS = 30_000
/** A recording that claims to be longer is not believed. */
const SECONDS_MAX = 24 * 3_600
const MEGABYTES_MAX = 64

const turn = Semaphore.makeUnsafe(1)
let thread: Worker | undefined
let idle: NodeJS.Timeout | undefined

/** Empty for a file that cannot be read. */
export const readRecording = (order: Order): Effect.Effect<Recording> =>
  turn.withPermits(1)(Effect.uninterruptible(Effect.promise(async () => recordingOf(await read(order)))))

const recordingOf = ({ seconds = 0, waveform, width, height }: Partial<Report>): Recording => ({
  ...(seconds > 0 && seconds <= SECONDS_MAX ? { seconds: Math.max(1, Math.round(seconds)) } : {}),
  ...(waveform === undefined ? {} : { waveform }),
  ...(width === undefined || height === undefined ? {} : { width, height })
})

/** Never rejects. */
const read = async (order: Order): Promise<Partial<Report>> => {
  clearTimeout(idle)
  const worker = (thread ??= openThread())
  let known: Partial<Report> = {}
  const ended = new AbortController()
  const isDone = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), READ_MAX_MS)
    ended.signal.addEventListener("abort", () => clearTimeout(timer))
    const listen = (given: Report) => {
      known = given
      if (given.isLast) resolve(true)
    }
    const fail = () => resolve(false)
    worker.on("message", listen).once("error", fail).once("exit", fail)
    ended.signal.addEventListener("abort", () => worker.off("message", listen).off("error", fail).off("exit", fail))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
    worker.postMessage(order)
  })
  ended.abort()
  if (isDone) idle = setTimeout(endThread, IDLE_MAX_MS).unref()
  else await endThread()
  return known
}

const openThread = (): Worker => {
  const worker = new Worker(programOf("application/previews/recording-thread"), {
    resourceLimits: { maxOldGenerationSizeMb: MEGABYTES_MAX },
    stderr: true
  })
  // The decoder prints a line for each damaged packet.
  worker.stderr.resume()
  // It holds up no end of the process.
  worker.unref()
  return worker
}

const endThread = async (): Promise<void> => {
  const worker = thread
  thread = undefined
  worker?.removeAllListeners()
  worker?.on("error", () => {})
  await worker?.terminate()
}

/** How the process did within the last minute: how long the event loop kept work waiting, and how much was appended. No I/O. */
import { monitorEventLoopDelay } from "node:perf_hooks"
import { Context, Effect, Layer } from "effect"
import { elapsedMsOf } from "../store/elapsed.ts"
import { EventLog } from "../store/log/event-log.ts"

export interface VitalSigns {
  /** The 99th percentile and the maximum of the delay of the event loop, milliseconds: of the worst 5 seconds. */
  readonly eventLoopDelay: { readonly p99Ms: number; readonly maxMs: number }
  readonly appendsPerSecond: number
}

export class Vitals extends Context.Service<Vitals, { readonly read: Effect.Effect<VitalSigns> }>()(
  "bitacora/application/Vitals"
) {
  static readonly layer = Layer.effect(
    Vitals,
    Effect.gen(function* () {
      const log = yield* EventLog
      const clock = yield* Effect.clockWith((clock) => Effect.succeed(clock))
      const samples = new Samples(() => ({ at: elapsedMsOf(clock), end: log.end() }))
      yield* Effect.addFinalizer(() => Effect.sync(() => samples.stop()))
      return Vitals.of({ read: Effect.sync(() => samples.read()) })
    })
  )
}

const EACH_MS = 5_000
const KEPT = 12
/** The histogram counts how long a timer of this many milliseconds really took. */
const RESOLUTION_MS = 20
const NANOSECONDS = 1_000_000

interface Mark {
  readonly at: number
  /** Where the log ended: positions have no gaps. */
  readonly end: number
}

interface Sample extends Mark {
  readonly p99Ms: number
  readonly maxMs: number
}

class Samples {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #mark: () => Mark
  readonly #timer: NodeJS.Timeout
  #samples: Sample[]

  constructor(mark: () => Mark) {
    this.#mark = mark
    this.#samples = [{ ...mark(), p99Ms: 0, maxMs: 0 }]
    this.#histogram.enable()
    this.#timer = setInterval(() => this.#take(), EACH_MS).unref()
  }

  read(): VitalSigns {
    const now = this.#sample()
    const [first = now] = this.#samples
    const seconds = (now.at - first.at) / 1_000
    const all = [...this.#samples, now]
    return {
      eventLoopDelay: {
        p99Ms: Math.max(...all.map(({ p99Ms }) => p99Ms)),
        maxMs: Math.max(...all.map(({ maxMs }) => maxMs))
      },
      appendsPerSecond: seconds > 0 ? (now.end - first.end) / seconds : 0
    }
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#histogram.disable()
  }

  #take(): void {
    this.#samples = [...this.#samples, this.#sample()].slice(-KEPT)
    this.#histogram.reset()
  }

  #sample(): Sample {
    const { count } = this.#histogram
    const late = (nanoseconds: number) => (count === 0 ? 0 : Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS))
    return { ...this.#mark(), p99Ms: late(this.#histogram.percentile(99)), maxMs: late(this.#histogram.max) }
  }
}

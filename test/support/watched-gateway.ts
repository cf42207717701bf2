/** The gateway as a process that says on SIGUSR2 how its event loop was since the last time, and what memory it holds after a collection. */
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import "../../src/main.ts"

export interface WatchedGateway {
  readonly loopP99Ms: number
  readonly loopMaxMs: number
  /** Of JavaScript, and of its buffers. */
  readonly megabytes: number
}

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

const RESOLUTION_MS = 1
const SETTLED_MS = 20
const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
loop.enable()
/** The histogram holds the time between two looks. */
const delayMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)

process.on("SIGUSR2", () => {
  const delays = { loopP99Ms: delayMs(loop.percentile(99)), loopMaxMs: delayMs(loop.max) }
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const watched: WatchedGateway = { ...delays, megabytes: (heapUsed + arrayBuffers) / 1e6 }
  // The next look still counts the time of the collection.
  setTimeout(() => {
    loop.reset()
    process.stdout.write(`watched ${JSON.stringify(watched)}\n`)
  }, SETTLED_MS)
})

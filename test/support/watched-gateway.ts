/** The gateway as a process that says on SIGUSR2 how its event loop was since the last time, and what memory it holds after a collection. */
import { createHistogram, monitorEventLoopDelay } from "node:perf_hooks"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { launch } from "../../launch.js"

export interface WatchedGateway {
  /** Processor time that the loop took between two looks: as the delay, without what other processes of the machine take. */
  readonly workP99Ms: number
  readonly workMaxMs: number
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

const work = createHistogram()
let before = process.threadCpuUsage()
setInterval(() => {
  const { user, system } = process.threadCpuUsage(before)
  before = process.threadCpuUsage()
  work.record(Math.max(1, Math.round(user + system)))
}, RESOLUTION_MS)

process.on("SIGUSR2", () => {
  const delays = {
    workP99Ms: work.percentile(99) / 1e3,
    workMaxMs: work.max / 1e3,
    loopP99Ms: delayMs(loop.percentile(99)),
    loopMaxMs: delayMs(loop.max)
  }
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const watched: WatchedGateway = { ...delays, megabytes: (heapUsed + arrayBuffers) / 1e6 }
  // The next look still counts the time of the collection.
  setTimeout(() => {
    loop.reset()
    work.reset()
    process.stdout.write(`watched ${JSON.stringify(watched)}\n`)
  }, SETTLED_MS)
})

await launch("main")

/** The gateway with measurements of its event loop: on SIGUSR2 it prints the figures since the last signal as a line of JSON. */
import { readdirSync, readFileSync } from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { launch } from "../launch.js"

export interface Watched {
  readonly rssMegabytes: number
  /** The JavaScript heap, garbage included. */
  readonly heapMegabytes: number
  /** The share of time in which the main thread ran, and in which it waited for a processor, in percent. */
  readonly ranPercent: number
  readonly waitedPercent: number
  readonly loopP99Ms: number
  readonly loopMaxMs: number
  /** What keeps the process alive, except timers, which come and go with every message. */
  readonly handles: number
  readonly files: number
}

const RESOLUTION_MS = 1
const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
loop.enable()

/** The histogram holds the time between two samples. */
const delayMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)

/** Nanoseconds. */
const scheduled = () => {
  const [ran = 0, waited = 0] = readFileSync("/proc/self/schedstat", "utf8").split(" ").map(Number)
  return { ran, waited, at: performance.now() * 1e6 }
}
let last = scheduled()

process.on("SIGUSR2", () => {
  const now = scheduled()
  const percent = (spent: number) => (spent / (now.at - last.at)) * 100
  const watched: Watched = {
    rssMegabytes: process.memoryUsage.rss() / 1e6,
    heapMegabytes: process.memoryUsage().heapUsed / 1e6,
    ranPercent: percent(now.ran - last.ran),
    waitedPercent: percent(now.waited - last.waited),
    loopP99Ms: delayMs(loop.percentile(99)),
    loopMaxMs: delayMs(loop.max),
    handles: process.getActiveResourcesInfo().filter((name) => name !== "Timeout" && name !== "Immediate").length,
    files: readdirSync("/proc/self/fd").length
  }
  loop.reset()
  last = now
  process.stdout.write(`watched ${JSON.stringify(watched)}\n`)
})

await launch("main")

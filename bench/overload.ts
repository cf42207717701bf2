/** How long /health takes while many connections send large bodies, beside how long it takes while nobody does. */
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { Worker } from "node:worker_threads"
import type { Flood } from "../test/support/flood-worker.ts"
import { GatewayProcess } from "../test/support/gateway-process.ts"

export const summary = "the time that /health takes under many connections with large bodies"

export const help = `npm run bench -- overload [--connections 30] [--seconds 20] [--heap <MB>]

Sends bodies of a megabyte over many connections at once: to a login, with a right and with a wrong token, and to an unknown path. Asks
/health meanwhile, and before. Run it on an idle machine: the figures depend on what else runs.

  --connections <n>   (30)
  --seconds <n>       (20)
  --heap <MB>         the limit of the gateway's heap; without it, Node's own
`

const PAUSE_MS = 10

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      connections: { type: "string", default: "30" },
      seconds: { type: "string", default: "20" },
      heap: { type: "string" }
    }
  })
  const lastsMs = Number(values.seconds) * 1_000
  const directory = mkdtempSync(join(tmpdir(), "bitacora-bench-overload-"))
  const gateway = await GatewayProcess.start({
    DATA_DIR: directory,
    FAILED_LOGINS_MAX: "1000000",
    RATE_LIMIT_MAX: "1000000",
    WRONG_TOKENS_MAX: "1000000",
    ...(values.heap === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${values.heap}` })
  })
  try {
    say("no other requests", await waitsOf(gateway, lastsMs))
    const authorization = `Bearer ${await gateway.user("51948907640")}`
    const workerData: Flood = {
      url: gateway.url,
      connections: Number(values.connections),
      targets: [
        ["/api/login", {}],
        ["/api/send-message", { authorization }],
        ["/api/send-message", { authorization: "Bearer guessed" }],
        ["/v1/devices", { authorization }],
        ["/nada", {}]
      ]
    }
    const flood = new Worker(new URL("../test/support/flood-worker.ts", import.meta.url), { workerData })
    const ended = once(flood, "message")
    say(`${values.connections} connections`, await waitsOf(gateway, lastsMs))
    flood.postMessage("stop", [])
    await ended
  } finally {
    await gateway.end("SIGTERM")
    rmSync(directory, { recursive: true, force: true })
  }
}

/** In milliseconds, in ascending order. */
const waitsOf = async (gateway: GatewayProcess, lastsMs: number): Promise<readonly number[]> => {
  const waits: number[] = []
  const endsAt = performance.now() + lastsMs
  while (performance.now() < endsAt) {
    const since = performance.now()
    await gateway.get("/health")
    waits.push(performance.now() - since)
    await sleep(PAUSE_MS)
  }
  return waits.toSorted((a, b) => a - b)
}

const say = (what: string, waits: readonly number[]): void => {
  const at = (share: number) => `${(waits[Math.floor(waits.length * share)] ?? 0).toFixed(1)} ms`
  const figures = `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, longest ${at(1 - 1 / waits.length)}`
  process.stdout.write(`${what.padEnd(20)} ${figures} (${waits.length} requests)\n`)
}

/** A gateway with a small heap, as a process, while many connections send large bodies: it refuses the surplus and keeps responding. */
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { afterEach, beforeEach, expect, it } from "vitest"
import type { Flood } from "../support/flood-worker.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { times } from "../support/soak.ts"

const HEAP_MB = 96
const CONNECTIONS = 30
const LASTS_MS = times(3_000, 20_000)
/** In the soak no other test runs beside this one; otherwise it shares the processor. */
const HEALTH_P99_MS = times(1_000, 100)

let directory: string
let gateway: GatewayProcess

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "bitacora-overload-"))
  const env = { DATA_DIR: directory, NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`, FAILED_LOGINS_MAX: "1000000" }
  gateway = await GatewayProcess.start({ ...env, RATE_LIMIT_MAX: "1000000", WRONG_TOKENS_MAX: "1000000" })
})
afterEach(async () => {
  await gateway.end("SIGKILL")
  rmSync(directory, { recursive: true, force: true })
})

/** A gateway that ran out of memory does not respond; its last words say so. */
const health = () =>
  gateway.get("/health").catch((cause: unknown) => {
    throw new Error(`no response; the gateway said: ${gateway.said}`, { cause })
  })

it(
  `[SEC-5] responds to /health in time under ${CONNECTIONS} connections with bodies of a megabyte, and does not run out of memory`,
  async () => {
    const token = await gateway.user("51948907640")
    const targets = [
      ["/api/login", {}],
      ["/api/send-message", { authorization: `Bearer ${token}` }],
      ["/api/send-message", { authorization: "Bearer guessed" }],
      ["/v1/devices", { authorization: `Bearer ${token}` }],
      ["/nada", {}]
    ] as const
    const workerData: Flood = { url: gateway.url, connections: CONNECTIONS, targets }
    const flood = new Worker(new URL("../support/flood-worker.ts", import.meta.url), { workerData })
    const ended = once(flood, "message") as Promise<[readonly number[]]>
    const waits: number[] = []
    const endsAt = performance.now() + LASTS_MS
    while (performance.now() < endsAt) {
      const since = performance.now()
      expect((await health()).status).toBe(200)
      waits.push(performance.now() - since)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    flood.postMessage("stop", [])
    const [statuses] = await ended
    const p99 = waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? 0
    expect(p99).toBeLessThan(HEALTH_P99_MS)
    expect(statuses.filter((status) => ![0, 401, 404, 413].includes(status))).toEqual([])
    expect((await health()).body.status).toBe("ok")
  },
  times(60_000, 120_000)
)

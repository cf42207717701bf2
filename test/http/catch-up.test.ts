/** Clients that read the whole history over the stream take turns, and barely delay other clients. */
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { EventLog } from "../../src/store/log/event-log.ts"
import { appendTo, received } from "../support/events.ts"
import type { Followers } from "../support/follow-worker.ts"
import { TestGateway } from "../support/gateway.ts"
import { times } from "../support/soak.ts"

const FOLLOWERS = times(30, 100)
const EVENTS = times(10_000, 15_000)
const ASKED = 150
/** In `npm test` other tests run at the same time; in the soak they do not. */
const LOADED_MACHINE_MS = times(5, 1)

let gateway: TestGateway
let reader: string
let other: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RATE_LIMIT_MAX: "1000000", STREAMS_PER_USER_MAX: "1000" } })
  reader = await gateway.user("51948907640")
  other = await gateway.user("51948907641")
  const { body } = await gateway.post("/v1/devices", { sessionId: "s" }, { token: reader })
  await gateway.post("/v1/devices", { sessionId: "t" }, { token: other })
  const { runtime } = gateway.gateway
  for (let n = 0; n < EVENTS; n += 500) {
    const events = Array.from({ length: 500 }, (_, i) => received(`m${n + i}`))
    const append = appendTo(`messages/${body.id}`, "any", events, body.deviceNumber)
    await runtime.runPromise(Effect.flatMap(EventLog, (log) => log.commit({ appends: [append] })))
  }
}, 120_000)
afterAll(() => gateway[Symbol.asyncDispose]())

/** The median time of a request, in milliseconds. */
const p50 = async (): Promise<number> => {
  const waits: number[] = []
  for (let n = 0; n < ASKED; n++) {
    const since = performance.now()
    expect((await gateway.get("/v1/devices", { token: other })).status).toBe(200)
    waits.push(performance.now() - since)
  }
  return waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)] ?? 0
}

it.each([
  ["WebSockets", () => `${gateway.url.replace("http", "ws")}/v1/stream?after=0`],
  ["Server-Sent Events", () => `${gateway.url}/v1/events/live?after=0`]
])(
  "[WS-2] [SEC-6] requests of other clients take at most twice as long while many %s catch up, and each gets everything",
  async (_, urlOf) => {
    await p50()
    const alone = await p50()
    const url = urlOf()
    const workerData: Followers = { url, count: FOLLOWERS, token: reader }
    const worker = new Worker(new URL("../support/follow-worker.ts", import.meta.url), { workerData })
    const frames = async () => {
      worker.postMessage("count", [])
      return ((await once(worker, "message")) as [number])[0]
    }
    await expect.poll(frames, { timeout: 10_000 }).toBeGreaterThan(0)
    const beside = await p50()
    expect(await frames()).toBeLessThan(FOLLOWERS * EVENTS)
    expect(beside).toBeLessThan(2 * alone + LOADED_MACHINE_MS)
    // Each also gets the registration of the device.
    await expect.poll(frames, { timeout: 180_000, interval: 200 }).toBe(FOLLOWERS * (EVENTS + 1))
    await worker.terminate()
  },
  240_000
)

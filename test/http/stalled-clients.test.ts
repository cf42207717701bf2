/** Many clients of every kind of feed that stop reading at once: what the gateway holds for them, and how it ends them. */
import { expect, it } from "vitest"
import { Recorder } from "../support/recorder.ts"
import { times } from "../support/soak.ts"
import { asEventStream, byPolling, overSocketIo, overWebSocket, type Stall } from "./support/stalled-client.ts"

const kinds: readonly Stall[] = [overWebSocket, asEventStream, overSocketIo, byPolling]
const CLIENTS = times(12, 200)
const CHARACTERS = 50_000
/** More than the buffers of the operating system take. */
const EVENTS = 240
const MEGABYTE = 1_000_000
/** What may wait for a client, and what its connection itself costs. */
const BYTES_EACH_MAX = 1.5 * MEGABYTE
/** Pages that are being read, and what was not collected yet. */
const COMMON_BYTES_MAX = 30 * MEGABYTE

it(
  "[WS-2] clients of every feed that read nothing cost a bounded amount of memory each, and are told their position",
  async () => {
    await using gateway = await Recorder.start({ STREAMS_PER_USER_MAX: "1000", RATE_LIMIT_MAX: "1000000" })
    const token = await gateway.user("51948907640")
    const { deviceNumber: device } = (await gateway.post("/v1/devices", { sessionId: "s" }, { token })).body
    for (let n = 0; n < EVENTS; n += 20) {
      await gateway.order({ do: "record", count: 20, characters: CHARACTERS, device })
    }
    const liveBytes = async () => (await gateway.order({ do: "weigh" })).liveBytes ?? Number.NaN
    // What the recording left behind is collected in two steps.
    await liveBytes()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const before = await liveBytes()
    const began = performance.now()
    const stalled = await Promise.all(
      Array.from({ length: CLIENTS / kinds.length }, () => kinds.map((stall) => stall(gateway.url, token))).flat()
    )
    let most = 0
    // They fill their buffers in turns; each is cut 15 seconds after its own was full.
    while (performance.now() - began < times(20_000, 35_000)) {
      most = Math.max(most, (await liveBytes()) - before)
      // Each look collects the garbage first, while the clients fill their buffers.
      await new Promise((resolve) => setTimeout(resolve, times(250, 2_000)))
    }
    process.stdout.write(
      `${CLIENTS} stalled clients: at most ${(most / MEGABYTE).toFixed(1)} MB live, ${(most / CLIENTS / MEGABYTE).toFixed(2)} MB each\n`
    )
    expect(most).toBeLessThan(CLIENTS * BYTES_EACH_MAX + COMMON_BYTES_MAX)
    // The clients did fill their buffers.
    expect(most).toBeGreaterThan(CLIENTS * 0.5 * MEGABYTE)
    const ends = await Promise.all(stalled.map((client) => client.wake()))
    // One that was cut long ago, and still did not read, has lost its connection.
    const told = ends.filter((end) => end.includes("too slow"))
    expect(told.length).toBeGreaterThanOrEqual(times(CLIENTS, 1))
    for (const client of stalled) client.leave()
    await expect.poll(async () => (await liveBytes()) - before, { timeout: 40_000 }).toBeLessThan(COMMON_BYTES_MAX)
  },
  times(90_000, 240_000)
)

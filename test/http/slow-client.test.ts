/** The memory of a gateway process while one client reads nothing and all others read on. */
import { expect, it } from "vitest"
import { CLOSE } from "../../src/http/feeds/feed.ts"
import { Recorder } from "../support/recorder.ts"
import { times } from "../support/soak.ts"

/** As large as a batch of a phone's history. */
const EVENT_CHARACTERS = 400_000
const AT_ONCE = 10
const MEGABYTE = 1_000_000
/** Half of it before the client connects, half while it is connected. */
const PASSED_BYTES = times(100, 400) * MEGABYTE
const GROWTH_BYTES_MAX = 30 * MEGABYTE

it(
  "[WS-2] a client that reads nothing costs a bounded amount of memory, however much it has to read and however much comes",
  async () => {
    await using gateway = await Recorder.start()
    const pass = async (bytes: number, each: () => Promise<void>) => {
      for (let passed = 0; passed < bytes; passed += AT_ONCE * EVENT_CHARACTERS) {
        await gateway.order({ do: "record", count: AT_ONCE, characters: EVENT_CHARACTERS })
        await each()
      }
    }
    await pass(PASSED_BYTES / 2, async () => {})
    const { liveBytes: before = 0 } = await gateway.order({ do: "weigh" })

    const slow = await gateway.follow("?after=0")
    slow.pause()
    const quick = await gateway.follow()
    const positions: number[] = []
    let reached = 0
    slow.on("message", (frame: Buffer) => positions.push(positionOf(frame)))
    quick.on("message", (frame: Buffer) => (reached = positionOf(frame)))
    let most = 0
    await pass(PASSED_BYTES / 2, async () => {
      const { liveBytes = Number.NaN, position } = await gateway.order({ do: "weigh" })
      most = Math.max(most, liveBytes - before)
      await expect.poll(() => reached, { timeout: 20_000 }).toBe(position)
    })
    expect(most).toBeLessThan(GROWTH_BYTES_MAX)

    // It reads on: everything, or up to where its socket was closed.
    const { position: end } = await gateway.order({ do: "weigh" })
    let cut: { readonly code: number; readonly reason: string } | undefined
    slow.once("close", (code, reason) => (cut = { code, reason: reason.toString() }))
    slow.resume()
    await expect.poll(() => cut !== undefined || positions.at(-1) === end, { timeout: 20_000 }).toBe(true)
    const last = JSON.stringify({ reason: "too slow", position: positions.at(-1) })
    expect([undefined, { code: CLOSE.tooSlow, reason: last }]).toContainEqual(cut)
    expect(positions).toEqual(positions.map((_, n) => n + 1))
    slow.terminate()
    quick.terminate()
  },
  times(60_000, 120_000)
)

const positionOf = (frame: Buffer): number => (JSON.parse(frame.toString()) as { position: number }).position

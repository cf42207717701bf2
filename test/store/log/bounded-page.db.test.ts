/** Pages of events are bounded in events and in bytes, and together are complete. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readBounded } from "../../../src/store/log/bounded-page.ts"
import { appendTo, openTestStore, received, type TestStore } from "../../support/store.ts"

const DEVICE = 7

let store: TestStore

beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store[Symbol.asyncDispose]())

const pages = async (after: number, limit: number) => {
  const lengths: number[] = []
  const positions: number[] = []
  for (let from = after; ; ) {
    const { events, isLast } = await store.run(
      readBounded(store.log.readAll, { after: from, limit, devices: [DEVICE] })
    )
    lengths.push(events.length)
    positions.push(...events.map(({ position }) => position))
    if (isLast) return { lengths, positions }
    from = events.at(-1)?.position ?? from
  }
}
const append = async (count: number, text: string) => {
  const events = Array.from({ length: count }, (_, n) => received(`${text.length}-${n}`, text))
  const recorded = await store.run(store.log.commit({ appends: [appendTo("messages/dev_p", "any", events, DEVICE)] }))
  return recorded.map(({ position }) => position)
}

describe("pages of a device's events", () => {
  it("hold the requested number of events, and tell which page is the last", async () => {
    const positions = await append(250, "corto")
    expect(await pages(0, 1_000)).toEqual({ lengths: [250], positions })
    expect(await pages(0, 250)).toEqual({ lengths: [250, 0], positions })
    expect(await pages(0, 249)).toEqual({ lengths: [249, 1], positions })
    expect(await pages(0, 100)).toEqual({ lengths: [100, 100, 50], positions })
  })

  it("end early where texts are long, and leave no event out", async () => {
    const after = store.log.end()
    const positions = await append(250, "ñ".repeat(30_000))
    expect(await pages(after, 1_000)).toEqual({ lengths: [70, 70, 70, 40], positions })
  })
})

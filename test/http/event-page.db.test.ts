/** Pages of events: bounded in events and in bytes, and together the whole. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readPage } from "../../src/http/event-page.ts"
import { appendTo, openTestStore, received, type TestStore } from "../support/store.ts"

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
    const { page, hasMore } = await store.run(readPage({ after: from, limit, devices: [DEVICE] }))
    lengths.push(page.length)
    positions.push(...page.map(({ position }) => position))
    if (!hasMore) return { lengths, positions }
    from = page.at(-1)?.position ?? from
  }
}
const append = async (count: number, text: string) => {
  const events = Array.from({ length: count }, (_, n) => received(`${text.length}-${n}`, text))
  const recorded = await store.run(store.log.commit({ appends: [appendTo("messages/dev_p", "any", events, DEVICE)] }))
  return recorded.map(({ position }) => position)
}

describe("pages of a device's events", () => {
  it("hold as many as were asked for, and say whether more follow", async () => {
    const positions = await append(250, "corto")
    expect(await pages(0, 1_000)).toEqual({ lengths: [250], positions })
    expect(await pages(0, 250)).toEqual({ lengths: [250], positions })
    expect(await pages(0, 249)).toEqual({ lengths: [249, 1], positions })
    expect(await pages(0, 100)).toEqual({ lengths: [100, 100, 50], positions })
  })

  it("end early where texts are long, and leave none out", async () => {
    const after = store.log.end()
    const positions = await append(250, "ñ".repeat(30_000))
    expect(await pages(after, 1_000)).toEqual({ lengths: [70, 70, 70, 40], positions })
  })
})

import { Effect, Layer, Stream } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Devices } from "../../../src/store/devices.ts"
import type { EventLog } from "../../../src/store/log/event-log.ts"
import type { LogPage } from "../../../src/store/log/next-page.ts"
import { type Follower, openFollower } from "../../../src/store/subscriptions/follower.ts"
import { dialects } from "../../support/dialects.ts"
import { appendTo, openTestStore, received, type TestStore } from "../../support/store.ts"

const OWNER = 7

describe.each(dialects)("a follower of the log on $name", (dialect) => {
  let store: TestStore

  beforeAll(async () => {
    store = await openTestStore(dialect)
  })
  afterAll(() => store[Symbol.asyncDispose]())

  const run = <A, E>(effect: Effect.Effect<A, E, EventLog | Devices>): Promise<A> =>
    store.run(effect.pipe(Effect.provide(Layer.fresh(Devices.layer))))
  const follow = (...given: Parameters<typeof openFollower>) => run(openFollower(...given))
  const append = async (device: number, count = 1) => {
    const events = Array.from({ length: count }, () => received(`m${Math.random()}`))
    const appended = await Effect.runPromise(
      store.log.commit({ appends: [appendTo(`messages/${device}`, "any", events, device)] })
    )
    return appended.map(({ position }) => position)
  }
  const register = async (number: number, owner: number | undefined) => {
    const deviceId = `dev_${String(number).padStart(26, "0")}`
    const userId = `usr_${String(owner ?? 0).padStart(26, "0")}`
    const data = {
      deviceId,
      deviceNumber: number,
      owner: owner === undefined ? { kind: "operator" } : { kind: "user", userId, number: owner },
      number: null,
      sessionId: null,
      name: null
    }
    const event = { type: "device.registered", data, from: "NONE", to: "NONE" }
    const [recorded] = await Effect.runPromise(
      store.log.commit({ appends: [appendTo(`device/${deviceId}`, "new", [event], number)] })
    )
    return recorded?.position ?? 0
  }
  /** What it gets until the end of the log, page by page. */
  const drain = async (follower: Follower, eventsMax?: number): Promise<readonly number[]> => {
    const got: number[] = []
    const take = (page: LogPage) => {
      got.push(...page.events.map(({ position }) => position))
      follower.advance(page.upTo)
    }
    const isOn = () => follower.position() < store.log.end()
    if (isOn()) {
      const pages = follower
        .pages(eventsMax)
        .pipe(Stream.runForEachWhile((page) => Effect.sync(() => (take(page), isOn()))))
      await Effect.runPromise(pages)
    }
    return got
  }

  it("[WS-1] gets an owner's events, from memory and from the database, and those of devices added later", async () => {
    const own = [await register(1, OWNER), ...(await append(1, 3))]
    await register(2, 8)
    await append(2, 3)
    await register(3, undefined)
    const behind = await follow(0, { owner: OWNER })
    const live = await follow(store.log.end(), { owner: OWNER })
    own.push(...(await append(1, 2)))
    const later = [await register(4, OWNER), ...(await append(4, 2))]
    await append(2, 2)
    later.push(...(await append(1)))
    expect(await drain(behind, 2)).toEqual([...own, ...later])
    expect(await drain(live, 3)).toEqual([...own.slice(-2), ...later])
    store = await store.reopen()
    expect(await drain(await follow(0, { owner: OWNER }), 2)).toEqual([...own, ...later])
    const typed = await follow(0, { owner: OWNER, types: ["device.registered"] })
    expect(await drain(typed)).toEqual([own[0], later[0]])
    const nothing = await follow(0, { owner: 99 })
    expect(await drain(nothing)).toEqual([])
    expect(nothing.position()).toBe(store.log.end())
  })

  it("[WS-1] gets one device's events of one kind, and continues from its reader's position", async () => {
    const wanted = await append(5, 6)
    const follower = await follow(0, { devices: [5], types: ["message.received"] })
    const [page] = await Effect.runPromise(follower.pages(4).pipe(Stream.take(1), Stream.runCollect))
    expect(page?.events.map(({ position }) => position)).toEqual(wanted.slice(0, 4))
    follower.advance(wanted[1] ?? 0)
    follower.advance(1)
    expect(follower.position()).toBe(wanted[1])
    expect(await drain(follower, 4)).toEqual(wanted.slice(2))
  })

  it("[WS-1] is told when events after its position were dropped", async () => {
    const [first = 0] = await append(6, 4)
    const all = await follow(first - 1)
    const own = await follow(first - 1, { owner: OWNER })
    const start = "INSERT INTO log_start SELECT 1, position, hash, recorded_at FROM event_log WHERE position = ?"
    await Effect.runPromise(store.log.commit({ statements: [{ sql: start, parameters: [first + 1] }] }))
    store.log.drop(first + 1)
    for (const follower of [all, own]) {
      const failure = await Effect.runPromise(Effect.flip(Stream.runDrain(follower.pages())))
      expect(failure).toMatchObject({ _tag: "HistoryTrimmed", start: first + 2 })
    }
  })
})

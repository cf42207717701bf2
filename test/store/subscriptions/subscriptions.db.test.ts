import { Effect, Fiber, Stream } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { claimCommand } from "../../../src/store/command-log.ts"
import { Database } from "../../../src/store/database.ts"
import type { Dialect, Statement } from "../../../src/store/dialect/dialect.ts"
import { DuplicateKey, StreamConflict } from "../../../src/store/errors.ts"
import { CHARACTERS_MAX } from "../../../src/store/log/bounded-page.ts"
import type { LogPage } from "../../../src/store/log/next-page.ts"
import { runSubscription } from "../../../src/store/subscriptions/run.ts"
import { type Subscription, Subscriptions } from "../../../src/store/subscriptions/subscriptions.ts"
import { dialects } from "../../support/dialects.ts"
import { appendTo, openTestStore, received, type TestStore } from "../../support/store.ts"
import { until } from "../../support/until.ts"

/** What a follower writes for an event: a row that can be written once. */
const effectOf = (position: number): Statement =>
  claimCommand(
    { scope: "follower", key: `e${position}`, fingerprint: new Uint8Array(32), until: "expiry" as const },
    "",
    0
  )

describe.each(dialects)("on $name", (dialect) => {
  let store: TestStore
  /** Called before each step of a write and after its commit; throwing fails the write, or loses the response. */
  let onWrite: (isCommitted?: boolean) => void = () => {}
  const watched = (open: Dialect): Dialect => ({
    ...open,
    writer: {
      transaction: async (work) => {
        onWrite()
        const result = await open.writer.transaction((tx) =>
          work({
            ...tx,
            run: async (statements) => {
              for (const statement of statements) {
                onWrite()
                await tx.run([statement])
              }
              onWrite()
            }
          })
        )
        onWrite(true)
        return result
      }
    }
  })

  beforeEach(async () => {
    onWrite = () => {}
    store = await openTestStore(dialect, watched)
  })
  afterEach(async () => {
    onWrite = () => {}
    await store[Symbol.asyncDispose]()
  })

  const subscriptions = <A, E>(
    use: (shape: Subscriptions["Service"]) => Effect.Effect<A, E>,
    on: TestStore = store
  ): Promise<A> => on.run(Effect.flatMap(Subscriptions, use).pipe(Effect.provide(Subscriptions.layer)))
  const open = (name: string, from: "start" | "now" = "start", on: TestStore = store) =>
    subscriptions((shape) => shape.open(name, { from }), on)
  const append = (count: number, stream = "messages/a", device = 1, text = "hola") => {
    const events = Array.from({ length: count }, () => received(`m${Math.random()}`, text))
    return Effect.runPromise(store.log.commit({ appends: [appendTo(stream, "any", events, device)] }))
  }
  const effects = (on: TestStore = store) =>
    on.run(
      Database.use(({ query }) => query((db) => db.selectFrom("command_log").select("idempotency_key").execute())).pipe(
        Effect.map((rows) =>
          rows.map((row) => Number(row.idempotency_key.slice(1))).toSorted((one, other) => one - other)
        )
      )
    )
  const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)
  const take = (subscription: Subscription, pages: number, paging = {}) =>
    Effect.runPromise(subscription.pages(paging).pipe(Stream.take(pages), Stream.runCollect))
  const checkpointOf = async (name: string, on: TestStore = store) =>
    (await subscriptions((shape) => shape.list, on)).find((each) => each.name === name)?.position

  describe("a subscription", () => {
    it("[LOG-11] begins at the start of the log, or with the next commit", async () => {
      await append(3)
      const whole = await open("whole", "start")
      const rest = await open("rest", "now")
      await append(2)
      expect((await take(whole, 1)).flatMap(({ events }) => events.map(({ position }) => position))).toEqual(upTo(5))
      expect((await take(rest, 1)).flatMap(({ events }) => events.map(({ position }) => position))).toEqual([4, 5])
    })

    it("[LOG-11] continues from its checkpoint, wherever it was opened from, and after a restart", async () => {
      await append(5)
      const first = await open("a", "start")
      await Effect.runPromise(first.advance(3))
      expect((await open("a", "now")).position()).toBe(3)
      store = await store.reopen()
      const again = await open("a", "now")
      expect(again.position()).toBe(3)
      expect((await take(again, 1))[0]?.events.map(({ position }) => position)).toEqual([4, 5])
    })

    it("[LOG-11] never goes back, and commits nothing for earlier positions", async () => {
      await append(5)
      const subscription = await open("a")
      await Effect.runPromise(subscription.advance(4, { statements: [effectOf(4)] }))
      expect(await Effect.runPromise(subscription.advance(2, { statements: [effectOf(2)] }))).toEqual([])
      expect(await Effect.runPromise(subscription.advance(4, { statements: [effectOf(40)] }))).toEqual([])
      expect(subscription.position()).toBe(4)
      expect(await checkpointOf("a")).toBe(4)
      expect(await effects()).toEqual([4])
    })

    it("[LOG-11] commits its own events with the checkpoint, and neither when the stream has moved", async () => {
      await append(2)
      const subscription = await open("a")
      const own = (expected: number) => ({ appends: [appendTo("messages/own", expected, [received(`o${expected}`)])] })
      const [event] = await Effect.runPromise(subscription.advance(1, own(0)))
      expect(event).toMatchObject({ stream: "messages/own", version: 1 })
      expect(await Effect.runPromise(Effect.flip(subscription.advance(2, own(0))))).toBeInstanceOf(StreamConflict)
      expect(await checkpointOf("a")).toBe(1)
      const duplicate = subscription.advance(2, { statements: [effectOf(1), effectOf(1)] })
      expect(await Effect.runPromise(Effect.flip(duplicate))).toBeInstanceOf(DuplicateKey)
      expect([await checkpointOf("a"), await effects()]).toEqual([1, []])
    })

    it("[LOG-11] does not move beyond the end of the log", async () => {
      await append(2)
      const subscription = await open("a")
      await expect(Effect.runPromise(subscription.advance(3))).rejects.toThrow("beyond the end")
      expect(await checkpointOf("a")).toBe(0)
    })

    it("[LOG-11] moves over events that do not match, so that it holds no trim up", async () => {
      await append(3, "messages/a", 1)
      const subscription = await open("a")
      const [page] = await take(subscription, 1, { devices: [2] })
      expect(page).toEqual({ events: [], upTo: 3 })
      const [, second] = await take(subscription, 2, { eventsMax: 2 })
      expect(second).toMatchObject({ events: [{ position: 3 }], upTo: 3 })
    })

    it("[LOG-11] is independent of other names; two followers of one name commit no work twice", async () => {
      await append(20)
      const [one, same, other] = [await open("a"), await open("a"), await open("b")]
      await Effect.runPromise(one.advance(10, { statements: upTo(10).map(effectOf) }))
      expect([other.position(), await checkpointOf("b")]).toEqual([0, 0])
      // It still has the first checkpoint in memory.
      const stale = await Effect.runPromise(Effect.flip(same.advance(15, { statements: [effectOf(15)] })))
      expect(stale).toMatchObject({ _tag: "CheckpointMoved", expected: 0, actual: 10 })
      expect(same.position()).toBe(10)
      await Effect.runPromise(one.advance(18))
      expect(await Effect.runPromise(same.advance(15, { statements: [effectOf(15)] }))).toEqual([])
      expect([same.position(), await effects()]).toEqual([18, upTo(10)])
    })

    it("is listed with its lag, and removed", async () => {
      await append(7)
      await Effect.runPromise((await open("a")).advance(5))
      await open("b", "now")
      expect(await subscriptions((shape) => shape.list)).toMatchObject([
        { name: "a", position: 5, lag: 2 },
        { name: "b", position: 7, lag: 0 }
      ])
      const removed = await open("a")
      expect(await subscriptions((shape) => shape.remove("a"))).toBe(true)
      expect(await subscriptions((shape) => shape.remove("a"))).toBe(false)
      const failure = await Effect.runPromise(Effect.flip(removed.advance(6, { statements: [effectOf(6)] })))
      expect(failure).toMatchObject({ _tag: "SubscriptionRemoved", subscription: "a" })
      expect(await effects()).toEqual([])
      await expect(open("no name")).rejects.toThrow("is not a valid name")
    })

    it("[LOG-11] is told that the log begins after its checkpoint", async () => {
      await append(4)
      const subscription = await open("a")
      const start = "INSERT INTO log_start SELECT 1, position, hash, recorded_at FROM event_log WHERE position = 2"
      await Effect.runPromise(store.log.commit({ statements: [{ sql: start, parameters: [] }] }))
      store.log.drop(2)
      const failure = await Effect.runPromise(Effect.flip(subscription.next(0)))
      expect(failure).toMatchObject({ _tag: "HistoryTrimmed", start: 3 })
      expect((await Effect.runPromise(subscription.next(2))).events).toHaveLength(2)
      // A new one begins with the events that are left.
      expect((await open("b")).position()).toBe(2)
    })

    it("[LOG-11] gets pages that are bounded in characters, from memory and from the database", async () => {
      const long = "x".repeat(200_000)
      for (let i = 0; i < 5; i++) await append(10, "messages/a", 1, long)
      const subscription = await open("a")
      const sizes = (pages: readonly LogPage[]) =>
        pages.map(({ events }) => events.reduce((sum, { text }) => sum + (text?.length ?? 0), 0))
      const fromMemory = sizes(await take(subscription, 3))
      store = await store.reopen()
      const fromDatabase = sizes(await take(await open("a"), 3))
      for (const size of [...fromMemory, ...fromDatabase]) expect(size).toBeLessThan(CHARACTERS_MAX + 11 * long.length)
    })
  })

  describe("a process that dies", () => {
    it("[LOG-11] has written the work and its checkpoint, or neither, at any point", async () => {
      await append(12)
      let points = 0
      for (let at = 1; ; at++) {
        const subscription = await open("a")
        const from = subscription.position()
        if (from >= 12) break
        points = 0
        onWrite = () => {
          if (++points === at) throw new Error("dead")
        }
        const page = upTo(from + 3).slice(from)
        await Effect.runPromise(Effect.exit(subscription.advance(from + 3, { statements: page.map(effectOf) })))
        const hasDied = points >= at
        onWrite = () => {}
        store = await store.reopen()
        const checkpoint = (await checkpointOf("a")) ?? 0
        expect(await effects()).toEqual(upTo(checkpoint))
        if (!hasDied) at = 0
      }
      expect(points).toBeGreaterThan(5)
    })
  })

  describe("the loop", () => {
    const loop = (subscription: Subscription, work: (page: LogPage) => Effect.Effect<object | void>, options = {}) =>
      Effect.runFork(runSubscription(subscription, work, options))
    const end = (fiber: Fiber.Fiber<unknown, unknown>) => Effect.runPromise(Fiber.interrupt(fiber))
    const write = ({ events }: LogPage) =>
      Effect.succeed({ statements: events.map(({ position }) => effectOf(position)) })

    it("[LOG-11] commits each page's work with the checkpoint, in order, and continues with new events", async () => {
      await append(5)
      const fiber = loop(await open("a"), write, { eventsMax: 2 })
      await until(async () => (await effects()).length === 5, "the work")
      await append(3)
      await until(async () => (await effects()).length === 8, "more work")
      expect(await checkpointOf("a")).toBe(8)
      await end(fiber)
    })

    it("[LOG-11] continues while the store fails and recovers, skips nothing and writes nothing twice", async () => {
      const total = 30
      let [writes, done] = [0, 0]
      const fiber = loop(await open("a"), write, { eventsMax: 4 })
      onWrite = (isCommitted) => {
        if (isCommitted !== true && ++writes % 23 === 0) throw new Error("away")
      }
      while (done < total) done += await append(1).then(...([() => 1, () => 0] as const))
      await until(async () => (await effects().catch(() => [])).length >= total, "the work", 15_000)
      onWrite = () => {}
      const checkpoint = store.log.end()
      await until(async () => (await checkpointOf("a")) === checkpoint, "the checkpoint")
      expect(await effects()).toEqual(upTo(checkpoint))
      await end(fiber)
    })

    it("[LOG-11] of two followers of one name does each piece of work once", async () => {
      const fibers = [loop(await open("a"), write, { eventsMax: 3 }), loop(await open("a"), write, { eventsMax: 5 })]
      for (let i = 0; i < 10; i++) await append(4)
      await until(async () => (await checkpointOf("a")) === 40, "the checkpoint")
      expect(await effects()).toEqual(upTo(40))
      for (const fiber of fibers) await end(fiber)
    })

    it("[LOG-11] writes the checkpoint of a handler without effects rarely: soon after it is idle, and at its end", async () => {
      let transactions = 0
      const subscription = await open("a")
      const seen: number[] = []
      const note = ({ events }: LogPage) => Effect.sync(() => void seen.push(...events.map(({ position }) => position)))
      const fiber = loop(subscription, note, { eventsMax: 1, checkpointEveryMs: 300 })
      onWrite = () => void transactions++
      await append(100)
      const ofAppend = transactions
      await until(() => seen.length === 100, "the events")
      expect(await checkpointOf("a")).toBeLessThan(100)
      await until(async () => (await checkpointOf("a")) === 100, "the checkpoint")
      // A transaction has four points here.
      expect(transactions - ofAppend).toBeLessThan(20)
      await append(10)
      await until(() => seen.length === 110, "the events")
      await end(fiber)
      expect(await checkpointOf("a")).toBe(110)
      expect(seen).toEqual(upTo(110))
    })

    it("[LOG-11] moves the checkpoint over events that do not match", async () => {
      const fiber = loop(await open("a"), write, { devices: [2], checkpointEveryMs: 20 })
      await append(50)
      await until(async () => (await checkpointOf("a")) === 50, "the checkpoint")
      expect(await effects()).toEqual([])
      await end(fiber)
    })

    it("[LOG-11] ends with the handler's failure, before the page that it failed on", async () => {
      await append(5)
      const subscription = await open("a")
      const failing = ({ upTo: last, events }: LogPage) =>
        last > 2 ? Effect.fail("no") : Effect.succeed({ statements: events.map(({ position }) => effectOf(position)) })
      const failure = await Effect.runPromise(Effect.flip(runSubscription(subscription, failing, { eventsMax: 1 })))
      expect(failure).toBe("no")
      expect([await checkpointOf("a"), await effects()]).toEqual([2, [1, 2]])
    })

    it("[LOG-11] ends when its subscription is removed", async () => {
      await append(1)
      const subscription = await open("a")
      await subscriptions((shape) => shape.remove("a"))
      const failure = await Effect.runPromise(Effect.flip(runSubscription(subscription, write)))
      expect(failure).toMatchObject({ _tag: "SubscriptionRemoved" })
    })

    it("[LOG-11] of a slow follower holds one page in memory, not what others append meanwhile", async () => {
      const subscription = await open("a")
      let held = 0
      const slow = (page: LogPage) =>
        Effect.sleep(5).pipe(Effect.tap(() => Effect.sync(() => (held = page.events.length))))
      const fiber = loop(subscription, slow, { eventsMax: 10 })
      for (let i = 0; i < 20; i++) await append(50)
      await until(async () => (await checkpointOf("a")) === 1_000, "the end", 15_000)
      expect(held).toBeLessThanOrEqual(10)
      await end(fiber)
    })
  })
})

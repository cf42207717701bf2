import { EventLog } from "../../src/store/log/event-log.ts"
import { followLog } from "../support/follow-log.ts"
import { Effect, Fiber, Stream } from "effect"
import type { KyselyPlugin } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Database } from "../../src/store/database.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { DuplicateKey, StreamConflict } from "../../src/store/errors.ts"
import { dialects } from "../support/dialects.ts"
import { storedEvents, walk } from "../support/stored-log.ts"
import { appendTo, openOn, openTestStore, received, type TestStore } from "../support/store.ts"

describe.each(dialects)("on $name", (dialect) => {
  let store: TestStore

  beforeAll(async () => {
    store = await openTestStore(dialect)
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
  })

  const failureOf = (effect: Effect.Effect<unknown, unknown>) => Effect.runPromise(Effect.flip(effect))

  const events = async (target: TestStore) => storedEvents((await target.run(Database)).dialect)

  describe("append with an expected version", () => {
    const commit = (stream: string, expected: number | "new" | "any") =>
      store.log.commit({ appends: [appendTo(stream, expected, [received(`${stream}-${expected}-${Math.random()}`)])] })

    it("[LOG-3] any: appends to a new stream and to an existing one", async () => {
      expect((await Effect.runPromise(commit("messages/any", "any")))[0]?.version).toBe(1)
      expect((await Effect.runPromise(commit("messages/any", "any")))[0]?.version).toBe(2)
    })

    it("[LOG-3] new: appends to a new stream and refuses an existing one", async () => {
      expect((await Effect.runPromise(commit("messages/new", "new")))[0]?.version).toBe(1)
      const failure = await failureOf(commit("messages/new", "new"))
      expect(failure).toBeInstanceOf(StreamConflict)
      expect(failure).toMatchObject({ stream: "messages/new", expected: "new", actual: 1 })
    })

    it("[LOG-3] a number: appends at that version, refuses a lower and a higher one, and reports expected and actual", async () => {
      await Effect.runPromise(commit("messages/exact", "new"))
      expect((await Effect.runPromise(commit("messages/exact", 1)))[0]?.version).toBe(2)
      expect(await failureOf(commit("messages/exact", 1))).toMatchObject({ expected: 1, actual: 2 })
      expect(await failureOf(commit("messages/exact", 7))).toMatchObject({ expected: 7, actual: 2 })
    })

    it("[LOG-3] a stale append changes nothing", async () => {
      const before = await Effect.runPromise(store.log.head)
      await failureOf(commit("messages/exact", 0))
      expect(await Effect.runPromise(store.log.head)).toEqual(before)
    })
  })

  describe("a unit", () => {
    it("[LOG-3] with two appends to one stream: the second begins where the first ended", async () => {
      const unit = (second: number) => ({
        appends: [
          appendTo("messages/twice", "new", [received("t1"), received("t2")]),
          appendTo("messages/twice", second, [received("t3")])
        ]
      })
      expect(await failureOf(store.log.commit(unit(1)))).toMatchObject({ expected: 1, actual: 2 })
      expect((await Effect.runPromise(store.log.commit(unit(2)))).map(({ version }) => version)).toEqual([1, 2, 3])
    })

    it("[LOG-2] with several appends is all or nothing", async () => {
      await Effect.runPromise(store.log.commit({ appends: [appendTo("messages/b", "new", [received("b1")], 2)] }))
      const before = await Effect.runPromise(store.log.head)
      const failure = await failureOf(
        store.log.commit({
          appends: [
            appendTo("messages/a", "new", [received("a1")], 2),
            appendTo("messages/b", "new", [received("b2")], 2)
          ]
        })
      )
      expect(failure).toBeInstanceOf(StreamConflict)
      expect(await Effect.runPromise(store.log.head)).toEqual(before)
      expect(await Effect.runPromise(store.log.readStream("messages/a", 0, 10))).toEqual([])
    })

    it("[LOG-2] that breaks a unique key is refused alone; units committed with it stand", async () => {
      const units = ["c1", "c2", "c2", "c3"].map((id, index) =>
        store.log.commit({ appends: [appendTo(`messages/c-${index}`, "new", [received(id)], 3)] }).pipe(Effect.result)
      )
      const results = await Effect.runPromise(Effect.all(units, { concurrency: "unbounded" }))
      expect(results.map((result) => result._tag)).toEqual(["Success", "Success", "Failure", "Success"])
      expect(results[2]).toMatchObject({ failure: expect.any(DuplicateKey) })
      expect(walk(await events(store))).toBeUndefined()
    })

    it("with an event type that is not in the catalogue is refused alone", async () => {
      const wrong = store.log.commit({
        appends: [appendTo("messages/d", "new", [{ type: "message.eaten", data: {} }])]
      })
      const right = store.log.commit({ appends: [appendTo("messages/e", "new", [received("e1")])] })
      const results = await Effect.runPromise(Effect.all([Effect.exit(wrong), Effect.exit(right)], { concurrency: 2 }))
      expect(results.map((exit) => exit._tag)).toEqual(["Failure", "Success"])
    })
  })

  describe("the log", () => {
    it("keeps payload bytes exactly, whatever a message holds", async () => {
      const text = 'é 漢 👍 \u0000 "quotes" \\ \n lone \ud800 surrogate'
      const [event] = await Effect.runPromise(
        store.log.commit({ appends: [appendTo("messages/bytes", "new", [received("bytes", text)])] })
      )
      const [read] = await Effect.runPromise(store.log.readStream("messages/bytes", 0, 1))
      expect(read?.text).toBe(event?.text)
      expect(JSON.parse(read?.text ?? "").content.text).toBe(text)
      expect(walk(await events(store))).toBeUndefined()
    })

    it("[LOG-4] [LOG-6] with 50 concurrent writers: dense positions, dense versions, both chains valid, times in order", async () => {
      const writers = Array.from({ length: 50 }, (_, writer) =>
        Effect.gen(function* () {
          for (let i = 0; i < 20; i++) {
            yield* store.log.commit({
              appends: [appendTo(`messages/writer-${writer}`, i, [received(`w${writer}-${i}`)], 100 + writer)]
            })
          }
        })
      )
      await Effect.runPromise(Effect.all(writers, { concurrency: "unbounded" }))
      const stored = await events(store)
      expect(stored.map((event) => event.position)).toEqual(stored.map((_, index) => index + 1))
      expect(walk(stored)).toBeUndefined()
      const times = stored.map((event) => event.recordedAt)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
    })

    it("[LOG-9] lets one stream's chain be checked from its own events alone", async () => {
      const stored = (await events(store)).filter((event) => event.stream === "messages/writer-7")
      expect(stored).toHaveLength(20)
      for (const [index, event] of stored.entries()) {
        const previous = stored[index - 1]?.hash ?? new Uint8Array(32)
        expect(Buffer.compare(event.streamPreviousHash, previous)).toBe(0)
      }
    })

    it("[LOG-1] survives closing and opening, and continues at the next position", async () => {
      await using first = await openTestStore(dialect)
      await Effect.runPromise(first.log.commit({ appends: [appendTo("messages/x", "new", [received("x1")])] }))
      const again = await first.reopen()
      const [event] = await Effect.runPromise(
        again.log.commit({ appends: [appendTo("messages/x", 1, [received("x2")])] })
      )
      expect(event).toMatchObject({ position: 2, version: 2 })
      expect(walk(await events(again))).toBeUndefined()
      await again[Symbol.asyncDispose]()
    })

    it("draws each number once, in order with the commits around it", async () => {
      const numbers = await Effect.runPromise(
        Effect.all(
          Array.from({ length: 20 }, () => store.log.nextNumber("device")),
          { concurrency: "unbounded" }
        )
      )
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    })

    it("[LOG-5] rebuilds the same read models from its events", async () => {
      const rows = () =>
        store.run(
          Database.use(({ query }) =>
            query((db) => db.selectFrom("message").selectAll().orderBy("device").orderBy("message_id").execute())
          )
        )
      const before = await rows()
      expect(before.length).toBeGreaterThan(1_000)
      await store.run(
        Database.use(({ dialect }) =>
          Effect.promise(() =>
            dialect.writer.transaction((tx) =>
              tx.run([
                { sql: "DELETE FROM message", parameters: [] },
                { sql: "UPDATE projection SET version = 0", parameters: [] }
              ])
            )
          )
        )
      )
      store = await store.reopen()
      expect(await rows()).toEqual(before)
    })
  })

  describe("following the log", () => {
    const collect = (from: number, count: number) =>
      followLog(from).pipe(
        Stream.flatMap((page) => Stream.fromIterable(page)),
        Stream.take(count),
        Stream.runCollect,
        Effect.provideService(EventLog, store.log)
      )

    it("[LOG-4] a follower that joins amid 50 writers gets each position once, in order", async () => {
      const start = store.log.end()
      const program = Effect.gen(function* () {
        const writers = Array.from({ length: 50 }, (_, writer) =>
          Effect.gen(function* () {
            for (let i = 0; i < 20; i++) {
              yield* store.log.commit({
                appends: [appendTo(`messages/live-${writer}`, i, [received(`l${writer}-${i}`)], 200 + writer)]
              })
            }
          })
        )
        const writing = yield* Effect.forkChild(Effect.all(writers, { concurrency: "unbounded" }))
        const early = yield* Effect.forkChild(collect(start, 1_000))
        yield* Effect.sleep(5)
        const late = yield* Effect.forkChild(collect(start + 1, 999))
        yield* Fiber.join(writing)
        return [yield* Fiber.join(early), yield* Fiber.join(late)] as const
      })
      const [early, late] = await Effect.runPromise(program)
      expect(early.map((event) => event.position)).toEqual(Array.from({ length: 1_000 }, (_, i) => start + 1 + i))
      expect(late.map((event) => event.position)).toEqual(Array.from({ length: 999 }, (_, i) => start + 2 + i))
    })

    it("a follower from the beginning reads the database first, then live events", async () => {
      const end = store.log.end()
      const all = await Effect.runPromise(collect(0, end))
      expect(all.map((event) => event.position)).toEqual(Array.from({ length: end }, (_, i) => i + 1))
    })

    it("a follower with a filter by device and type still ends where the log does", async () => {
      const pages = followLog(0, { devices: [203] }).pipe(
        Stream.take(1),
        Stream.runCollect,
        Effect.provideService(EventLog, store.log)
      )
      const events = (await Effect.runPromise(pages)).flat()
      expect(events).toHaveLength(20)
      expect(new Set(events.map((event) => event.device))).toEqual(new Set([203]))
    })
  })
})

describe("a log that another process writes to", () => {
  it("[LOG-3] knows a stream's version after another process appended to it", async () => {
    await using store = await openTestStore()
    const other = await openOn(store.database)
    for (const [version, { log }] of [store, other, store, other, store].entries()) {
      const append = appendTo("messages/a", version, [received(`m${version}`)])
      expect((await Effect.runPromise(log.commit({ appends: [append] })))[0]?.version).toBe(version + 1)
    }
    expect(walk(await storedEvents((await store.run(Database)).dialect))).toBeUndefined()
    await other.close()
  })

  it("[LOG-4] is followed without a gap while events are committed during the reading of a page", async () => {
    const committing: { next?: () => Promise<unknown> } = {}
    const amid: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        const { next } = committing
        delete committing.next
        await next?.()
        return result
      }
    }
    await using first = await openTestStore()
    await Effect.runPromise(first.log.commit({ appends: [appendTo("messages/a", 0, [received("m0")], 1)] }))
    const store = await openOn(first.database, (dialect) => ({ ...dialect, reader: dialect.reader.withPlugin(amid) }))
    const append = (version: number, device: number) =>
      Effect.runPromise(
        store.log.commit({ appends: [appendTo(`messages/${device}`, version, [received(`d${version}`)], device)] })
      )
    committing.next = () => append(0, 7)
    const following = Effect.runPromise(
      followLog(0, { devices: [7] }).pipe(
        Stream.flatMap((page) => Stream.fromIterable(page)),
        Stream.take(2),
        Stream.runCollect,
        Effect.provideService(EventLog, store.log)
      )
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    await append(1, 7)
    expect((await following).map(({ version }) => version)).toEqual([1, 2])
    await store.close()
  })
})

it("[LOG-1] SQLite is refused where it cannot commit durably", () => {
  expect(() => openSqlite(":memory:")).toThrow(/journal_mode=memory, but durable writes need wal/)
})

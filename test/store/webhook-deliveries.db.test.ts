/**
 * What readers get of deliveries that are written as rows and, many in a row, as packs: the same as if each had a row of its own. A model
 * says what that is.
 */
import { type Effect, Layer, ManagedRuntime } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { WebhookId } from "../../src/events/ids.ts"
import { Database } from "../../src/store/database.ts"
import type { Statement } from "../../src/store/dialect/dialect.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { newId } from "../../src/store/new-id.ts"
import { forgetAnswers } from "../../src/store/webhook/answers.ts"
import { writeDelivered } from "../../src/store/webhook/delivered.ts"
import { Deliveries, writeDeliveries } from "../../src/store/webhook/deliveries.ts"
import type { Delivery, DeliveryStatus } from "../../src/store/webhook/delivery.ts"
import { dialects, type TestDatabase } from "../support/dialects.ts"
import { times } from "../support/soak.ts"
import { appendTo, received } from "../support/store.ts"

const EVENTS = 400
const END = Number.MAX_SAFE_INTEGER

const succeeded = (position: number, answer: string) => ({
  position,
  attempt: { at: 1_790_000_000_000 + position * 7, status: 200 + (position % 7), durationMs: position % 90, answer }
})
/** What a reader gets of it. */
const read = (position: number, answer: string): Delivery => {
  const { attempt } = succeeded(position, answer)
  return {
    position,
    status: "delivered",
    attempts: 1,
    history: [{ ...attempt, answer: answer === "" ? null : answer }],
    step: 0,
    firstAt: attempt.at,
    nextAt: null,
    delayMs: null
  }
}
const later = (position: number, status: DeliveryStatus): Delivery => ({
  ...read(position, ""),
  status,
  attempts: 3,
  nextAt: status === "failing" ? 9 : null
})

describe.each(dialects)("deliveries on $name", ({ create }) => {
  let database: TestDatabase
  let runtime: ManagedRuntime.ManagedRuntime<Deliveries | Database | EventLog, unknown>
  const run = <A, E>(effect: Effect.Effect<A, E, Deliveries | Database | EventLog>): Promise<A> =>
    runtime.runPromise(effect)
  const commit = (statements: readonly Statement[]) => run(EventLog.use((log) => log.commit({ statements })))
  const newWebhook = () => WebhookId.make(newId("whk", Date.now()))

  beforeAll(async () => {
    database = await create()
    const store = EventLog.layer().pipe(Layer.provideMerge(Database.layer(() => database.open())))
    runtime = ManagedRuntime.make(Deliveries.layer.pipe(Layer.provideMerge(store)))
    const events = Array.from({ length: EVENTS }, (_, n) => received(`m${n}`))
    await run(EventLog.use((log) => log.commit({ appends: [appendTo("messages/a", "new", events)] })))
  })
  afterAll(async () => {
    await runtime.dispose()
    await database.drop()
  })

  const list = (id: WebhookId, before: number, limit: number, status?: DeliveryStatus) =>
    run(Deliveries.use((deliveries) => deliveries.list(id, { before, limit, status })))
  const listAll = async (id: WebhookId, limit: number, status?: DeliveryStatus) => {
    const all: Delivery[] = []
    for (let before = END; ; ) {
      const page = await list(id, before, limit, status)
      all.push(...page)
      if (page.length < limit) return all
      before = page.at(-1)?.position ?? 0
    }
  }
  const find = (id: WebhookId, position: number) => run(Deliveries.use((deliveries) => deliveries.find(id, position)))

  const aWrite = fc.array(fc.record({ skipped: fc.nat(2), answer: fc.constantFrom("", "", "ok", "ñ") }), {
    maxLength: 9
  })
  const aRow = fc.record({
    place: fc.nat(999),
    status: fc.constantFrom<DeliveryStatus>("delivered", "failing", "parked")
  })
  const aStep = fc.oneof({ weight: 3, arbitrary: aWrite }, { weight: 1, arbitrary: aRow })

  it("[HOOK-1] are listed and found the same, whether they were written one by one or many in a row", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 30 }), fc.integer({ min: 1, max: 20 }), async (steps, limit) => {
        const id = newWebhook()
        const model = new Map<number, Delivery>()
        let end = 0
        for (const step of steps) {
          if (!Array.isArray(step)) {
            // A resend, or a replay, which may be ahead of what is new.
            const delivery = later((step.place % (end + 5)) + 1, step.status)
            model.set(delivery.position, delivery)
            await commit(writeDeliveries(id, [delivery]))
            continue
          }
          const first = end + 1
          const delivered = step.map(({ skipped, answer }) => succeeded((end += 1 + skipped), answer))
          for (let position = first; position <= end; position++) {
            if (position >= (delivered[0]?.position ?? END)) model.delete(position)
          }
          for (const { position, attempt } of delivered) model.set(position, read(position, attempt.answer))
          await commit(writeDelivered(id, delivered))
        }
        const expected = (status?: DeliveryStatus) =>
          [...model.values()]
            .filter((delivery) => status === undefined || delivery.status === status)
            .toSorted((one, other) => other.position - one.position)
        for (const status of [undefined, "delivered", "failing", "parked"] as const) {
          expect(withoutEvents(await listAll(id, limit, status))).toEqual(expected(status))
        }
        const positions = Array.from({ length: end + 6 }, (_, n) => n)
        for (const position of positions.filter((each) => each % 5 === 0)) {
          const found = await find(id, position)
          const known = model.get(position)
          expect(found === undefined ? [] : withoutEvents([found])).toEqual(known ? [known] : [])
        }
        const among = await run(Deliveries.use((deliveries) => deliveries.deliveredAmong(id, positions)))
        expect([...among].toSorted((one, other) => one - other)).toEqual(
          expected("delivered")
            .map(({ position }) => position)
            .toReversed()
        )
      }),
      { numRuns: times(12, 300) }
    )
  })

  it("[HOOK-1] in a page that several packs fill have their events' types and times", async () => {
    const id = newWebhook()
    for (let from = 1; from <= 120; from += 3) {
      await commit(
        writeDelivered(
          id,
          [from, from + 1, from + 2].map((position) => succeeded(position, ""))
        )
      )
    }
    const page = await list(id, 100, 70)
    expect(page.map(({ position }) => position)).toEqual(Array.from({ length: 70 }, (_, n) => 99 - n))
    expect(new Set(page.map(({ type, device }) => `${type} ${device}`))).toEqual(new Set(["message.received 1"]))
  })

  it("[LOG-8] lose the answer to an event that is erased, and keep their outcome", async () => {
    const [one, other] = [newWebhook(), newWebhook()]
    for (const id of [one, other])
      await commit(
        writeDelivered(
          id,
          [7, 8].map((each) => succeeded(each, "secret"))
        )
      )
    await commit([forgetAnswers(7)])
    for (const id of [one, other]) {
      expect(await find(id, 7)).toMatchObject({ status: "delivered", history: [{ status: 200, answer: null }] })
      expect(await find(id, 8)).toMatchObject({ history: [{ status: 201, answer: "secret" }] })
    }
  })

  it("are purged with their answers, a pack with its last event; those of a removed webhook all", async () => {
    const kept = newWebhook()
    const removed = newWebhook()
    const columns = "webhook_id, owner, url, format, secrets, headers, trusted, enabled, replay_undelivered, created_at"
    const sql = `INSERT INTO webhook (${columns}) VALUES (?, 3, 'https://example.com', 'bitacora', ?, ?, 0, 1, 0, 0)`
    await commit([{ sql, parameters: [kept, new Uint8Array(1), new Uint8Array(1)] }])
    for (const id of [kept, removed]) {
      await commit(
        writeDelivered(
          id,
          [1, 2, 3].map((position) => succeeded(position, "ok"))
        )
      )
      await commit(
        writeDelivered(
          id,
          [4, 5, 6].map((position) => succeeded(position, "ok"))
        )
      )
      await commit(writeDeliveries(id, [later(2, "failing")]))
    }
    const purge = (upTo: number) => run(Deliveries.use((deliveries) => deliveries.purge(upTo)))
    await purge(5)
    expect((await listAll(kept, 10)).map(({ position }) => position)).toEqual([6, 5, 4, 2])
    expect(await listAll(removed, 10)).toEqual([])
    await purge(6)
    expect((await listAll(kept, 10)).map(({ position }) => position)).toEqual([2])
    const answers = await run(
      Database.use(({ query }) =>
        query((db) =>
          db.selectFrom("webhook_answer").select("position").where("webhook_id", "in", [kept, removed]).execute()
        )
      )
    )
    expect(answers.every(({ position }) => position === 2)).toBe(true)
  })
})

const withoutEvents = (listed: readonly Delivery[]): readonly unknown[] =>
  listed.map(({ position, status, attempts, history, step, firstAt, nextAt, delayMs }) => ({
    position,
    status,
    attempts,
    history,
    step,
    firstAt,
    nextAt,
    delayMs
  }))

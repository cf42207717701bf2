/** The rows of webhooks and their deliveries, on both databases. */
import { type Effect, Layer, ManagedRuntime } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { WebhookId } from "../../src/events/ids.ts"
import { Database } from "../../src/store/database.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { newId } from "../../src/store/new-id.ts"
import { makeSecretBox } from "../../src/store/secrets/secret-box.ts"
import { Secrets } from "../../src/store/secrets/secrets.ts"
import { readCheckpoint } from "../../src/store/subscriptions/checkpoint.ts"
import { Deliveries, parkFailing, retryNow, writeDeliveries } from "../../src/store/webhook/deliveries.ts"
import type { Delivery } from "../../src/store/webhook/delivery.ts"
import { forgetAnswers } from "../../src/store/webhook/answers.ts"
import { liveCheckpoint, type NewWebhook, replayCheckpoint, Webhooks } from "../../src/store/webhook/webhooks.ts"
import { dialects, type TestDatabase } from "../support/dialects.ts"
import { appendTo, origin, received } from "../support/store.ts"

type Provided = Webhooks | Deliveries | Database | EventLog

describe.each(dialects)("webhooks on $name", ({ create }) => {
  let database: TestDatabase
  let runtime: ManagedRuntime.ManagedRuntime<Provided, unknown>
  const run = <A, E>(effect: Effect.Effect<A, E, Provided>): Promise<A> => runtime.runPromise(effect)
  const commit = (statements: Parameters<(typeof EventLog)["Service"]["commit"]>[0]["statements"] & {}) =>
    run(EventLog.use((log) => log.commit({ statements })))

  beforeAll(async () => {
    database = await create()
    const store = EventLog.layer().pipe(Layer.provideMerge(Database.layer(() => database.open())))
    const box = Layer.succeed(Secrets, makeSecretBox(new Uint8Array(32).fill(7)))
    const rows = Layer.mergeAll(Webhooks.layer, Deliveries.layer).pipe(Layer.provide(box))
    runtime = ManagedRuntime.make(rows.pipe(Layer.provideMerge(store)))
    const events = Array.from({ length: 60 }, (_, n) => received(`m${n}`))
    await run(EventLog.use((log) => log.commit({ appends: [appendTo("messages/a", "new", events)] })))
  })
  afterAll(async () => {
    await runtime.dispose()
    await database.drop()
  })

  const webhook = (more: Partial<NewWebhook> = {}): NewWebhook => ({
    id: WebhookId.make(newId("whk", Date.now())),
    owner: 3,
    slot: null,
    url: "https://example.com/hook",
    format: "bitacora",
    devices: null,
    types: ["message.received"],
    headers: { authorization: "Bearer ñ" },
    isTrusted: false,
    secrets: [{ text: "whsec_AAAA", validUntil: null }],
    createdAt: 1_790_000_000_000,
    ...more
  })
  const add = async (more: Partial<NewWebhook> = {}) => {
    const made = webhook(more)
    await run(Webhooks.use((webhooks) => webhooks.register(made, origin)))
    return made
  }
  const delivery = (position: number, more: Partial<Delivery> = {}): Delivery => ({
    position,
    status: "delivered",
    attempts: 1,
    history: [{ at: 1, status: 200, durationMs: 5, answer: position % 2 === 0 ? "" : "ok" }],
    step: 0,
    firstAt: 1,
    nextAt: null,
    delayMs: null,
    ...more
  })

  it("are read as they were written, and changed with an event", async () => {
    const made = await add()
    const state = { isEnabled: true, disabledReason: null, disabledAt: null, failingSince: null, replay: null }
    const byId = () => run(Webhooks.use((webhooks) => webhooks.byId(made.id)))
    expect(await byId()).toEqual({ ...made, ...state })
    const change = { url: "https://example.com/other", types: null, headers: {} }
    await run(Webhooks.use((webhooks) => webhooks.change(made.id, change, origin)))
    expect(await byId()).toEqual({ ...made, ...state, ...change })
    const events = await run(EventLog.use((log) => log.readStream(`webhook/${made.id}`, 0, 10)))
    expect(events.map(({ type }) => type)).toEqual(["webhook.registered", "webhook.changed"])
    expect(JSON.parse(events[1]?.text ?? "")).toMatchObject({ fields: ["url", "types", "headers"] })
    expect(events.some(({ text }) => text?.includes("example.com"))).toBe(false)
  })

  it("have a checkpoint while they are enabled, and one for a replay", async () => {
    const { id } = await add()
    const live = () => run(readCheckpoint(liveCheckpoint(id)))
    const end = await live()
    const replay = { after: 3, upTo: 9, undelivered: true }
    const start = Webhooks.use((webhooks) => webhooks.startReplay(id, replay, origin))
    await run(start)
    expect(await run(readCheckpoint(replayCheckpoint(id)))).toBe(3)
    await expect(run(start)).rejects.toMatchObject({ _tag: "DuplicateKey" })
    await run(Webhooks.use((webhooks) => webhooks.disable(id, "requested", origin)))
    expect([await live(), await run(readCheckpoint(replayCheckpoint(id)))]).toEqual([undefined, undefined])
    await expect(run(start)).rejects.toMatchObject({ _tag: "DuplicateKey" })
    await run(Webhooks.use((webhooks) => webhooks.enable(id, origin)))
    expect(await live()).toBeGreaterThan(end ?? 0)
    await run(Webhooks.use((webhooks) => webhooks.remove(id, origin)))
    expect(await live()).toBeUndefined()
    expect(await run(Webhooks.use((webhooks) => webhooks.byId(id)))).toBeUndefined()
  })

  it("with the same slot are one", async () => {
    await add({ slot: "WEBHOOK_URL", owner: 0 })
    await expect(add({ slot: "WEBHOOK_URL", owner: 0 })).rejects.toMatchObject({ _tag: "DuplicateKey" })
    expect(await run(Webhooks.use((webhooks) => webhooks.count(0)))).toBe(1)
    expect((await run(Webhooks.use((webhooks) => webhooks.list(0, "", 10)))).map(({ slot }) => slot)).toEqual([
      "WEBHOOK_URL"
    ])
  })

  it("[HOOK-1] have deliveries: listed in pages, retried, parked, forgotten and purged", async () => {
    const { id } = await add()
    const other = await add()
    const all = Array.from({ length: 45 }, (_, n) => delivery(n + 1))
    await commit(writeDeliveries(id, all))
    await commit(writeDeliveries(other.id, [delivery(7)]))
    const failing = delivery(51, { status: "failing", nextAt: 99, delayMs: 5, step: 2 })
    await commit(writeDeliveries(id, [failing, delivery(45, { attempts: 2 })]))
    const list = (before: number, limit: number, status?: Delivery["status"]) =>
      run(Deliveries.use((deliveries) => deliveries.list(id, { before, limit, status })))
    expect((await list(Number.MAX_SAFE_INTEGER, 3)).map(({ position }) => position)).toEqual([51, 45, 44])
    expect((await list(44, 2)).map(({ position, type }) => [position, type])).toEqual([
      [43, "message.received"],
      [42, "message.received"]
    ])
    expect(await list(Number.MAX_SAFE_INTEGER, 10, "failing")).toMatchObject([{ ...failing }])
    const find = (position: number) => run(Deliveries.use((deliveries) => deliveries.find(id, position)))
    expect((await find(45))?.attempts).toBe(2)
    expect((await find(7))?.history[0]?.answer).toBe("ok")

    await commit([forgetAnswers(7)])
    expect((await find(7))?.history[0]?.answer).toBeNull()
    expect((await find(9))?.history[0]?.answer).toBe("ok")

    const waiting = () => run(Deliveries.use((deliveries) => deliveries.failing(id, 45, 60)))
    expect(await waiting()).toMatchObject({ position: 51, nextAt: 99 })
    await commit([retryNow(id, 7)])
    expect(await waiting()).toMatchObject({ nextAt: 7, delayMs: 0 })
    const among = await run(Deliveries.use((deliveries) => deliveries.deliveredAmong(id, [44, 45, 51, 52])))
    expect([...among].toSorted((one, two) => one - two)).toEqual([44, 45])

    await run(Deliveries.use((deliveries) => deliveries.purge(55)))
    expect((await list(Number.MAX_SAFE_INTEGER, 100)).map(({ position }) => position)).toEqual([51])
    await commit([parkFailing(id)])
    expect(await waiting()).toBeUndefined()
    await run(Webhooks.use((webhooks) => webhooks.remove(id, origin)))
    await run(Deliveries.use((deliveries) => deliveries.purge(0)))
    const left = await run(
      Database.use(({ query }) => query((db) => db.selectFrom("webhook_delivery").selectAll().execute()))
    )
    expect(left).toEqual([])
    const answers = await run(
      Database.use(({ query }) => query((db) => db.selectFrom("webhook_answer").selectAll().execute()))
    )
    expect(answers).toEqual([])
  })
})

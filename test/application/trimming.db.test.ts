import { followLog } from "../support/follow-log.ts"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime, Stream } from "effect"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { replayDevice } from "../../src/actors/device/replay.ts"
import { evolve, birth } from "../../src/actors/device/evolve.ts"
import { type TrimOptions, trimLog } from "../../src/application/trimming.ts"
import type { DeviceEvent } from "../../src/events/device.ts"
import { streamsOf } from "../../src/events/streams.ts"
import type { EventToAppend } from "../../src/store/log/chain-events.ts"
import { Database } from "../../src/store/database.ts"
import { Devices } from "../../src/store/devices.ts"
import { Erasure } from "../../src/store/erasure/erasure.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { readableAfter } from "../../src/store/log/log-start.ts"
import type { LogReader } from "../../src/store/log/log-reader.ts"
import { MediaFolder } from "../../src/store/media/media-folder.ts"
import { Messages } from "../../src/store/messages.ts"
import { type AuditKey, openAuditKey } from "../../src/store/audit/signed-head.ts"
import { projections } from "../../src/store/projections/registry.ts"
import { Subscriptions } from "../../src/store/subscriptions/subscriptions.ts"
import type { Tables } from "../../src/store/tables.ts"
import { dropBeforeStart, trimmableBefore } from "../../src/store/erasure/trimming.ts"
import { type LogRange, verifyLog, verifyStreams } from "../../src/store/audit/verification.ts"
import { withoutNumber } from "../support/content-store.ts"
import { happenings, registered } from "../support/device-arbitraries.ts"
import { DeviceHistory } from "../support/device-history.ts"
import { dialects, type TestDatabase, type TestDialect } from "../support/dialects.ts"
import { origin, received } from "../support/events.ts"
import { times } from "../support/soak.ts"

type Services = Database | Devices | Erasure | EventLog | LogReader | MediaFolder | Messages

const folder = mkdtempSync(join(tmpdir(), "bitacora-trim-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const key = openAuditKey(folder)
const options: TrimOptions = { key, origin }

const deviceId = (number: number) => `dev_${String(number).padStart(26, "0")}`

/** A store with three devices, whose histories a test writes as it likes. */
class Log implements AsyncDisposable {
  readonly media: string
  readonly #database: TestDatabase
  #runtime: ManagedRuntime.ManagedRuntime<Services, unknown>
  readonly #devices = new Map<number, DeviceHistory>()

  constructor(database: TestDatabase) {
    this.#database = database
    this.media = mkdtempSync(join(folder, "media-"))
    mkdirSync(this.media, { recursive: true })
    this.#runtime = this.#open()
  }

  #open() {
    const store = EventLog.layer().pipe(Layer.provideMerge(Database.layer(() => this.#database.open())))
    const rows = Layer.mergeAll(Devices.layer, Messages.layer, MediaFolder.layer(this.media))
    return ManagedRuntime.make(Erasure.layer.pipe(Layer.provideMerge(rows), Layer.provideMerge(store)))
  }

  run<A, E>(effect: Effect.Effect<A, E, Services>): Promise<A> {
    return this.#runtime.runPromise(effect)
  }

  append(stream: string, device: number | null, ...events: readonly EventToAppend[]) {
    const append = { stream, device, expected: "any" as const, events, origin }
    return this.run(Effect.flatMap(EventLog, (log) => log.commit({ appends: [append] })))
  }

  messages(device: number, ...events: readonly EventToAppend[]) {
    return this.append(`messages/${deviceId(device)}`, device, ...events)
  }

  /** Records further events of the device. Its history begins with its registration. */
  async device(number: number, live: (history: DeviceHistory) => void = () => {}) {
    const known = this.#devices.get(number)
    const history = known ?? new DeviceHistory(registration(number))
    const before = known ? known.recorded.length : 0
    this.#devices.set(number, history)
    live(history)
    let snapshot = birth()
    const events = history.recorded.map(({ event }) => {
      const from = snapshot.value
      snapshot = evolve(snapshot, { ...event, at: 0 }).snapshot
      return { ...event, from, to: snapshot.value }
    })
    if (events.length > before) await this.append(`device/${deviceId(number)}`, number, ...events.slice(before))
  }

  get end() {
    return this.run(Effect.map(EventLog, (log) => log.end()))
  }

  trim(upTo: number) {
    return this.run(Effect.flatMap(trimmableBefore(upTo + 1), (trimmable) => trimLog(trimmable.upTo, options)))
  }

  verify(range: LogRange = {}) {
    return this.run(verifyLog({ publicKey: key.publicKey, ...range }))
  }

  replay(device: number, position?: number) {
    return this.run(replayDevice(deviceId(device), position === undefined ? {} : { position }))
  }

  sql(sql: string, ...parameters: (string | number | null)[]) {
    return this.run(
      Effect.flatMap(Database, ({ dialect }) =>
        Effect.promise(() => dialect.writer.transaction((tx) => tx.run([{ sql, parameters }])))
      )
    )
  }

  rows(table: keyof Tables) {
    return this.run(
      Effect.flatMap(Database, ({ query }) =>
        query(async (db) => (await db.selectFrom(table).selectAll().execute()).map(withoutNumber).toSorted())
      )
    )
  }

  async readModels() {
    const models: Record<string, readonly string[]> = {}
    for (const table of projections.flatMap((projection): readonly (keyof Tables)[] => projection.tables)) {
      models[table] = await this.rows(table)
    }
    return models
  }

  async reopen() {
    await this.#runtime.dispose()
    this.#runtime = this.#open()
  }

  /** Empties all read models and starts again. */
  async rebuild() {
    await this.sql("UPDATE projection SET version = 0")
    await this.reopen()
  }

  async [Symbol.asyncDispose]() {
    await this.#runtime.dispose()
    await this.#database.drop()
  }
}

const registration = (number: number): DeviceEvent => {
  const event = registered() as Extract<DeviceEvent, { type: "device.registered" }>
  const data = {
    ...event.data,
    deviceId: deviceId(number) as never,
    deviceNumber: number,
    number: `5190000000${number}`
  }
  return { ...event, data }
}

const connect = (history: DeviceHistory) =>
  history.record([
    { type: "connection.requested", data: { by: "user" } },
    { type: "pairing.qr_issued", data: { count: 1, expiresAt: 1 } },
    { type: "device.paired", data: { number: "1", jid: "1:1@s.whatsapp.net", lid: null, platform: null } },
    { type: "connection.opened", data: {} }
  ])
const disconnect = (history: DeviceHistory) =>
  history.record([
    { type: "connection.lost", data: { code: 428, reason: "closed", attempt: 1, retryInMs: 10 } },
    { type: "connection.retried", data: { attempt: 1 } }
  ])
const reconnect = (history: DeviceHistory) => history.record([{ type: "connection.opened", data: {} }])
const remove = (history: DeviceHistory) =>
  history.record([{ type: "device.removed", data: { by: "user", unlinked: true } }])

const CHAT = "51999999999@s.whatsapp.net"
const queued = (messageId: string, sha256?: string): EventToAppend => ({
  type: "message.queued",
  data: {
    messageId,
    chat: CHAT,
    chatAlt: null,
    number: "51999999999",
    content:
      sha256 === undefined
        ? { kind: "text", text: "hola" }
        : { kind: "document", media: { sha256, bytes: 3, mimetype: "text/plain" } },
    expiresAt: 1
  }
})
const sent = (messageId: string): EventToAppend => ({ type: "message.sent", data: { messageId } })
const readBy = (messageId: string, participant: string): EventToAppend => ({
  type: "message.read",
  data: { messageId, at: 5, participant }
})

const open = async ({ create }: TestDialect) => new Log(await create())

/** Two devices that continue, a removed one, and messages of all kinds. Returns the position to trim at. */
const lived = async (log: Log): Promise<number> => {
  await log.device(1, connect)
  await log.device(2, connect)
  await log.device(3, remove)
  await log.messages(1, received("old"), queued("q1"), sent("q1"), readBy("q1", CHAT))
  await log.device(1, disconnect)
  const cut = await log.end
  await log.device(1, reconnect)
  await log.messages(1, readBy("q1", "1@lid"), received("new"), queued("q2"), sent("q2"))
  return cut
}

describe.each(dialects)("a trimmed log on $name", (dialect) => {
  it("[LOG-6] [LOG-9] verifies from its start, as a whole and per device, and continues", async () => {
    await using log = await open(dialect)
    const cut = await lived(log)
    const trimming = await log.trim(cut)
    expect(trimming).toMatchObject({ position: cut, publicKey: key.publicKey })
    expect(await log.verify()).toMatchObject({ valid: true, from: cut + 1, complete: true })
    // No version is lost: streams without a remaining event continue at their last version.
    await log.device(2, disconnect)
    await log.messages(1, received("newer"))
    for (const device of [1, 2]) {
      const verdict = await log.run(verifyStreams(streamsOf(deviceId(device)), device))
      expect(verdict).toMatchObject({ valid: true })
    }
    const last = await log.run(Effect.flatMap(EventLog, ({ readStream }) => readStream(`device/${deviceId(2)}`, 0, 9)))
    expect(last.map(({ version }) => version)).toEqual([6, 7])
    expect(await log.verify()).toMatchObject({ valid: true, from: cut + 1, to: await log.end })
    expect(await log.trim(await log.end)).toMatchObject({ position: (await log.end) - 1 })
    expect(await log.verify()).toMatchObject({ valid: true, complete: true })
  })

  it("[LOG-5] still knows the state of every device, and reports what it no longer has", async () => {
    await using log = await open(dialect)
    const cut = await lived(log)
    const known = async () => [await log.replay(1), await log.replay(2), await log.replay(1, cut + 1)]
    const state = (found: Awaited<ReturnType<typeof known>>) => found.map(({ state, context }) => ({ state, context }))
    const before = state(await known())
    await log.trim(cut)
    expect(state(await known())).toEqual(before)
    await expect(log.replay(1, cut - 1)).rejects.toMatchObject({ _tag: "HistoryTrimmed", start: cut + 1 })
    await expect(log.verify({ from: cut })).rejects.toMatchObject({ _tag: "HistoryTrimmed", start: cut + 1 })
    await expect(log.verify({ against: { position: cut - 1, hash: "" } })).rejects.toMatchObject({
      _tag: "HistoryTrimmed"
    })
    const { hash } = (await log.rows("log_start").then((rows) => JSON.parse(rows[0] ?? "{}"))) as { hash: object }
    const kept = Buffer.from(Object.values("data" in hash ? (hash.data as number[]) : hash)).toString("hex")
    expect(await log.verify({ against: { position: cut, hash: kept } })).toMatchObject({ valid: true })
    expect(await log.verify({ against: { position: cut, hash: "00".repeat(32) } })).toMatchObject({
      valid: false,
      position: cut
    })
  })

  it("[LOG-5] has read models of what is left, which a rebuild does not change", async () => {
    await using log = await open(dialect)
    writeFileSync(join(log.media, "a".repeat(64)), "old")
    writeFileSync(join(log.media, "b".repeat(64)), "new")
    await log.messages(1, queued("f1", "a".repeat(64)), sent("f1"))
    const cut = await lived(log)
    await log.messages(1, queued("f2", "b".repeat(64)), sent("f2"))
    await log.trim(cut)
    const models = await log.readModels()
    expect(models.device?.map((row) => (JSON.parse(row) as { number_id: number }).number_id)).toEqual([1, 2])
    expect(models.message?.map((row) => (JSON.parse(row) as { message_id: string }).message_id).toSorted()).toEqual([
      "f2",
      "new",
      "q2"
    ])
    expect(models.media_reference).toHaveLength(1)
    const folderOf = await log.run(Effect.flatMap(MediaFolder, (media) => media.arrivedBefore(Number.MAX_SAFE_INTEGER)))
    expect(folderOf).toEqual(["b".repeat(64)])
    await log.rebuild()
    expect(await log.readModels()).toEqual(models)
  })

  it("[LOG-8] does not bring back erased content when the erasure itself is trimmed", async () => {
    await using log = await open(dialect)
    await log.device(1, connect)
    await log.messages(1, received("gone"))
    await log.run(
      Effect.gen(function* () {
        const rows = yield* (yield* Messages).byId("gone", "all")
        yield* (yield* Erasure).message(rows, { reason: null, origin })
      })
    )
    const erased = log.run(Effect.flatMap(Messages, (messages) => messages.erased(1, ["gone"])))
    expect([...(await erased)]).toEqual(["gone"])
    await log.messages(1, received("new"))
    await log.trim((await log.end) - 1)
    await log.rebuild()
    const still = log.run(Effect.flatMap(Messages, (messages) => messages.erased(1, ["gone"])))
    expect([...(await still)]).toEqual(["gone"])
  })

  it("[OUT-4] keeps messages that are still being sent", async () => {
    await using log = await open(dialect)
    await log.device(1, connect)
    await log.messages(1, received("old"), queued("q1"), received("new"))
    const end = await log.end
    expect(await log.trim(end)).toMatchObject({ position: end - 2 })
    expect(await log.rows("outbox")).toHaveLength(1)
    await log.messages(1, sent("q1"))
    expect(await log.trim(end)).toMatchObject({ position: end })
  })

  it("[LOG-11] keeps what a subscription has not read, and names the subscription", async () => {
    await using log = await open(dialect)
    await log.device(1, connect)
    await log.messages(1, ...Array.from({ length: 10 }, (_, i) => received(`m${i}`)))
    const end = await log.end
    const subscribe = (name: string, from: "start" | "now") =>
      log.run(
        Effect.flatMap(Subscriptions, (shape) => shape.open(name, { from })).pipe(Effect.provide(Subscriptions.layer))
      )
    const [slow, quick] = [await subscribe("slow", "start"), await subscribe("quick", "now")]
    await Effect.runPromise(slow.advance(6))
    expect(await log.run(trimmableBefore(end + 1))).toEqual({
      upTo: 6,
      heldBy: "the subscription slow has read only up to position 6"
    })
    expect(await log.run(trimmableBefore(5))).toEqual({ upTo: 4, heldBy: null })
    // Opened, or requested, after the caller asked how much can be dropped.
    await expect(log.run(trimLog(end, options))).rejects.toMatchObject({
      _tag: "StillUnread",
      subscription: "slow",
      position: 6
    })
    expect(await log.rows("log_start")).toEqual([])
    expect(await log.trim(end)).toMatchObject({ position: 6 })
    expect((await Effect.runPromise(slow.next(6))).events.map(({ position }) => position)).toContain(7)
    await Effect.runPromise(slow.advance(end))
    expect(await log.trim(end)).toMatchObject({ position: end })
    expect(quick.position()).toBe(end)
    expect(await log.verify()).toMatchObject({ valid: true, complete: true })
  })

  it("[LOG-2] verifies after an interruption while rows are deleted, and the next trimming continues", async () => {
    await using log = await open(dialect)
    const cut = await lived(log)
    for (let more = 0; more < 600; more += 100) {
      await log.messages(2, ...Array.from({ length: 100 }, (_, index) => received(`m${more + index}`)))
    }
    const end = await log.end
    await expect(
      log.run(
        trimLog(end, {
          ...options,
          progress: (doing, position) => {
            if (doing === "dropped" && position > cut) throw new Error("killed")
          }
        })
      )
    ).rejects.toThrow("killed")
    const left = await log.run(Effect.flatMap(EventLog, ({ readAll }) => readAll({ after: 0, limit: 1 })))
    expect(left[0]?.position).toBeLessThan(end)
    // A reader that starts at the beginning of the log does not see them.
    expect(await log.run(readableAfter(0))).toBe(end)
    expect(await log.verify()).toMatchObject({ valid: true, from: end + 1 })
    const models = { device: await log.rows("device"), replay: await log.replay(1) }
    await log.reopen()
    expect(await log.run(dropBeforeStart())).toBeGreaterThan(0)
    expect(await log.rows("event_log")).toHaveLength(1)
    expect(await log.rows("event_payload")).toHaveLength(1)
    expect({ device: await log.rows("device"), replay: await log.replay(1) }).toEqual(models)
    const after = await log.readModels()
    await log.rebuild()
    expect(await log.readModels()).toEqual(after)
  })

  it.each<[string, (log: Log, cut: number) => Promise<unknown>]>([
    ["a device's state", (log) => log.sql("UPDATE stream_start SET state = REPLACE(state, 'RECON', 'CON')")],
    ["a stream that is forgotten", (log) => log.sql("DELETE FROM stream_start WHERE stream LIKE 'device/%'")],
    ["a stream's version", (log) => log.sql("UPDATE stream_start SET version = version + 1")],
    ["the time of the start", (log) => log.sql("UPDATE log_start SET recorded_at = recorded_at - 1")],
    ["a start that is moved on", (log, cut) => log.sql(`UPDATE log_start SET position = ${cut + 1}`)],
    [
      "an unrecorded start",
      (log, cut) =>
        log.sql(`INSERT INTO log_start SELECT 1, position, hash, recorded_at FROM event_log WHERE position = ${cut}`)
    ]
  ])("[LOG-6] finds %s", async (name, tamper) => {
    await using log = await open(dialect)
    const cut = await lived(log)
    if (!name.includes("unrecorded")) await log.trim(cut)
    expect(await log.verify()).toMatchObject({ valid: true })
    await tamper(log, cut)
    expect(await log.verify()).toMatchObject({ valid: false })
  })

  it("[LOG-6] does not verify if the start names the gateway's key but another key has signed it", async () => {
    await using log = await open(dialect)
    const cut = await lived(log)
    const other = openAuditKey(mkdtempSync(join(folder, "other-")))
    const forged: AuditKey = {
      ...other,
      publicKey: key.publicKey,
      signStart: (start, at) => ({ ...other.signStart(start, at), publicKey: key.publicKey })
    }
    await log.run(trimLog(cut, { key: forged, origin }))
    expect(await log.verify()).toMatchObject({ valid: false, position: cut, reason: "changed" })
    const { publicKey } = key
    const alone = log.run(verifyStreams(streamsOf(deviceId(1)), 1, { publicKey }))
    expect(await alone).toMatchObject({ valid: false, position: cut })
  })

  it("[LOG-8] cannot be followed from before its start, even while the events are in memory", async () => {
    await using log = await open(dialect)
    const cut = await lived(log)
    await log.trim(cut)
    const end = await log.end
    const from = (position: number) =>
      log.run(
        followLog(position).pipe(
          Stream.takeUntil((page) => page.at(-1)?.position === end),
          Stream.runCollect
        )
      )
    await expect(from(0)).rejects.toMatchObject({ _tag: "HistoryTrimmed", start: cut + 1 })
    const followed = await from(cut)
    expect(followed.flat().map(({ position }) => position)).toEqual(
      Array.from({ length: end - cut }, (_, i) => cut + 1 + i)
    )
  })

  it("[LOG-6] is not trimmed if it was changed, and does not verify with another gateway's key", async () => {
    await using log = await open(dialect)
    const cut = await lived(log)
    await log.sql("UPDATE event_log SET who = 'nobody' WHERE position = 3")
    await expect(log.trim(cut)).rejects.toMatchObject({ _tag: "LogChanged", position: 3 })
    expect(await log.rows("log_start")).toEqual([])
    await log.sql("UPDATE event_log SET who = 'test' WHERE position = 3")
    await log.trim(cut)
    const other = openAuditKey(mkdtempSync(join(folder, "other-")))
    for (const publicKey of [other.publicKey, null]) {
      expect(await log.verify({ publicKey })).toMatchObject({ valid: false, position: cut })
      const alone = log.run(verifyStreams(streamsOf(deviceId(1)), 1, { publicKey }))
      expect(await alone).toMatchObject({ valid: false, position: cut })
    }
  })
})

it("[LOG-5] devices keep their state, whatever they went through and wherever the log is trimmed", {
  timeout: 120_000
}, async () => {
  const [sqlite] = dialects
  const turn = fc.record({ device: fc.integer({ min: 1, max: 3 }), lives: happenings(12) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(turn, { minLength: 1, maxLength: 6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (turns, at) => {
        await using log = await open(sqlite as TestDialect)
        for (const { device, lives } of turns) {
          await log.device(device, (history) => {
            for (const { input, afterMs, random, unlinked } of lives) history.handle(input, afterMs, random, unlinked)
          })
        }
        const live = new Set(turns.map(({ device }) => device))
        const states = () =>
          Promise.all([...live].map((device) => log.replay(device).then(({ state, context }) => ({ state, context }))))
        const before = await states()
        const rows = await log.rows("device")
        await log.trim(Math.round(at * (await log.end)))
        const left = await log.rows("device")
        for (const row of left) expect(rows).toContain(row)
        for (const row of rows) if (!row.includes('"removed"')) expect(left).toContain(row)
        const after = await states()
        for (const [index, state] of after.entries()) {
          if (state.state !== null) expect(state).toEqual(before[index])
          else expect(before[index]?.state).toBe("removed")
        }
        await log.rebuild()
        expect(await log.rows("device")).toEqual(left)
        expect(await log.verify()).toMatchObject({ valid: true, complete: true })
      }
    ),
    { numRuns: times(15, 300) }
  )
})

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { EventToAppend } from "../../src/store/chain-events.ts"
import { Database } from "../../src/store/database.ts"
import { Devices } from "../../src/store/devices.ts"
import { Erasure } from "../../src/store/erasure.ts"
import { EventLog } from "../../src/store/event-log.ts"
import { MediaFolder } from "../../src/store/media-folder.ts"
import { sweepMedia } from "../../src/store/media-references.ts"
import { Messages } from "../../src/store/messages.ts"
import { applyRetention } from "../../src/store/retention.ts"
import type { Tables } from "../../src/store/tables.ts"
import { fileNameOf } from "../../src/events/message.ts"
import { verifyLog, verifyStreams } from "../../src/store/verification.ts"
import { streamsOf } from "../../src/events/streams.ts"
import { dialects, sqliteIn, type TestDatabase } from "../support/dialects.ts"
import { filesWith } from "../support/files-with.ts"
import { times } from "../support/soak.ts"
import { appendTo } from "../support/store.ts"

const DEVICE = "dev_00000000000000000000000001"
const ANA = "51900000001"
const ANA_LID = "777000111222333@lid"
const BEA = "51900000002"
const GROUP = "120363000000000000@g.us"
const ME = "51911111111"
const jid = (number: string) => `${number}@s.whatsapp.net`
const SHA = (digit: string) => digit.repeat(64)

type Services = Database | Devices | Erasure | EventLog | MediaFolder | Messages

class Store implements AsyncDisposable {
  readonly directory: string
  readonly #database: TestDatabase
  #runtime: ManagedRuntime.ManagedRuntime<Services, unknown>

  private constructor(directory: string, database: TestDatabase) {
    this.directory = directory
    this.#database = database
    this.#runtime = this.#open()
  }

  static async open(create: (directory: string) => Promise<TestDatabase>): Promise<Store> {
    const directory = mkdtempSync(join(tmpdir(), "bitacora-erasure-"))
    mkdirSync(join(directory, "media"))
    const store = new Store(directory, await create(directory))
    await store.append(`device/${DEVICE}`, {
      type: "device.registered",
      to: "NONE",
      data: {
        deviceId: DEVICE,
        deviceNumber: 1,
        owner: { kind: "operator" },
        number: ME,
        sessionId: null,
        name: null
      }
    })
    return store
  }

  #open() {
    const store = EventLog.layer().pipe(Layer.provideMerge(Database.layer(() => this.#database.open())))
    const rows = Layer.mergeAll(Devices.layer, Messages.layer, MediaFolder.layer(join(this.directory, "media")))
    return ManagedRuntime.make(Erasure.layer.pipe(Layer.provideMerge(rows), Layer.provideMerge(store)))
  }

  run<A, E>(effect: Effect.Effect<A, E, Services>): Promise<A> {
    return this.#runtime.runPromise(effect)
  }

  append(stream: string, ...events: readonly EventToAppend[]) {
    return this.run(Effect.flatMap(EventLog, (log) => log.commit({ appends: [appendTo(stream, "any", events)] })))
  }

  messages(...events: readonly EventToAppend[]) {
    return this.append(`messages/${DEVICE}`, ...events)
  }

  file(sha256: string, content: string): string {
    const path = join(this.directory, "media", sha256)
    writeFileSync(path, content)
    return path
  }

  erase(messageId: string, reason: string | null = null) {
    return this.run(
      Effect.gen(function* () {
        const messages = yield* Messages
        const erasure = yield* Erasure
        const demand = { reason, origin: { who: "operator", commandId: null, causation: null, correlation: null } }
        for (const row of yield* messages.byId(messageId, "everybody")) yield* erasure.message(row, demand)
      })
    )
  }

  eraseContact(number: string) {
    const demand = { reason: null, origin: { who: "operator", commandId: null, causation: null, correlation: null } }
    return this.run(Effect.flatMap(Erasure, (erasure) => erasure.contact(number, demand)))
  }

  get events() {
    return this.run(Effect.flatMap(EventLog, (log) => log.readAll({ after: 0, limit: 1_000 })))
  }

  /** Every row of the read models. */
  readModels() {
    const tables = ["message", "message_receipt", "outbox", "media_reference", "erased_message"] as const
    return this.run(
      Effect.flatMap(Database, ({ query }) =>
        query(async (db) => {
          const all: Partial<Record<keyof Tables, readonly string[]>> = {}
          for (const table of tables) {
            const rows = await db.selectFrom(table).selectAll().execute()
            all[table] = rows.map((row) => JSON.stringify(row)).toSorted()
          }
          return all
        })
      )
    )
  }

  /** Forgets all read models and starts again: they are built from what the log still says. */
  async rebuild(): Promise<void> {
    await this.run(
      Effect.flatMap(Database, ({ dialect }) =>
        Effect.promise(() =>
          dialect.writer.transaction((tx) => tx.run([{ sql: "UPDATE projection SET version = 0", parameters: [] }]))
        )
      )
    )
    await this.#runtime.dispose()
    this.#runtime = this.#open()
  }

  /** Both chains, all streams. */
  async isValid(): Promise<boolean> {
    const whole = await this.run(verifyLog({}))
    const own = await this.run(verifyStreams(streamsOf(DEVICE), 1))
    return whole.valid && own.valid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime.dispose()
    await this.#database.drop()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

const remote = (fileSha256: string | null) => ({
  directPath: null,
  url: null,
  mediaKey: Buffer.alloc(32, 7).toString("base64"),
  fileSha256: fileSha256 && Buffer.from(fileSha256, "hex").toString("base64"),
  fileEncSha256: null
})

const text = (words: string) => ({ kind: "text", text: words })
const from = (number: string, chat = jid(number)) => ({
  chat,
  chatAlt: null,
  sender: jid(number),
  senderAlt: null,
  fromMe: false,
  pushName: null,
  sentAt: 1,
  offline: false
})
const received = (messageId: string, number: string, content: unknown, chat?: string): EventToAppend => ({
  type: "message.received",
  data: { messageId, ...from(number, chat), content }
})
const about = (type: string, messageId: string, target: string, number: string, more: object): EventToAppend => ({
  type,
  data: { messageId, target, ...from(number), ...more }
})
const queued = (messageId: string, number: string, content: unknown, chat = jid(number)): EventToAppend => ({
  type: "message.queued",
  data: { messageId, chat, chatAlt: null, number, content, expiresAt: 1 }
})
const sent = (messageId: string): EventToAppend => ({ type: "message.sent", data: { messageId } })
const arrivedFile = (sha256: string) => ({
  kind: "document" as const,
  mimetype: null,
  bytes: 3,
  remote: remote(sha256)
})
const media = (sha256: string) => ({ kind: "document", media: { sha256, bytes: 3, mimetype: "text/plain" } })

describe.each(dialects)("erasure on $name", ({ name, create }) => {
  const open = () => Store.open(name === "sqlite" ? async (directory) => sqliteIn(directory) : create)

  it("[LOG-8] takes a message's payload and salt, says who and why, and leaves both chains valid", async () => {
    await using store = await open()
    await store.messages(received("m1", ANA, text("secreto")), received("m2", ANA, text("otro")))
    await store.messages(about("message.edited", "m3", "m1", ANA, { content: text("secreto corregido") }))
    await store.erase("m1", "the contact asked for it")
    const events = await store.events
    expect(events.map(({ text: payload }) => payload === null)).toEqual([false, true, false, true, false])
    expect(events.at(-1)).toMatchObject({ type: "content.erased", who: "operator", stream: `erasures/${DEVICE}` })
    expect(JSON.parse(events.at(-1)?.text ?? "")).toEqual({
      messages: ["m1"],
      positions: [2, 4],
      receipts: [],
      reason: "the contact asked for it"
    })
    const salts = await store.run(
      Effect.flatMap(Database, ({ query }) =>
        query((db) => db.selectFrom("event_payload").select("position").where("salt", "is", null).execute())
      )
    )
    expect(salts.map(({ position }) => position)).toEqual([2, 4])
    expect(await store.isValid()).toBe(true)
    const { length } = events
    await store.erase("m1")
    expect((await store.events).length).toBe(length)
  })

  it("[LOG-8] takes a file with the last message that refers to it", async () => {
    await using store = await open()
    const shared = store.file(SHA("a"), "shared")
    const own = store.file(fileNameOf(arrivedFile(SHA("b"))) ?? "", "own")
    await store.messages(queued("m1", ANA, media(SHA("a"))), sent("m1"), queued("m2", BEA, media(SHA("a"))), sent("m2"))
    await store.messages(received("m3", ANA, arrivedFile(SHA("b"))))
    await store.erase("m1")
    expect(existsSync(shared)).toBe(true)
    await store.erase("m3")
    expect(existsSync(own)).toBe(false)
    await store.erase("m2")
    expect(existsSync(shared)).toBe(false)
  })

  it("[LOG-8] leaves what is still being sent, and says so", async () => {
    await using store = await open()
    await store.messages(queued("m1", ANA, text("en camino")))
    expect(await store.eraseContact(ANA)).toEqual({ events: 0, underWay: 1 })
    await store.messages(sent("m1"))
    expect(await store.eraseContact(ANA)).toEqual({ events: 1, underWay: 0 })
  })

  it("[LOG-8] takes all that a contact had part in, under both of his names, and nobody else's", async () => {
    await using store = await open()
    const inGroup = received("g1", ANA, text("en el grupo"), GROUP)
    const byLid = (messageId: string): EventToAppend => ({
      type: "message.received",
      data: { messageId, ...from(ANA, ANA_LID), sender: ANA_LID, content: text("por LID") }
    })
    const both = received("m1", ANA, text("con ambos"))
    const twoNames = { ...both, data: { ...(both.data as object), chatAlt: ANA_LID, senderAlt: ANA_LID } }
    const readInGroup = (messageId: string, number: string): EventToAppend => ({
      type: "message.read",
      data: { messageId, at: 5, participant: jid(number) }
    })
    await store.messages(byLid("m0"), twoNames, byLid("m2"), inGroup, received("b1", BEA, text("de Bea")))
    await store.messages(
      queued("q1", ANA, text("para Ana")),
      sent("q1"),
      queued("q2", BEA, text("para Bea")),
      sent("q2")
    )
    await store.messages(queued("q3", GROUP, text("para todos"), GROUP), sent("q3"), readInGroup("q3", ANA))
    await store.messages({
      type: "history.synced",
      data: {
        progress: null,
        messages: [
          { messageId: "h1", ...from(ANA), content: text("vieja de Ana") },
          { messageId: "h2", ...from(BEA), content: text("vieja de Bea") }
        ]
      }
    })
    const status = async () =>
      store.run(Effect.flatMap(Messages, (messages) => Effect.map(messages.byId("q3", "everybody"), (rows) => rows[0])))
    const before = await status()
    expect((await store.eraseContact(ANA)).events).toBe(7)
    const left = (await store.events).map(({ text: payload }) => payload ?? "").join("\n")
    expect(left).not.toContain(ANA)
    expect(left).not.toContain(ANA_LID)
    for (const words of ["de Bea", "para Bea", "para todos"]) expect(left).toContain(words)
    expect(JSON.stringify(await store.readModels())).not.toContain(ANA)
    expect(await status()).toEqual(before)
    expect(await store.isValid()).toBe(true)
    expect(await store.eraseContact(ANA)).toEqual({ events: 0, underWay: 0 })
  })

  it(
    "[LOG-5] [LOG-8] read models that are built again after any erasures are the same",
    async () => {
      const messageIds = ["m1", "m2", "m3", "q1", "q2"]
      const id = fc.constantFrom(...messageIds)
      const number = fc.constantFrom(ANA, BEA)
      const step = fc.oneof(
        fc.record({ do: fc.constant("edit" as const), id, number }),
        fc.record({ do: fc.constant("revoke" as const), id, number }),
        fc.record({ do: fc.constant("react" as const), id, number }),
        fc.record({
          do: fc.constant("receipt" as const),
          id,
          number,
          of: fc.constantFrom("delivered", "read", "played")
        }),
        fc.record({ do: fc.constant("erase" as const), id }),
        fc.record({ do: fc.constant("erase contact" as const), number }),
        fc.record({ do: fc.constant("expire" as const), days: fc.constantFrom(0, 1) })
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
          await using store = await open()
          await store.messages(
            received("m1", ANA, text("uno")),
            received("m2", BEA, arrivedFile(SHA("c")), GROUP),
            queued("q1", ANA, text("dos")),
            sent("q1"),
            queued("q2", GROUP, media(SHA("d")), GROUP),
            {
              type: "history.synced",
              data: { progress: 3, messages: [{ messageId: "m3", ...from(BEA), content: text("tres") }] }
            }
          )
          let next = 0
          const seen = new Set<string>()
          for (const each of steps) {
            const own = `x${next++}`
            if (each.do === "edit") {
              await store.messages(about("message.edited", own, each.id, each.number, { content: text("otra") }))
            } else if (each.do === "revoke")
              await store.messages(about("message.revoked", own, each.id, each.number, {}))
            else if (each.do === "react") {
              await store.messages(about("message.reacted", own, each.id, each.number, { emoji: "👍" }))
            } else if (each.do === "receipt") {
              // The actor records each participant's receipt once.
              const key = JSON.stringify(each)
              if (seen.has(key)) continue
              seen.add(key)
              const data = { messageId: each.id, at: null, participant: jid(each.number) }
              await store.messages({ type: `message.${each.of}`, data })
            } else if (each.do === "erase") await store.erase(each.id)
            else if (each.do === "erase contact") await store.eraseContact(each.number)
            else await store.run(applyRetention({ "message.received": each.days, "message.edited": each.days }))
          }
          const before = await store.readModels()
          await store.rebuild()
          expect(await store.readModels()).toEqual(before)
          expect(await store.isValid()).toBe(true)
        }),
        {
          // A receipt was all that took a message out of the outbox: without it the message waited again.
          examples: [
            [
              [
                { do: "receipt", id: "q2", number: BEA, of: "delivered" },
                { do: "erase contact", number: BEA },
                { do: "erase", id: "m1" }
              ]
            ]
          ],
          numRuns: name === "sqlite" ? times(8, 300) : times(2, 40)
        }
      )
    },
    times(60_000, 600_000)
  )

  it("[LOG-8] retention erases what is too old, by type and in pieces, and leaves both chains valid", async () => {
    await using store = await open()
    const old = Array.from({ length: 450 }, (_, i) => received(`m${i}`, ANA, text(`viejo ${i}`)))
    await store.messages(...old.slice(0, 200))
    await store.messages(...old.slice(200), queued("q1", BEA, text("queda")))
    const forAWeek = { "message.received": 7 * 86_400_000 }
    expect(await store.run(applyRetention(forAWeek))).toBe(0)
    expect(await store.run(applyRetention({ "message.received": -1 }))).toBe(450)
    expect(await store.run(applyRetention({ "message.received": -1 }))).toBe(0)
    const events = await store.events
    expect(events.filter(({ text: payload }) => payload === null)).toHaveLength(450)
    const expired = events
      .filter(({ type }) => type === "payloads.expired")
      .map((event) => JSON.parse(event.text ?? ""))
    expect(expired.map(({ after, upTo }) => [after, upTo])).toEqual([
      [0, 201],
      [201, 401],
      [401, 451]
    ])
    expect(await store.isValid()).toBe(true)
    const before = await store.readModels()
    await store.rebuild()
    expect(await store.readModels()).toEqual(before)
  })
})

describe("what is erased is in no file", () => {
  it("[LOG-8] of the data directory: database, write-ahead log, freed pages, media", async () => {
    await using store = await Store.open(async (directory) => sqliteIn(directory))
    const long = (words: string) => `${words} ${"relleno ".repeat(2_000)}${words}`
    for (let i = 0; i < 40; i++) {
      await store.messages(
        received(`a${i}`, ANA, text(i % 3 === 0 ? long(`SECRETO-${i}`) : `SECRETO-${i}`)),
        received(`b${i}`, BEA, text(`publico-${i}`)),
        about("message.reacted", `r${i}`, `b${i}`, ANA, { emoji: "SECRETO" })
      )
    }
    store.file(SHA("e"), "SECRETO en un fichero")
    await store.messages(queued("q1", ANA, { ...media(SHA("e")), caption: "SECRETO" }), sent("q1"))
    expect(filesWith(store.directory, "SECRETO").length).toBeGreaterThan(1)
    await store.eraseContact(ANA)
    expect(filesWith(store.directory, "SECRETO")).toEqual([])
    expect(filesWith(store.directory, ANA)).toEqual([])
    expect(filesWith(store.directory, "publico-39")).not.toEqual([])
    expect(await store.isValid()).toBe(true)
  })

  it("[LOG-8] nor is a file that arrived for a message that was never recorded", async () => {
    await using store = await Store.open(async (directory) => sqliteIn(directory))
    const orphan = store.file(SHA("f"), "huérfano")
    const wanted = store.file(SHA("1"), "referido")
    await store.messages(queued("q1", ANA, media(SHA("1"))))
    await store.run(sweepMedia(Date.now() - 60_000))
    expect(existsSync(orphan)).toBe(true)
    await store.run(sweepMedia(Date.now() + 60_000))
    expect([existsSync(orphan), existsSync(wanted)]).toEqual([false, true])
  })
})

/** A store with a media folder beside it, and the messages that the erasure tests erase. */
import { followLog } from "./follow-log.ts"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime, Stream } from "effect"
import type { RecordedEvent } from "../../src/events/envelope.ts"
import { streamsOf } from "../../src/events/streams.ts"
import type { EventToAppend } from "../../src/store/log/chain-events.ts"
import { Database } from "../../src/store/database.ts"
import type { Awaitable, Dialect, WriterTransaction } from "../../src/store/dialect/dialect.ts"
import { Devices } from "../../src/store/devices.ts"
import { Erasure } from "../../src/store/erasure/erasure.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import type { LogReader } from "../../src/store/log/log-reader.ts"
import { MediaFolder } from "../../src/store/media/media-folder.ts"
import { Messages } from "../../src/store/messages.ts"
import { projections } from "../../src/store/projections/registry.ts"
import type { Tables } from "../../src/store/tables.ts"
import { verifyLog, verifyStreams } from "../../src/store/audit/verification.ts"
import type { TestDatabase } from "./dialects.ts"
import { appendTo } from "./events.ts"

export const DEVICE = "dev_00000000000000000000000001"
export const ANA = "51900000001"
export const ANA_LID = "777000111222333@lid"
export const BEA = "51900000002"
export const GROUP = "120363000000000000@g.us"
const ME = "51911111111"
export const jid = (number: string) => `${number}@s.whatsapp.net`
export const SHA = (digit: string) => digit.repeat(64)

/** `isCommitted`: true right after a commit. */
type Pass = (isCommitted?: boolean) => void

type Services = Database | Devices | Erasure | EventLog | LogReader | MediaFolder | Messages

/** The store, the media folder and everything that an erasure touches. */
export class ContentStore implements AsyncDisposable {
  readonly directory: string
  readonly #database: TestDatabase
  readonly #pass: Pass
  #runtime: ManagedRuntime.ManagedRuntime<Services, unknown>

  /** Opens the files of a directory. `pass` is called before and after every change of them, and may throw. */
  constructor(directory: string, database: TestDatabase, pass: Pass = () => {}) {
    this.directory = directory
    this.#database = database
    this.#pass = pass
    this.#runtime = this.#open()
  }

  /** Makes a new directory, with the device that owns the messages. */
  static async open(
    create: (directory: string) => Promise<TestDatabase>,
    pass?: (directory: string, isCommitted: boolean) => void
  ): Promise<ContentStore> {
    const directory = mkdtempSync(join(tmpdir(), "bitacora-erasure-"))
    mkdirSync(join(directory, "media"))
    const store = new ContentStore(directory, await create(directory), (isCommitted) =>
      pass?.(directory, isCommitted ?? false)
    )
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
    const open = async () => passing(await this.#database.open(), this.#pass)
    const store = EventLog.layer().pipe(Layer.provideMerge(Database.layer(open)))
    const folder = passingFolder(this.#pass).pipe(Layer.provide(MediaFolder.layer(join(this.directory, "media"))))
    const rows = Layer.mergeAll(Devices.layer, Messages.layer, folder)
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
        return yield* erasure.message(yield* messages.byId(messageId, "all"), demand)
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

  /** What a follower gets that follows the log from its beginning. */
  get followed(): Promise<readonly RecordedEvent[]> {
    return this.run(
      Effect.gen(function* () {
        const log = yield* EventLog
        const isLast = (page: readonly RecordedEvent[]) => page.at(-1)?.position === log.end()
        const pages = followLog((yield* log.start).position).pipe(Stream.takeUntil(isLast))
        return [...(yield* Stream.runCollect(pages))].flat()
      })
    )
  }

  /** Every row of the read models. */
  readModels() {
    const tables = projections.flatMap((projection): readonly (keyof Tables)[] => projection.tables)
    return this.run(
      Effect.flatMap(Database, ({ query }) =>
        query(async (db) => {
          const all: Partial<Record<keyof Tables, readonly string[]>> = {}
          for (const table of tables) {
            const rows = await db.selectFrom(table).selectAll().execute()
            all[table] = rows.map(withoutNumber).toSorted()
          }
          return all
        })
      )
    )
  }

  /** Forgets all read models and starts again: they are rebuilt from the log. */
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

  /** Both chains of all streams. */
  async isValid(): Promise<boolean> {
    const whole = await this.run(verifyLog({}))
    const own = await this.run(verifyStreams(streamsOf(DEVICE), 1))
    return whole.valid && own.valid
  }

  close(): Promise<void> {
    return this.#runtime.dispose()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await this.#database.drop()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** SQLite numbers the rows of `message_text` as they come: a number counts only for their order. */
export const withoutNumber = (row: object): string => JSON.stringify({ ...row, id: undefined })

/** Calls `pass` before and after each write, each part of it, and the scrubbing of files. */
const passing = (dialect: Dialect, pass: Pass): Dialect => {
  const around = async <A>(work: () => Awaitable<A>, isCommitted = false): Promise<A> => {
    pass()
    const result = await work()
    pass(isCommitted)
    return result
  }
  const steps = (tx: WriterTransaction): WriterTransaction => ({
    ...tx,
    insertEvents: (rows) => around(() => tx.insertEvents(rows)),
    run: (statements) => around(() => tx.run(statements))
  })
  return {
    ...dialect,
    writer: { transaction: (work) => around(() => dialect.writer.transaction((tx) => work(steps(tx))), true) },
    scrub: () => around(() => dialect.scrub())
  }
}

const passingFolder = (pass: Pass) =>
  Layer.effect(
    MediaFolder,
    Effect.map(MediaFolder, (folder) =>
      MediaFolder.of({
        ...folder,
        remove: (name) =>
          Effect.sync(() => pass()).pipe(
            Effect.andThen(folder.remove(name)),
            Effect.tap(() => Effect.sync(() => pass()))
          )
      })
    )
  )

const remote = (fileSha256: string | null) => ({
  directPath: null,
  url: null,
  mediaKey: Buffer.alloc(32, 7).toString("base64"),
  fileSha256: fileSha256 && Buffer.from(fileSha256, "hex").toString("base64"),
  fileEncSha256: null
})

export const text = (words: string) => ({ kind: "text", text: words })
export const from = (number: string, chat = jid(number)) => ({
  chat,
  chatAlt: null,
  sender: jid(number),
  senderAlt: null,
  fromMe: false,
  pushName: null,
  sentAt: 1,
  offline: false
})
export const received = (messageId: string, number: string, content: unknown, chat?: string): EventToAppend => ({
  type: "message.received",
  data: { messageId, ...from(number, chat), content }
})
export const about = (
  type: string,
  messageId: string,
  target: string,
  number: string,
  more: object
): EventToAppend => ({
  type,
  data: { messageId, target, ...from(number), ...more }
})
/** The context of a message that repeats what another says. */
export const quoting = (messageId: string, number = BEA, excerpt = "hola") => ({
  quoted: { messageId, sender: { jid: jid(number), alt: null }, kind: "text", excerpt }
})
/** Who wrote the message that an event is about. */
export const author = (number: string, fromMe = false) => ({ jid: jid(number), alt: null, fromMe })
export const queued = (messageId: string, number: string, content: unknown, chat = jid(number)): EventToAppend => ({
  type: "message.queued",
  data: { messageId, chat, chatAlt: null, number, content, expiresAt: 1 }
})
export const sent = (messageId: string): EventToAppend => ({ type: "message.sent", data: { messageId } })
export const arrivedFile = (sha256: string) => ({
  kind: "document" as const,
  mimetype: null,
  bytes: 3,
  remote: remote(sha256)
})
export const media = (sha256: string) => ({ kind: "document", media: { sha256, bytes: 3, mimetype: "text/plain" } })

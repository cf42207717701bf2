/**
 * Gateways one after the other on the same store: real actors, a real log, a WhatsApp in memory, a virtual clock and seeded random
 * numbers. Everything here happens in the same order in each run. On MySQL, line.ts queues the server's responses, and the clock moves
 * only while no response is awaited.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Cause, Clock, Effect, Layer, ManagedRuntime, Random } from "effect"
import type { Answer } from "../../src/actors/device/answers.ts"
import type { DeviceCommand } from "../../src/actors/device/commands.ts"
import type { DeviceRef } from "../../src/actors/device-ref.ts"
import { DeviceDirectory, DeviceHost } from "../../src/actors/directory.ts"
import { devicesInThisProcess } from "../../src/actors/one-process.ts"
import { trimLog } from "../../src/application/trimming.ts"
import { trimmableBefore } from "../../src/store/erasure/trimming.ts"
import type { RecordedEvent } from "../../src/events/envelope.ts"
import { DeviceId } from "../../src/events/ids.ts"
import { Database, type DatabaseShape } from "../../src/store/database.ts"
import { Devices } from "../../src/store/devices.ts"
import type { Dialect } from "../../src/store/dialect/dialect.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import type { LogReader } from "../../src/store/log/log-reader.ts"
import { MediaFolder } from "../../src/store/media/media-folder.ts"
import { Messages } from "../../src/store/messages.ts"
import { Roster } from "../../src/store/roster/roster.ts"
import { openAuditKey } from "../../src/store/audit/signed-head.ts"
import { settings } from "../support/devices.ts"
import type { ActorSettings } from "../../src/actors/device/actor-services.ts"
import type { TestDatabase, TestDialect } from "../support/dialects.ts"
import { FakeWhatsApp } from "../support/fake-whatsapp.ts"
import { origin } from "../support/store.ts"
import type { Chance } from "./chance.ts"
import { faulty, type StoreFault } from "./faulty-store.ts"
import { Line, QUIET_TURNS, turns } from "./line.ts"
import { VirtualClock } from "./virtual-clock.ts"

type Provided =
  | DeviceDirectory
  | DeviceHost
  | EventLog
  | LogReader
  | Devices
  | MediaFolder
  | Messages
  | Roster
  | Database

export interface Sent {
  readonly device: DeviceRef
  readonly text: string
  /** Set once the gateway has responded. */
  messageId: string | undefined
}

const BORN_AT = 1_790_000_000_000
const CONTACTS = ["51999999991", "51999999992"]

export class World implements AsyncDisposable {
  readonly clock = new VirtualClock(BORN_AT)
  readonly whatsapp = new FakeWhatsApp()
  readonly devices: DeviceRef[] = []
  /** The messages that clients asked to send. */
  readonly asked: Sent[] = []
  readonly crashes: string[] = []
  /** Received messages whose recording was confirmed to WhatsApp, as `device id`. */
  readonly confirmed: string[] = []
  /** What the log held before it was trimmed, and part of what it holds now. */
  readonly past: RecordedEvent[] = []
  /** Called before every transaction of the store. */
  nextFault: () => StoreFault = () => "none"
  /** Called after every commit, before the gateway learns of it. */
  committed: () => void = () => {}
  readonly #chance: Chance
  readonly #database: TestDatabase
  readonly #folder = mkdtempSync(join(tmpdir(), "bitacora-simulation-"))
  readonly #key = openAuditKey(this.#folder)
  /** Only for a database server: the embedded database responds at once. */
  readonly #line: Line | undefined
  #runtime: ManagedRuntime.ManagedRuntime<Provided, unknown>
  #log: EventLog["Service"] | undefined
  /** Grows when the process dies: results of an earlier life are ignored. */
  #life = 0
  #isDead = false
  readonly #settings: ActorSettings

  private constructor(chance: Chance, database: TestDatabase, line: Line | undefined, changed: Partial<ActorSettings>) {
    this.#settings = { ...settings, ...changed }
    this.#chance = chance
    this.#database = database
    this.#line = line
    this.#runtime = this.#open()
  }

  /** `delayMs`: an extra delay of every response of the server, in real milliseconds. `changed`: settings unlike the other tests'. */
  static async create(
    chance: Chance,
    dialect: TestDialect,
    delayMs?: () => number,
    changed: Partial<ActorSettings> = {}
  ): Promise<World> {
    return new World(chance, await dialect.create(), dialect.name === "mysql" ? new Line(delayMs) : undefined, changed)
  }

  #open(): ManagedRuntime.ManagedRuntime<Provided, unknown> {
    const life = this.#life
    const next = () => (this.#isDead || life !== this.#life ? "away" : this.nextFault())
    const committed = () => this.committed()
    const open = async () => this.#inLine(faulty(await this.#database.open(), next, committed))
    const database = Layer.effect(Database, Effect.map(Database, this.#readsInLine))
    const store = EventLog.layer().pipe(Layer.provideMerge(database.pipe(Layer.provide(Database.layer(open)))))
    const media = MediaFolder.layer(this.#folder)
    const rows = Layer.mergeAll(Devices.layer, Messages.layer, Roster.layer, media).pipe(Layer.provideMerge(store))
    const crashed = (device: DeviceRef, cause: Cause.Cause<unknown>) => {
      // An actor that starts without a store is restarted: that is no crash.
      const isExpected = Cause.squash(cause) instanceof StoreUnavailable
      if (!isExpected && life === this.#life && !this.#isDead)
        this.crashes.push(`${device.deviceNumber}: ${String(cause)}`)
    }
    const devices = devicesInThisProcess(this.#settings, crashed)
    const chance = {
      nextDoubleUnsafe: () => this.#chance.next(),
      nextIntUnsafe: () => this.#chance.below(Number.MAX_SAFE_INTEGER)
    }
    const own = Layer.merge(Layer.succeed(Clock.Clock, this.clock), Layer.succeed(Random.Random, chance))
    const all = devices.pipe(Layer.provideMerge(Layer.mergeAll(rows, this.whatsapp.layer)))
    return ManagedRuntime.make(all.pipe(Layer.provideMerge(own)))
  }

  #inLine(dialect: Dialect): Dialect {
    const line = this.#line
    if (!line) return dialect
    return { ...dialect, writer: { transaction: (work) => line.take(() => dialect.writer.transaction(work)) } }
  }

  readonly #readsInLine = (database: DatabaseShape): DatabaseShape => {
    const line = this.#line
    if (!line) return database
    return { ...database, query: (read) => database.query((db) => line.take(() => read(db))) }
  }

  /** As the gateway starts: first the devices, then the connections. */
  async start(): Promise<void> {
    this.#log = await this.run(EventLog)
    const host = await this.run(DeviceHost)
    void this.run(Effect.andThen(host.boot, host.resume(0))).catch(() => {})
    await this.settle()
  }

  /** The process is gone at once: it writes nothing more, and no promise of it settles. */
  die(): void {
    this.#isDead = true
    for (const socket of this.whatsapp.sockets) socket.drop()
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** With a store that works: the gateway does not start without one. */
  async startAgain(): Promise<void> {
    this.nextFault = () => "none"
    this.die()
    this.#life++
    this.clock.forget()
    await this.#runtime.dispose()
    this.#isDead = false
    this.#runtime = this.#open()
    await this.start()
  }

  run<A, E>(effect: Effect.Effect<A, E, Provided>): Promise<A> {
    return this.#runtime.runPromise(effect)
  }

  async register(number: string): Promise<DeviceRef> {
    const device = {
      id: DeviceId.make(`dev_${String(this.devices.length + 1).padStart(26, "0")}`),
      deviceNumber: this.devices.length + 1
    }
    const owner = { kind: "operator" as const }
    await this.#ask(device, {
      type: "Register",
      deviceNumber: device.deviceNumber,
      owner,
      number,
      sessionId: null,
      name: null
    })
    this.devices.push(device)
    return device
  }

  /** The log shows the outcome. */
  command(device: DeviceRef, command: DeviceCommand): void {
    void this.#ask(device, command).catch(() => {})
  }

  /** A client sends a message; it may never get a response. */
  send(device: DeviceRef): void {
    const life = this.#life
    const text = `text ${this.asked.length + 1}`
    const sent: Sent = { device, text, messageId: undefined }
    this.asked.push(sent)
    const to = this.#chance.one(CONTACTS)
    this.#ask(device, { type: "Send" as const, to, content: { kind: "text", text }, ackTimeoutMs: 5_000 }).then(
      (outcome) => {
        if (life === this.#life && !this.#isDead) sent.messageId = outcome.messageId
      },
      () => {}
    )
  }

  #ask<C extends DeviceCommand>({ id }: DeviceRef, command: C): Promise<Answer<C["type"]>> {
    return this.run(Effect.flatMap(DeviceDirectory, (directory) => directory.ask(id, { command, origin })))
  }

  /** A contact writes to the device; WhatsApp may deliver the same message several times. */
  receive(device: DeviceRef, id: string): void {
    const life = this.#life
    const sender = `${CONTACTS[id.length % CONTACTS.length]}@s.whatsapp.net`
    const message = {
      type: "message" as const,
      id,
      chat: sender,
      chatAlt: null,
      sender,
      senderAlt: null,
      fromMe: false,
      pushName: null,
      sentAt: BORN_AT,
      offline: false,
      content: { kind: "text" as const, text: id }
    }
    const recorded = () => {
      if (life === this.#life && !this.#isDead) this.confirmed.push(`${device.deviceNumber} ${id}`)
    }
    this.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "received", messages: [message], recorded })
  }

  /** Drops the beginning of the log, up to a part of its length. The trim may fail with the store. */
  trim(part: number): void {
    const life = this.#life
    const work = Effect.gen({ self: this }, function* () {
      const log = yield* EventLog
      const { upTo } = yield* trimmableBefore(Math.floor(part * log.end()) + 1)
      for (let after = this.past.at(-1)?.position ?? 0; after < upTo; after = this.past.at(-1)?.position ?? upTo) {
        this.past.push(...(yield* log.readAll({ after, upTo, limit: 500 })))
      }
      yield* trimLog(upTo, { key: this.#key, origin })
    })
    this.run(work).catch((failure: unknown) => {
      const isExpected = failure instanceof StoreUnavailable || life !== this.#life || this.#isDead
      if (!isExpected) this.crashes.push(`trimming: ${String(failure)}`)
    })
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms, () => this.settle())
  }

  /** Waits until only the clock or an outside input can start new work. */
  async settle(): Promise<void> {
    let seen = ""
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await turns(1)
      const now = `${this.#log?.end()} ${this.#log?.waiting()} ${this.whatsapp.sent.length} ${this.whatsapp.sockets.length}`
      if (now !== seen || this.#line?.isEmpty === false) quiet = 0
      seen = now
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.die()
    this.#life++
    await this.#runtime.dispose()
    await this.#database.drop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

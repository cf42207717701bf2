/** Device actors on a real store and a WhatsApp in memory, with a store that can be made to fail. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Effect, Layer, ManagedRuntime } from "effect"
import type { ActorSettings } from "../../src/actors/device/actor-services.ts"
import { defaultPauses } from "../../src/actors/device/disconnect-policy.ts"
import { DeviceDirectory, type DeviceDirectoryShape, type NewDevice } from "../../src/actors/directory.ts"
import type { Place } from "../../src/actors/supervisor.ts"
import type { RecordedEvent } from "../../src/events/envelope.ts"
import { Database } from "../../src/store/database.ts"
import { Devices } from "../../src/store/devices.ts"
import type { Dialect } from "../../src/store/dialect/dialect.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { defaultEventLogOptions, EventLog, type EventLogShape } from "../../src/store/log/event-log.ts"
import type { LogReader } from "../../src/store/log/log-reader.ts"
import { Messages } from "../../src/store/messages.ts"
import { FakeWhatsApp } from "./fake-whatsapp.ts"
import { until } from "./until.ts"
import { origin } from "./store.ts"

export const settings: ActorSettings = {
  mailboxMax: 16,
  signalsMax: 100,
  storePatienceMs: 30_000,
  outboxMax: 10,
  messageExpiresMs: 300_000,
  sendPacingMs: 0,
  openingTimeoutMs: 60_000,
  deviceExpiresMs: 3_600_000,
  retryPauses: { ...defaultPauses, firstMs: 20, capMs: 100 }
}

type Provided = DeviceDirectory | EventLog | LogReader | Devices | Messages | Database

export class TestDevices implements AsyncDisposable {
  readonly whatsapp: FakeWhatsApp
  readonly crashes: (Place & { readonly restartInMs: number })[] = []
  /** While true, nothing can be written. */
  isStoreAway = false
  readonly directory: DeviceDirectoryShape
  readonly log: EventLogShape
  readonly #runtime: ManagedRuntime.ManagedRuntime<Provided, unknown>
  readonly #folder: string

  private constructor(
    whatsapp: FakeWhatsApp,
    folder: string,
    runtime: ManagedRuntime.ManagedRuntime<Provided, unknown>,
    services: { readonly directory: DeviceDirectoryShape; readonly log: EventLogShape }
  ) {
    this.whatsapp = whatsapp
    this.#folder = folder
    this.#runtime = runtime
    this.directory = services.directory
    this.log = services.log
  }

  static async start(
    options: {
      readonly settings?: Partial<ActorSettings>
      readonly folder?: string
      readonly whatsapp?: FakeWhatsApp
    } = {}
  ): Promise<TestDevices> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), "bitacora-devices-"))
    const whatsapp = options.whatsapp ?? new FakeWhatsApp()
    const holder: { current?: TestDevices } = {}
    const open = () => failing(openSqlite(join(folder, "bitacora.db")), () => holder.current?.isStoreAway ?? false)
    const store = EventLog.layer(defaultEventLogOptions).pipe(Layer.provideMerge(Database.layer(open)))
    const rows = Layer.mergeAll(Devices.layer, Messages.layer).pipe(Layer.provideMerge(store))
    const directory = DeviceDirectory.layerLocal({ ...settings, ...options.settings }, (place, _cause, restartInMs) =>
      holder.current?.crashes.push({ ...place, restartInMs })
    )
    const runtime = ManagedRuntime.make(directory.pipe(Layer.provideMerge(Layer.mergeAll(rows, whatsapp.layer))))
    const services = {
      directory: await runtime.runPromise(DeviceDirectory),
      log: await runtime.runPromise(EventLog)
    }
    holder.current = new TestDevices(whatsapp, folder, runtime, services)
    return holder.current
  }

  run<A, E>(effect: Effect.Effect<A, E, Provided>): Promise<A> {
    return this.#runtime.runPromise(effect)
  }

  /** Ends the process as a kill would: no actor is told. Then starts again on the same files. */
  async killAndStart(changed: Partial<ActorSettings> = {}): Promise<TestDevices> {
    await this.#runtime.dispose()
    const again = await TestDevices.start({ settings: changed, folder: this.#folder, whatsapp: this.whatsapp })
    await again.run(again.directory.boot)
    await again.run(again.directory.resumeAll(0))
    return again
  }

  async register(device: Partial<NewDevice> = {}): Promise<Place> {
    return this.run(
      this.directory.register(
        { owner: { kind: "operator" }, number: null, sessionId: `s${Math.random()}`, name: null, ...device },
        origin
      )
    )
  }

  /** A device that is paired and connected, by the road that a real one takes. */
  async connected(device: Partial<NewDevice> = {}): Promise<Place> {
    const place = await this.register(device)
    await this.run(this.directory.ask(place.id, { type: "RequestConnection", by: "operator" }, origin))
    const number = device.number ?? `5199${String(place.number).padStart(7, "0")}`
    this.whatsapp.socketOf(place.number)?.hear({ type: "qr", text: "secret", expiresAt: Date.now() + 60_000 })
    this.whatsapp.socketOf(place.number)?.pair(number)
    this.whatsapp.socketOf(place.number)?.hear({ type: "closed", code: 515 })
    await until(() => this.whatsapp.socketsOf(place.number).length === 2, "the restart after pairing")
    this.whatsapp.socketOf(place.number)?.hear({ type: "opened" })
    await this.untilState(place, "CONNECTED")
    return place
  }

  async state(place: Place): Promise<string | undefined> {
    return (await this.run(this.directory.live(place.id)))?.state
  }

  async untilState(place: Place, state: string): Promise<void> {
    await until(async () => (await this.state(place)) === state, `${place.id} ${state}`)
  }

  /** The device's events of both streams, oldest first. */
  async events(place: Place): Promise<readonly RecordedEvent[]> {
    return this.run(this.log.readAll({ after: 0, devices: [place.number], limit: 1_000 }))
  }

  async eventTypes(place: Place): Promise<readonly string[]> {
    return (await this.events(place)).map((event) => event.type)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isStoreAway = false
    await this.#runtime.dispose()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** A database that fails every write while `isAway` says so. */
const failing = (dialect: Dialect, isAway: () => boolean): Dialect => ({
  ...dialect,
  writer: {
    transaction: (work) => (isAway() ? Promise.reject(new Error("database is away")) : dialect.writer.transaction(work))
  }
})

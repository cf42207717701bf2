/** Device actors on a real store and a WhatsApp in memory, with a store that a test can make fail. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Effect, Layer, ManagedRuntime } from "effect"
import type { ActorSettings } from "../../src/actors/device/actor-services.ts"
import { defaultPauses } from "../../src/actors/device/disconnect-policy.ts"
import type { Answer, LiveDevice, SendOutcome } from "../../src/actors/device/answers.ts"
import type { Asked, DeviceCommand, Send } from "../../src/actors/device/commands.ts"
import {
  DeviceDirectory,
  type DeviceDirectoryShape,
  DeviceHost,
  type DeviceHostShape
} from "../../src/actors/directory.ts"
import { devicesInThisProcess } from "../../src/actors/one-process.ts"
import type { DeviceRef } from "../../src/actors/device-ref.ts"
import type { RecordedEvent } from "../../src/events/envelope.ts"
import { DeviceId } from "../../src/events/ids.ts"
import { Database } from "../../src/store/database.ts"
import { Devices } from "../../src/store/devices.ts"
import type { Dialect } from "../../src/store/dialect/dialect.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { defaultEventLogOptions, EventLog, type EventLogShape } from "../../src/store/log/event-log.ts"
import type { LogReader } from "../../src/store/log/log-reader.ts"
import { Messages } from "../../src/store/messages.ts"
import { Roster } from "../../src/store/roster/roster.ts"
import { FakeWhatsApp } from "./fake-whatsapp.ts"
import { until } from "./until.ts"
import { newId } from "../../src/store/new-id.ts"
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

type Provided = DeviceDirectory | DeviceHost | EventLog | LogReader | Devices | Messages | Roster | Database

/** A command as a client with the operator's credentials sends it. */
export const asked = <C extends DeviceCommand>(command: C): Asked<C> => ({ command, origin })

export class TestDevices implements AsyncDisposable {
  readonly whatsapp: FakeWhatsApp
  readonly crashes: (DeviceRef & { readonly restartInMs: number })[] = []
  /** While true, every write fails. */
  isStoreAway = false
  readonly directory: DeviceDirectoryShape
  readonly host: DeviceHostShape
  readonly log: EventLogShape
  readonly #runtime: ManagedRuntime.ManagedRuntime<Provided, unknown>
  readonly #folder: string
  #registered = 0

  private constructor(
    whatsapp: FakeWhatsApp,
    folder: string,
    runtime: ManagedRuntime.ManagedRuntime<Provided, unknown>,
    services: { readonly directory: DeviceDirectoryShape; readonly host: DeviceHostShape; readonly log: EventLogShape }
  ) {
    this.whatsapp = whatsapp
    this.#folder = folder
    this.#runtime = runtime
    this.directory = services.directory
    this.host = services.host
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
    const rows = Layer.mergeAll(Devices.layer, Messages.layer, Roster.layer).pipe(Layer.provideMerge(store))
    const directory = devicesInThisProcess({ ...settings, ...options.settings }, (device, _cause, restartInMs) =>
      holder.current?.crashes.push({ ...device, restartInMs })
    )
    const runtime = ManagedRuntime.make(directory.pipe(Layer.provideMerge(Layer.mergeAll(rows, whatsapp.layer))))
    const services = {
      directory: await runtime.runPromise(DeviceDirectory),
      host: await runtime.runPromise(DeviceHost),
      log: await runtime.runPromise(EventLog)
    }
    holder.current = new TestDevices(whatsapp, folder, runtime, services)
    return holder.current
  }

  run<A, E>(effect: Effect.Effect<A, E, Provided>): Promise<A> {
    return this.#runtime.runPromise(effect)
  }

  /** Ends the process as a kill does: no actor is told. Then starts again on the same files. */
  async killAndStart(changed: Partial<ActorSettings> = {}): Promise<TestDevices> {
    await this.#runtime.dispose()
    const again = await TestDevices.start({ settings: changed, folder: this.#folder, whatsapp: this.whatsapp })
    await again.run(again.host.boot)
    await again.run(again.host.resume(0))
    return again
  }

  ask<C extends DeviceCommand>({ id }: DeviceRef, command: C): Promise<Answer<C["type"]>> {
    return this.run(this.directory.ask(id, asked(command)))
  }

  send(device: DeviceRef, message: Omit<Send, "type">): Promise<SendOutcome> {
    return this.ask(device, { type: "Send", ...message })
  }

  view({ id }: DeviceRef): Promise<LiveDevice | undefined> {
    return this.run(this.directory.view(id))
  }

  async register({ number = null }: { readonly number?: string | null } = {}): Promise<DeviceRef> {
    const deviceNumber = ++this.#registered
    const id = DeviceId.make(newId("dev", Date.now()))
    const owner = { kind: "operator" as const }
    await this.ask({ id, deviceNumber }, { type: "Register", deviceNumber, owner, number, sessionId: id, name: null })
    return { id, deviceNumber }
  }

  /** A device that is paired and connected as a real one is. */
  async connected(expected: { readonly number?: string } = {}): Promise<DeviceRef> {
    const device = await this.register(expected)
    await this.ask(device, { type: "Connect", by: "operator" })
    const number = expected.number ?? `5199${String(device.deviceNumber).padStart(7, "0")}`
    this.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "qr", text: "secret", expiresAt: Date.now() + 60_000 })
    this.whatsapp.socketOf(device.deviceNumber)?.pair(number)
    this.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "closed", code: 515 })
    await until(() => this.whatsapp.socketsOf(device.deviceNumber).length === 2, "the restart after pairing")
    this.whatsapp.socketOf(device.deviceNumber)?.hear({ type: "opened" })
    await this.untilState(device, "CONNECTED")
    return device
  }

  async state(device: DeviceRef): Promise<string | undefined> {
    return (await this.run(this.directory.view(device.id)))?.state
  }

  async untilState(device: DeviceRef, state: string): Promise<void> {
    await until(async () => (await this.state(device)) === state, `${device.id} ${state}`)
  }

  /** The device's events of all its streams, oldest first. */
  async events(device: DeviceRef): Promise<readonly RecordedEvent[]> {
    return this.run(this.log.readAll({ after: 0, devices: [device.deviceNumber], limit: 1_000 }))
  }

  async eventTypes(device: DeviceRef): Promise<readonly string[]> {
    return (await this.events(device)).map((event) => event.type)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isStoreAway = false
    await this.#runtime.dispose()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** A database that fails every write while `isAway` returns true. */
const failing = (dialect: Dialect, isAway: () => boolean): Dialect => ({
  ...dialect,
  writer: {
    transaction: (work) => (isAway() ? Promise.reject(new Error("database is away")) : dialect.writer.transaction(work))
  }
})

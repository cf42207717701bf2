/**
 * How everything reaches a device: by its id, wherever its actor runs. Keeps DEV-1 to DEV-3.
 *
 * This is the interface and its implementation in one process. Another implementation, over several machines, has to pass the
 * same contract (test/actors/directory.contract.ts).
 */
import { type Cause, Clock, Context, Effect, Layer, PubSub, type Scope } from "effect"
import type { DeviceRegistered, Owner } from "../events/device.ts"
import type { EventOf } from "../events/definition.ts"
import type { Origin } from "../events/envelope.ts"
import { DeviceId } from "../events/ids.ts"
import { deviceStream } from "../events/streams.ts"
import { answerInTime } from "../store/answer-in-time.ts"
import { Database } from "../store/database.ts"
import type { DeviceRow } from "../store/devices.ts"
import { Devices } from "../store/devices.ts"
import type { DuplicateKey, StoreUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { Messages } from "../store/messages.ts"
import { newId } from "../store/new-id.ts"
import { RecipientCache } from "../whatsapp/recipient-cache.ts"
import { type NoAnswer, type NotConnected, WhatsApp } from "../whatsapp/whatsapp.ts"
import type { AskFailure, DeviceActor, SendFailure } from "./device/actor.ts"
import type { ActorServices, ActorSettings } from "./device/actor-services.ts"
import { DeviceNotFound, type LiveDevice, type SendMessage, type SendOutcome } from "./device/commands.ts"
import type { DeviceCommand } from "./device/decide.ts"
import type { PairingSecret } from "./device/pairing-secrets.ts"
import { type Place, Supervisor } from "./supervisor.ts"

/** What a new device is to be. `number` or `sessionId`, or both. */
export interface NewDevice {
  readonly owner: Owner
  readonly number: string | null
  readonly sessionId: string | null
  readonly name: string | null
}

export interface DeviceDirectoryShape {
  /** Makes a device; it does nothing until it is asked to connect. */
  readonly register: (device: NewDevice, origin: Origin) => Effect.Effect<Place, DuplicateKey | StoreUnavailable>
  /** Answers when the command's events are durable. */
  readonly ask: (
    device: DeviceId,
    command: DeviceCommand,
    origin: Origin
  ) => Effect.Effect<LiveDevice, DeviceNotFound | AskFailure>
  readonly send: (
    device: DeviceId,
    message: SendMessage,
    origin: Origin
  ) => Effect.Effect<SendOutcome, DeviceNotFound | SendFailure>
  /** A code to type into the phone of this number, instead of a QR. */
  readonly pairingCode: (
    device: DeviceId,
    number: string,
    by: "user" | "operator",
    origin: Origin
  ) => Effect.Effect<PairingSecret, DeviceNotFound | AskFailure | NoAnswer | NotConnected>
  /** WhatsApp's word on a message accepted before; undefined when nobody waits for it any more: its fate is in the log. */
  readonly outcome: (device: DeviceId, messageId: string, timeoutMs: number) => Effect.Effect<SendOutcome | undefined>
  /** The device as its actor sees it now; undefined while it has none, and then the projection says all there is. */
  readonly live: (device: DeviceId) => Effect.Effect<LiveDevice | undefined>
  /** Ids of devices that have a new QR or code to show. */
  readonly secretsShown: Effect.Effect<PubSub.Subscription<DeviceId>, never, Scope.Scope>
  /** Before anything else: puts every device in order that was left connected, but those that cannot be started. */
  readonly boot: Effect.Effect<number, StoreUnavailable>
  /** After that: takes up the connections that are wanted, one after the other with a pause in between. */
  readonly resumeAll: (pauseMs: number) => Effect.Effect<number, StoreUnavailable>
  /** Closes all sockets at once; they are opened again as after any lost connection. */
  readonly disconnectAll: Effect.Effect<void>
  /** Stops all actors in order. */
  readonly stop: (timeoutMs: number) => Effect.Effect<void>
}

export class DeviceDirectory extends Context.Service<DeviceDirectory, DeviceDirectoryShape>()(
  "bitacora/actors/DeviceDirectory"
) {
  static readonly layerLocal = (
    settings: ActorSettings,
    crashed: (place: Place, cause: Cause.Cause<unknown>, restartInMs: number) => void
  ) => Layer.effect(DeviceDirectory, makeLocal(settings, crashed))
}

const LIST_PAGE = 500
const STARTS_AT_ONCE = 32
/** In these states a device has or awaits a connection. */
const LIVE_STATES = new Set(["INIT", "QR", "LOADING", "CONNECTED", "RECONNECTING"])

const makeLocal = (
  settings: ActorSettings,
  crashed: (place: Place, cause: Cause.Cause<unknown>, restartInMs: number) => void
) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const devices = yield* Devices
    const shown = yield* PubSub.sliding<DeviceId>(1_000)
    const services: ActorServices = {
      log,
      settings,
      database: yield* Database,
      messages: yield* Messages,
      whatsapp: yield* WhatsApp,
      recipients: new RecipientCache(),
      secretShown: (device) => void PubSub.publishUnsafe(shown, device)
    }
    const supervisor = yield* Supervisor.make(services, crashed)

    const actorOf = (device: DeviceId): Effect.Effect<DeviceActor, DeviceNotFound | StoreUnavailable> =>
      Effect.gen(function* () {
        const running = supervisor.actor(device)
        if (running) return running
        const row = yield* devices.byDeviceId(device)
        if (!row || row.state === "removed") return yield* new DeviceNotFound({ device })
        return yield* supervisor.start(placeOf(row))
      })

    const everyDevice = <E>(
      visit: (row: DeviceRow) => Effect.Effect<unknown, E>
    ): Effect.Effect<void, E | StoreUnavailable> =>
      Effect.gen(function* () {
        for (let after = 0; ; ) {
          const page = yield* devices.list("everybody", after, LIST_PAGE)
          yield* Effect.forEach(page, visit, { concurrency: STARTS_AT_ONCE, discard: true })
          const last = page.at(-1)
          if (!last || page.length < LIST_PAGE) return
          after = last.number_id
        }
      })

    return DeviceDirectory.of({
      register: (device, origin) =>
        Effect.gen(function* () {
          const id = DeviceId.make(newId("dev", yield* Clock.currentTimeMillis))
          const number = yield* log.nextNumber("device")
          const registered: EventOf<typeof DeviceRegistered> = {
            type: "device.registered",
            data: { deviceId: id, deviceNumber: number, ...device }
          }
          const append = {
            stream: deviceStream(id),
            device: number,
            expected: "new" as const,
            events: [{ ...registered, to: "NONE" }],
            origin
          }
          yield* answerInTime(log.commit({ appends: [append] })).pipe(Effect.catchTag("StreamConflict", Effect.die))
          yield* supervisor.start({ id, number })
          return { id, number }
        }),
      ask: (device, command, origin) => Effect.flatMap(actorOf(device), (actor) => actor.ask(command, origin)),
      send: (device, message, origin) => Effect.flatMap(actorOf(device), (actor) => actor.send(message, origin)),
      pairingCode: (device, number, by, origin) =>
        Effect.flatMap(actorOf(device), (actor) => actor.pairingCode(number, by, origin)),
      outcome: (device, messageId, timeoutMs) =>
        Effect.suspend(() => supervisor.actor(device)?.outcome(messageId, timeoutMs) ?? Effect.succeed(undefined)),
      live: (device) => Effect.sync(() => supervisor.actor(device)?.live),
      secretsShown: PubSub.subscribe(shown),
      boot: Effect.gen(function* () {
        let started = 0
        yield* everyDevice((row) => {
          // Devices that rest get an actor when somebody asks; those that may expire need their timer now.
          const needsActor = LIVE_STATES.has(row.state) || row.paired === 0
          if (!needsActor) return Effect.void
          started++
          // One that cannot be started is tried on by its supervisor; the others do not wait for it.
          return Effect.ignore(supervisor.start(placeOf(row)))
        })
        return started
      }),
      resumeAll: (pauseMs) =>
        Effect.gen(function* () {
          let resumed = 0
          const waiting: Place[] = []
          yield* everyDevice((row) =>
            Effect.sync(() => {
              if (row.state === "RECONNECTING" && row.wanted === 1 && row.paired === 1) waiting.push(placeOf(row))
            })
          )
          for (const place of waiting) {
            // An actor that died resumes by itself in its next life.
            const actor = yield* supervisor.start(place).pipe(Effect.orElseSucceed(() => undefined))
            if (!actor) continue
            actor.hear({ type: "input", input: { type: "Resume" } })
            resumed++
            yield* Effect.sleep(pauseMs)
          }
          return resumed
        }),
      disconnectAll: Effect.sync(() => supervisor.disconnectAll()),
      stop: (timeoutMs) => supervisor.stop(timeoutMs)
    })
  })

const placeOf = (row: DeviceRow): Place => ({ id: DeviceId.make(row.device_id), number: row.number_id })

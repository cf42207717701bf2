/** The device directory of a gateway that is one process: every device's actor runs here, under one supervisor. */
import { Context, Effect, Layer, PubSub, Stream } from "effect"
import type { DeviceId } from "../events/ids.ts"
import { Database } from "../store/database.ts"
import { type Device, Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { Messages } from "../store/messages.ts"
import { Roster } from "../store/roster/roster.ts"
import { RecipientCache } from "../whatsapp/recipient-cache.ts"
import { WhatsApp } from "../whatsapp/whatsapp.ts"
import type { DeviceRef } from "./device-ref.ts"
import type { ActorServices, ActorSettings } from "./device/actor-services.ts"
import type { DeviceActor } from "./device/actor.ts"
import { type Answer, type AskFailure, DeviceNotFound } from "./device/answers.ts"
import type { Asked, DeviceCommand } from "./device/commands.ts"
import { MetPeople } from "./device/roster/met-people.ts"
import { DeviceDirectory, DeviceHost, type DevicePresence } from "./directory.ts"
import { type Crashed, Supervisor } from "./supervisor.ts"

/** Provides DeviceDirectory and DeviceHost. `crashed` is told of every actor that died. */
export const devicesInThisProcess = (settings: ActorSettings, crashed: Crashed) =>
  Layer.effectContext(make(settings, crashed))

const LIST_PAGE = 500
const STARTS_AT_ONCE = 32
/** New QRs and codes, and presences, that may wait for a slow watcher. */
const WATCHED_MAX = 1_000
/** In these states a device has or awaits a connection. */
const LIVE_STATES = new Set(["INIT", "QR", "LOADING", "CONNECTED", "RECONNECTING"])

const make = (settings: ActorSettings, crashed: Crashed) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const shown = yield* PubSub.sliding<DeviceRef>(WATCHED_MAX)
    const present = yield* PubSub.sliding<DevicePresence>(WATCHED_MAX)
    const services: ActorServices = {
      settings,
      log: yield* EventLog,
      database: yield* Database,
      messages: yield* Messages,
      whatsapp: yield* WhatsApp,
      recipients: new RecipientCache(),
      roster: yield* Roster,
      met: new MetPeople(),
      secretShown: (device) => void PubSub.publishUnsafe(shown, device),
      presenceSeen: (device, seen) => void PubSub.publishUnsafe(present, { device, seen })
    }
    const supervisor = yield* Supervisor.make(services, crashed)

    const actorOf = (device: DeviceId): Effect.Effect<DeviceActor, DeviceNotFound | StoreUnavailable> =>
      Effect.gen(function* () {
        const running = supervisor.actor(device)
        if (running) return running
        const known = yield* devices.byId(device)
        if (!known || known.state === "removed") return yield* new DeviceNotFound({ device })
        return yield* supervisor.start(known)
      })

    /** A device that is not registered in the end leaves no actor behind. */
    const register = <C extends DeviceCommand>(
      ref: DeviceRef,
      asked: Asked<C>
    ): Effect.Effect<Answer<C["type"]>, AskFailure<C["type"]>> =>
      supervisor.start(ref).pipe(
        Effect.flatMap((actor) =>
          Effect.tapError(actor.ask(asked), () =>
            Effect.sync(() => {
              if (actor.live.context.deviceId === null) supervisor.retire(ref.id)
            })
          )
        )
      )

    const directory = DeviceDirectory.of({
      ask: <C extends DeviceCommand>(device: DeviceId, asked: Asked<C>) => {
        const command: DeviceCommand = asked.command
        return command.type === "Register"
          ? register({ id: device, deviceNumber: command.deviceNumber }, asked)
          : Effect.flatMap(actorOf(device), (actor) => actor.ask(asked))
      },
      view: (device) => Effect.sync(() => supervisor.actor(device)?.live),
      watch: Stream.fromPubSub(shown),
      presence: Stream.fromPubSub(present)
    })

    const everyDevice = <E>(
      visit: (device: Device) => Effect.Effect<unknown, E>
    ): Effect.Effect<void, E | StoreUnavailable> =>
      Effect.gen(function* () {
        for (let after = 0; ; ) {
          const page = yield* devices.list("all", after, LIST_PAGE)
          yield* Effect.forEach(page, visit, { concurrency: STARTS_AT_ONCE, discard: true })
          const last = page.at(-1)
          if (!last || page.length < LIST_PAGE) return
          after = last.deviceNumber
        }
      })

    const host = DeviceHost.of({
      boot: Effect.gen(function* () {
        let started = 0
        yield* everyDevice((device) => {
          // A device at rest gets an actor with its first command; one that may expire needs its timer now.
          const needsActor = LIVE_STATES.has(device.state) || !device.paired
          if (!needsActor) return Effect.void
          started++
          // The supervisor goes on trying to start a device that cannot be started; the others do not wait for it.
          return Effect.ignore(supervisor.start(device))
        })
        return started
      }),
      resume: (pauseMs) =>
        Effect.gen(function* () {
          let resumed = 0
          const waiting: DeviceRef[] = []
          yield* everyDevice((device) =>
            Effect.sync(() => {
              if (device.state === "RECONNECTING" && device.wanted && device.paired) waiting.push(device)
            })
          )
          for (const device of waiting) {
            // An actor that died resumes by itself in its next life.
            const actor = yield* supervisor.start(device).pipe(Effect.orElseSucceed(() => undefined))
            if (!actor) continue
            actor.hear({ type: "input", input: { type: "Resume" } })
            resumed++
            yield* Effect.sleep(pauseMs)
          }
          return resumed
        }),
      mailboxes: Effect.sync(() => {
        let waiting = 0
        let fullest = 0
        for (const each of supervisor.waiting()) {
          waiting += each
          fullest = Math.max(fullest, each)
        }
        return { actors: supervisor.size, waiting, fullest }
      }),
      disconnect: Effect.sync(() => supervisor.disconnectAll()),
      stop: (timeoutMs) => supervisor.stop(timeoutMs)
    })

    return Context.make(DeviceDirectory, directory).pipe(Context.add(DeviceHost, host))
  })

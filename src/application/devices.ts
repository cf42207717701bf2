/** Devices: adds and lists them, and carries out commands to their connections. For all dialects. */
import { Clock, Effect, Schema, Semaphore } from "effect"
import type { AskFailure } from "../actors/device/answers.ts"
import type { LifecycleCommand } from "../actors/device/commands.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import type { Owner } from "../events/device.ts"
import type { Origin } from "../events/envelope.ts"
import { DeviceId } from "../events/ids.ts"
import { CommandLog, type CommandKey } from "../store/command-log.ts"
import { type Device, Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { newId } from "../store/new-id.ts"
import { findDevice, reaches, visibleTo } from "./device-access.ts"
import { type DeviceView, viewDevice } from "./device-view.ts"
import { once, type RequestKey } from "./idempotency.ts"
import { Limits } from "./limits.ts"
import { ownerOf, type Principal } from "./principal.ts"

/** Rejection: the owner has the maximum number of devices. */
export class TooManyDevices extends Schema.TaggedError<TooManyDevices>()("TooManyDevices", { max: Schema.Int }) {
  override get message(): string {
    return `an account may have at most ${this.max} devices; remove one first`
  }
}

/** Rejection: the owner added too many devices within a day. A removed device leaves its history, so adding and removing is bounded too. */
export class TooManyNewDevices extends Schema.TaggedError<TooManyNewDevices>()("TooManyNewDevices", {
  max: Schema.Int,
  retryAfterSeconds: Schema.Int
}) {
  override get message(): string {
    return `an account may add at most ${this.max} devices a day, removed ones included; try again in ${this.retryAfterSeconds} s`
  }
}

/** Rejection: the owner's device with this number has another session name, or the one with this session name has another number. */
export class DeviceExists extends Schema.TaggedError<DeviceExists>()("DeviceExists", { device: Schema.String }) {
  override get message(): string {
    return `the device ${this.device} has this number or this session name, but not both; send the values that it was added with`
  }
}

/** Rejection: a token for certain devices cannot add another one. */
export class DeviceSetFixed extends Schema.TaggedError<DeviceSetFixed>()("DeviceSetFixed", {}) {
  override get message(): string {
    return "this token is limited to certain devices and cannot add one; use a token without a list of devices"
  }
}

/** The device to add: with a `number`, a `sessionId`, or both. */
export interface NewDevice {
  readonly number: string | null
  readonly sessionId: string | null
  readonly name: string | null
}

export interface Added {
  readonly device: Device
  /** False when the owner had the device already. */
  readonly isNew: boolean
}

/** A device after `addAndConnect`. */
export interface Connected {
  readonly device: DeviceView
  /** False when the owner had the device already. */
  readonly isNew: boolean
}

const DAY_MS = 86_400_000

/** One at a time, because adding counts first: no account exceeds its number of devices. */
const oneAtATime = Semaphore.makeUnsafe(1)

/** Adds a device, which stays at rest until a client connects it. Returns the owner's existing device when there is one. */
export const addDevice = (principal: Principal, wanted: NewDevice, origin: Origin, key?: RequestKey) =>
  once(key, {
    first: (claiming) => oneAtATime.withPermits(1)(add(principal, wanted, origin, claiming)),
    again: ({ subject, isNew }) =>
      Effect.map(findDevice(principal, subject, { withRemoved: true }), (device): Added => ({ device, isNew }))
  })

const add = (principal: Principal, wanted: NewDevice, origin: Origin, key: CommandKey | undefined) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const commands = yield* CommandLog
    const owner = ownerOf(principal)
    const known = yield* existing(owner, wanted)
    if (known && reaches(principal, known)) {
      if (!matches(wanted, known)) return yield* new DeviceExists({ device: known.id })
      if (key !== undefined) yield* commands.claimFound(key, known.id)
      return { device: known, isNew: false }
    }
    if (principal.devices !== null) return yield* new DeviceSetFixed()
    if (principal.kind === "user") yield* checkLimits(owner)
    const id = yield* register(principal, wanted, origin, key)
    const device = id ? yield* devices.byId(id) : yield* existing(owner, wanted)
    if (!device) return yield* Effect.die(new Error("a device that was just added is not there"))
    return { device, isNew: id !== undefined }
  })

/** Returns the new device's id; undefined when another request added the device first. */
const register = (principal: Principal, wanted: NewDevice, origin: Origin, key: CommandKey | undefined) =>
  Effect.gen(function* () {
    const directory = yield* DeviceDirectory
    const log = yield* EventLog
    const id = DeviceId.make(newId("dev", yield* Clock.currentTimeMillis))
    const deviceNumber = yield* log.nextNumber("device")
    const command = { type: "Register" as const, deviceNumber, owner: ownerRecord(principal), ...wanted }
    return yield* directory.ask(id, { command, origin, key }).pipe(
      Effect.as(id),
      Effect.catchTag("DuplicateKey", (duplicate) =>
        duplicate.key.startsWith("device") ? Effect.succeed(undefined) : Effect.fail(duplicate)
      )
    )
  })

const checkLimits = (owner: number) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const { devicesPerUserMax, newDevicesPerDayMax } = yield* Limits
    if ((yield* devices.count(owner)) >= devicesPerUserMax) return yield* new TooManyDevices({ max: devicesPerUserMax })
    const then = yield* devices.nthNewestAt(owner, newDevicesPerDayMax)
    const waitMs = then === undefined ? 0 : then + DAY_MS - (yield* Clock.currentTimeMillis)
    if (waitMs <= 0) return
    return yield* new TooManyNewDevices({ max: newDevicesPerDayMax, retryAfterSeconds: Math.ceil(waitMs / 1_000) })
  })

const existing = (owner: number, { number, sessionId }: NewDevice) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const bySession = sessionId === null ? undefined : yield* devices.byOwnerAndSession(owner, sessionId)
    return bySession ?? (number === null ? undefined : yield* devices.byOwnerAndNumber(owner, number))
  })

const matches = ({ number, sessionId }: NewDevice, device: Device): boolean =>
  (number === null || number === device.number) && (sessionId === null || sessionId === device.sessionId)

const ownerRecord = (principal: Principal): Owner =>
  principal.kind === "operator"
    ? { kind: "operator" }
    : { kind: "user", userId: principal.account.userId, number: principal.account.userNumber }

/** Adds the device and connects it. Connects an existing device only when it is at rest (NONE or ERROR). */
export const addAndConnect = (principal: Principal, wanted: NewDevice, origin: Origin, key?: RequestKey) =>
  once(key, {
    first: (claiming) =>
      Effect.gen(function* () {
        const { device, isNew } = yield* addDevice(principal, wanted, origin)
        const connect = { type: "Connect" as const, by: principal.kind }
        if (isNew) return { device: yield* command(device, connect, origin, claiming), isNew }
        const isAtRest = device.state === "NONE" || device.state === "ERROR"
        const after = yield* isAtRest ? command(device, connect, origin, undefined) : viewDevice(device)
        if (claiming !== undefined) yield* Effect.flatMap(CommandLog, (log) => log.claimFound(claiming, device.id))
        return { device: after, isNew }
      }),
    again: ({ subject, isNew }) =>
      Effect.map(
        Effect.flatMap(findDevice(principal, subject, { withRemoved: true }), viewDevice),
        (device): Connected => ({ device, isNew })
      )
  })

/** Returns a page of the devices that the principal may see, and whether more follow. */
export const listDevices = (
  principal: Principal,
  page: { readonly after: number; readonly limit: number }
): Effect.Effect<
  { readonly devices: readonly DeviceView[]; readonly hasMore: boolean },
  StoreUnavailable,
  Devices | DeviceDirectory
> =>
  Effect.gen(function* () {
    const found = yield* principal.devices === null
      ? Effect.flatMap(Devices, (devices) => devices.list(visibleTo(principal), page.after, page.limit + 1))
      : tokensDevices(principal, principal.devices, page)
    const devices = yield* Effect.forEach(found.slice(0, page.limit), viewDevice)
    return { devices, hasMore: found.length > page.limit }
  })

/** The devices of a token that is limited to certain devices. A token names at most 100, so they are read one by one. */
const tokensDevices = (
  principal: Principal,
  ids: readonly DeviceId[],
  { after, limit }: { readonly after: number; readonly limit: number }
) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const found = yield* Effect.forEach(ids, (id) => devices.byId(id))
    return found
      .filter((device) => device !== undefined)
      .filter((device) => device.state !== "removed" && device.deviceNumber > after && reaches(principal, device))
      .toSorted((one, other) => one.deviceNumber - other.deviceNumber)
      .slice(0, limit + 1)
  })

/** What a client may command; `orderDevice` adds the requester. */
export type DeviceOrder =
  | { readonly type: "Connect"; readonly takeOver?: boolean }
  | { readonly type: "Close" | "Restart" | "LogOut" | "Reset" | "Remove" }

/** Carries out an order and returns the device after it. */
export const orderDevice = (
  principal: Principal,
  reference: string,
  order: DeviceOrder,
  origin: Origin,
  key?: RequestKey
) =>
  once(key, {
    first: (claiming) =>
      Effect.flatMap(findDevice(principal, reference), (device) =>
        command(device, { ...order, by: principal.kind }, origin, claiming)
      ),
    again: ({ subject }) => Effect.flatMap(findDevice(principal, subject, { withRemoved: true }), viewDevice)
  })

/** Carries out a command and returns the device after it, from its projection and its actor. */
const command = (
  device: Device,
  asked: LifecycleCommand,
  origin: Origin,
  key: CommandKey | undefined
): Effect.Effect<DeviceView, AskFailure<LifecycleCommand["type"]>, Devices | DeviceDirectory> =>
  Effect.gen(function* () {
    const directory = yield* DeviceDirectory
    yield* directory.ask(device.id, { command: asked, origin, key })
    const devices = yield* Devices
    return yield* viewDevice((yield* devices.byDeviceNumber(device.deviceNumber)) ?? device)
  })

/**
 * Decides which devices a principal may see and address; no other file does. Keeps SEC-1.
 *
 * A user reaches their own devices. The operator owns the devices without a user, and may address every device by its id. A token
 * may reach fewer devices than its owner. For a device out of reach the response is the same as for one that does not exist.
 */
import { Effect } from "effect"
import { DeviceNotFound } from "../actors/device/answers.ts"
import { type Device, Devices, type OwnerFilter } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { isNumber } from "../whatsapp/number.ts"
import { ownerOf, type Principal, type User } from "./principal.ts"

/** The owner whose devices the principal may list and follow. `reaches` then decides on each device. */
export const visibleTo = (principal: Principal): OwnerFilter =>
  principal.kind === "operator" ? "all" : principal.account.userNumber

/** Whether the principal may know that this device exists. */
export const reaches = (principal: Principal, device: Pick<Device, "id" | "owner">): boolean => {
  const owner = visibleTo(principal)
  return (owner === "all" || device.owner === owner) && (principal.devices?.includes(device.id) ?? true)
}

/** The principal's own device that is linked, or is to be linked, to this telephone number; undefined when there is none. */
export const ownDevice = (
  principal: Principal,
  number: string
): Effect.Effect<Device | undefined, StoreUnavailable, Devices> =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const device = yield* devices.byOwnerAndNumber(ownerOf(principal), number)
    return device && reaches(principal, device) ? device : undefined
  })

/** The principal's own device of this session name. */
export const findSession = (
  principal: Principal,
  sessionId: string
): Effect.Effect<Device, DeviceNotFound | StoreUnavailable, Devices> =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const device = yield* devices.byOwnerAndSession(ownerOf(principal), sessionId)
    return device && reaches(principal, device) ? device : yield* new DeviceNotFound({ device: sessionId })
  })

/**
 * Finds a device by its id, or by its telephone number if the principal owns it. `withRemoved` also finds a removed device by its id,
 * because its history can still be read.
 */
export const findDevice = (
  principal: Principal,
  reference: string,
  options: { readonly withRemoved: boolean } = { withRemoved: false }
): Effect.Effect<Device, DeviceNotFound | StoreUnavailable, Devices> =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const device = isNumber(reference) ? yield* ownDevice(principal, reference) : yield* devices.byId(reference)
    const isThere =
      device && reaches(principal, device) && (options.withRemoved || device.state !== "removed") ? device : undefined
    return isThere ?? (yield* new DeviceNotFound({ device: reference }))
  })

/** Finds a device of the principal by the name of its session, or as `findDevice` does. */
export const findSessionOrDevice = (
  principal: Principal,
  reference: string
): Effect.Effect<Device, DeviceNotFound | StoreUnavailable, Devices> =>
  Effect.catchTag(findSession(principal, reference), "DeviceNotFound", () => findDevice(principal, reference))

/** More than one is enough to know that the sender is ambiguous, but a token may reach only some of the connected devices. */
const CONNECTED_MAX = 1_000

/** Whether the user has a connected device. */
export const hasConnected = (user: User): Effect.Effect<boolean, StoreUnavailable, Devices> =>
  Effect.map(
    Effect.flatMap(Devices, (devices) => devices.connected(ownerOf(user), CONNECTED_MAX)),
    (connected) => connected.some((device) => reaches(user, device))
  )

/**
 * The device that a user sends from: the one with the named number, else the one with the user's own number, else the only connected
 * one. Undefined when none of these rules decides.
 */
export const senderOf = (
  user: User,
  named: string | undefined
): Effect.Effect<Device | undefined, DeviceNotFound | StoreUnavailable, Devices> =>
  Effect.gen(function* () {
    if (named !== undefined) return yield* findDevice(user, named)
    const own = yield* ownDevice(user, user.account.number)
    if (own) return own
    const devices = yield* Devices
    const connected = (yield* devices.connected(ownerOf(user), CONNECTED_MAX)).filter((device) => reaches(user, device))
    return connected.length === 1 ? connected[0] : undefined
  })

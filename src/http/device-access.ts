/**
 * Which devices somebody may see and address. The one place that decides it. Keeps SEC-1.
 *
 * A user has his own devices. The operator has those without a user, and may address everybody's by their ids. Somebody else's
 * device is to everyone else a device that does not exist.
 */
import { Effect } from "effect"
import { DeviceNotFound } from "../actors/device/commands.ts"
import { type DeviceRow, Devices, OPERATOR, type OwnerFilter } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { isNumber } from "../whatsapp/number.ts"
import type { Principal } from "./access/accounts.ts"

type Found = Effect.Effect<DeviceRow, DeviceNotFound | StoreUnavailable, Devices>

/** The owner that a principal's new devices get. */
export const ownerOf = (principal: Principal): number =>
  principal.kind === "operator" ? OPERATOR : principal.account.number_id

/** Whose devices the principal may list and follow. */
export const visibleTo = (principal: Principal): OwnerFilter =>
  principal.kind === "operator" ? "everybody" : principal.account.number_id

/** The principal's device that links, or is to link, this telephone number. */
export const deviceByNumber = (principal: Principal, number: string): Found =>
  Effect.flatMap(Devices, (devices) =>
    Effect.flatMap(devices.byOwnerAndNumber(ownerOf(principal), number), (row) => present(row, number))
  )

/**
 * A device by what a client calls it: its id, or its telephone number. `withRemoved`: the history of a removed device can
 * still be read, by its id.
 */
export const deviceByReference = (
  principal: Principal,
  reference: string,
  options: { readonly withRemoved: boolean } = { withRemoved: false }
): Found =>
  Effect.gen(function* () {
    if (isNumber(reference)) return yield* deviceByNumber(principal, reference)
    const devices = yield* Devices
    const row = yield* devices.byDeviceId(reference)
    const isVisible = row && (visibleTo(principal) === "everybody" || row.owner === visibleTo(principal))
    const isThere = isVisible && (options.withRemoved || row.state !== "removed")
    return yield* present(isThere ? row : undefined, reference)
  })

const present = (row: DeviceRow | undefined, reference: string): Effect.Effect<DeviceRow, DeviceNotFound> =>
  row ? Effect.succeed(row) : Effect.fail(new DeviceNotFound({ device: reference }))

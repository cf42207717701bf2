/** Adding devices, for all dialects: each number and each session name once for an owner, and not too many. */
import { Clock, Effect, Schema, Semaphore } from "effect"
import { DeviceDirectory } from "../actors/directory.ts"
import type { Owner } from "../events/device.ts"
import type { Origin } from "../events/envelope.ts"
import { UserId } from "../events/ids.ts"
import { type DeviceRow, Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { Principal } from "./access/accounts.ts"
import { ownerOf } from "./device-access.ts"

/** Rejection: the owner has as many devices as one may have. */
export class TooManyDevices extends Schema.TaggedError<TooManyDevices>()("TooManyDevices", { max: Schema.Int }) {
  override get message(): string {
    return `an account may have ${this.max} devices`
  }
}

/** Rejection: removed devices leave their history, so making and removing them is bounded too. */
export class TooManyNewDevices extends Schema.TaggedError<TooManyNewDevices>()("TooManyNewDevices", {
  max: Schema.Int,
  retryAfterSeconds: Schema.Int
}) {
  override get message(): string {
    return `an account may add ${this.max} devices a day, removed ones included; try again in ${this.retryAfterSeconds} s`
  }
}

/** Rejection: the owner has a device that is only half of what is wished: this number under another session name, or vice versa. */
export class DeviceExists extends Schema.TaggedError<DeviceExists>()("DeviceExists", { device: Schema.String }) {
  override get message(): string {
    return `${this.device} has this number or this session name already, but not both`
  }
}

export interface DeviceWish {
  readonly number: string | null
  readonly sessionId: string | null
  readonly name: string | null
}

export interface Added {
  readonly row: DeviceRow
  /** Whether it was made now; otherwise the owner had it already. */
  readonly isNew: boolean
}

/** Of users; the operator has none. */
export interface DeviceLimits {
  readonly devicesPerUserMax: number
  readonly newDevicesPerDayMax: number
}

const DAY_MS = 86_400_000

/** Adding is rare and counts first; one at a time, so that nobody gets one more than allowed. */
const oneAtATime = Semaphore.makeUnsafe(1)

export const addDevice = (
  principal: Principal,
  wish: DeviceWish,
  limits: DeviceLimits,
  origin: Origin
): Effect.Effect<
  Added,
  TooManyDevices | TooManyNewDevices | DeviceExists | StoreUnavailable,
  Devices | DeviceDirectory
> =>
  oneAtATime.withPermits(1)(
    Effect.gen(function* () {
      const devices = yield* Devices
      const directory = yield* DeviceDirectory
      const owner = ownerOf(principal)
      const known = yield* existing(owner, wish)
      if (known && !isWhat(wish, known)) return yield* new DeviceExists({ device: known.device_id })
      if (known) return { row: known, isNew: false }
      if (principal.kind === "user") yield* checkLimits(owner, limits)
      const place = yield* directory
        .register({ owner: ownerRecord(principal), ...wish }, origin)
        .pipe(Effect.catchTag("DuplicateKey", () => Effect.succeed(undefined)))
      const row = place ? yield* devices.byNumberId(place.number) : yield* existing(owner, wish)
      if (!row) return yield* Effect.die(new Error("a device that was just added is not there"))
      return { row, isNew: place !== undefined }
    })
  )

const checkLimits = (owner: number, { devicesPerUserMax, newDevicesPerDayMax }: DeviceLimits) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    if ((yield* devices.count(owner)) >= devicesPerUserMax) return yield* new TooManyDevices({ max: devicesPerUserMax })
    const then = yield* devices.nthNewestAt(owner, newDevicesPerDayMax)
    const waitMs = then === undefined ? 0 : then + DAY_MS - (yield* Clock.currentTimeMillis)
    if (waitMs <= 0) return
    return yield* new TooManyNewDevices({ max: newDevicesPerDayMax, retryAfterSeconds: Math.ceil(waitMs / 1_000) })
  })

const existing = (owner: number, { number, sessionId }: DeviceWish) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const bySession = sessionId === null ? undefined : yield* devices.byOwnerAndSession(owner, sessionId)
    return bySession ?? (number === null ? undefined : yield* devices.byOwnerAndNumber(owner, number))
  })

const isWhat = ({ number, sessionId }: DeviceWish, row: DeviceRow): boolean =>
  (number === null || number === row.number) && (sessionId === null || sessionId === row.session_id)

const ownerRecord = (principal: Principal): Owner =>
  principal.kind === "operator"
    ? { kind: "operator" }
    : { kind: "user", userId: UserId.make(principal.account.user_id), number: principal.account.number_id }

/**
 * What a principal may follow: the events of its devices in the order of the log, and what links a device (QRs, codes,
 * challenges of passkeys) as it appears. The
 * follower pulls pages, so the client's speed decides how fast the log is read. Keeps WS-1.
 */
import { Effect, Stream } from "effect"
import { DeviceDirectory } from "../actors/directory.ts"
import { type Device, Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { readableAfter } from "../store/log/log-start.ts"
import { type Follower, openFollower } from "../store/subscriptions/follower.ts"
import { findDevice, reaches, visibleTo } from "./device-access.ts"
import type { Principal } from "./principal.ts"

export interface Following {
  readonly principal: Principal
  /** Events after this position. */
  readonly after: number
  /** One device; undefined follows every device that the principal may see. */
  readonly device: Device | undefined
  /** The same as device numbers, or the devices of a limited token; undefined when the token reaches all devices of its owner. */
  readonly deviceNumbers: readonly number[] | undefined
  /** Event types and `secretTypes`; undefined follows all of them. */
  readonly types: readonly string[] | undefined
}

/** What links a device, or a step of the link. The log does not hold its text. */
export interface SecretFrame {
  readonly type: (typeof secretTypes)[number]
  readonly device: string
  /** Of `pairing.passkey`: the challenge, as JSON. */
  readonly text: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export const secretTypes = ["pairing.qr", "pairing.code", "pairing.passkey", "pairing.confirm_code"] as const

/** Resolves what the client may follow. Without `after` it follows only what happens from now on. */
export const startFollowing = (
  principal: Principal,
  {
    after,
    device,
    types
  }: { after?: number | undefined; device?: string | undefined; types?: readonly string[] | undefined }
) =>
  Effect.gen(function* () {
    const found = device === undefined ? undefined : yield* findDevice(principal, device, { withRemoved: true })
    const log = yield* EventLog
    const from = after === undefined ? log.end() : yield* readableAfter(after)
    const deviceNumbers = found ? [found.deviceNumber] : yield* reachedNumbers(principal)
    return { principal, after: from, device: found, deviceNumbers, types } satisfies Following
  })

/** Opens a follower at the requested position. */
export const follow = ({
  principal,
  after,
  deviceNumbers: devices,
  types
}: Following): Effect.Effect<Follower, never, EventLog | Devices> => {
  const owner = visibleTo(principal)
  return openFollower(after, {
    ...(owner === "all" ? {} : { owner }),
    ...(devices === undefined ? {} : { devices }),
    ...(types === undefined ? {} : { types })
  })
}

/** The device of an event; a removed one too. */
export const numberedDevice = (deviceNumber: number): Effect.Effect<Device | undefined, StoreUnavailable, Devices> =>
  Effect.flatMap(Devices, (devices) => devices.byDeviceNumber(deviceNumber))

/** The numbers of the devices that the principal's token names; undefined when it names none. */
const reachedNumbers = (principal: Principal) =>
  Effect.gen(function* () {
    if (principal.devices === null) return undefined
    const devices = yield* Devices
    const found = yield* Effect.forEach(principal.devices, (id) => devices.byId(id))
    return found.flatMap((device) => (device && reaches(principal, device) ? [device.deviceNumber] : []))
  })

/** What links the followed devices, as it appears. Only for those who may link them. */
export const followedSecrets = ({
  principal,
  device,
  types
}: Following): Stream.Stream<SecretFrame, StoreUnavailable, Devices | DeviceDirectory> => {
  if (!principal.scopes.includes("manage")) return Stream.empty
  return Stream.unwrap(
    Effect.gen(function* () {
      const directory = yield* DeviceDirectory
      const devices = yield* Devices
      return directory.watch.pipe(
        Stream.mapEffect(({ id }) =>
          Effect.gen(function* () {
            const shown = yield* devices.byId(id)
            if (!shown || !reaches(principal, shown) || (device !== undefined && device.id !== id)) return []
            const live = yield* directory.view(id)
            const frames: SecretFrame[] = []
            if (live?.qr) frames.push({ type: "pairing.qr", device: id, ...live.qr })
            if (live?.code) frames.push({ type: "pairing.code", device: id, ...live.code })
            if (live?.passkey) frames.push({ type: "pairing.passkey", device: id, ...live.passkey })
            if (live?.confirmCode) frames.push({ type: "pairing.confirm_code", device: id, ...live.confirmCode })
            return frames.filter(({ type }) => types?.includes(type) ?? true)
          })
        ),
        Stream.flatMap((frames) => Stream.fromIterable(frames))
      )
    })
  )
}

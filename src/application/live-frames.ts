/**
 * What a follower gets beside the log, as it happens: what links a device (QRs, codes, passkey challenges), for credentials that may link
 * it, and what people do in watched chats. It cannot be requested again, and a slow reader misses the oldest.
 */
import { Effect, Stream } from "effect"
import { LRUCache } from "lru-cache"
import { DeviceDirectory } from "../actors/directory.ts"
import type { DeviceId } from "../events/ids.ts"
import { type Device, Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { PresenceSeen } from "../whatsapp/roster.ts"
import { reaches } from "./device-access.ts"
import type { Principal } from "./principal.ts"

/** What links a device, or a step of the link. The log does not hold its text. */
export interface SecretFrame {
  readonly type: (typeof secretTypes)[number]
  readonly device: string
  /** Of `pairing.passkey`: the challenge, as JSON. */
  readonly text: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export interface PresenceFrame extends PresenceSeen {
  readonly type: "presence.changed"
  readonly device: string
}

export type LiveFrame = SecretFrame | PresenceFrame

const secretTypes = ["pairing.qr", "pairing.code", "pairing.passkey", "pairing.confirm_code"] as const

export const frameTypes = [...secretTypes, "presence.changed"] as const satisfies LiveFrame["type"][]

export interface Followed {
  readonly principal: Principal
  /** One device; undefined: all that the principal reaches. */
  readonly device: Device | undefined
  /** Undefined: all types. */
  readonly types: readonly string[] | undefined
}

/** Whose device is whose does not change: of so many it is remembered. */
const REMEMBERED_MAX = 100

export const followedFrames = (
  followed: Followed
): Stream.Stream<LiveFrame, StoreUnavailable, Devices | DeviceDirectory> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const directory = yield* DeviceDirectory
      const isFollowed = yield* followedDevices(followed)
      const wants = (type: LiveFrame["type"]) => followed.types?.includes(type) ?? true
      const secrets = directory.watch.pipe(
        Stream.filterEffect(({ id }) => isFollowed(id)),
        Stream.mapEffect(({ id }) => Effect.map(directory.view(id), (live) => secretsOf(id, live))),
        Stream.flatMap((frames) => Stream.fromIterable(frames.filter(({ type }) => wants(type))))
      )
      const presences = directory.presence.pipe(
        Stream.filterEffect(({ device: { id } }) => isFollowed(id)),
        Stream.map(({ device: { id }, seen }): LiveFrame => ({ type: "presence.changed", device: id, ...seen }))
      )
      return Stream.merge(
        followed.principal.scopes.includes("manage") ? secrets : Stream.empty,
        wants("presence.changed") ? presences : Stream.empty
      )
    })
  )

type Live = Effect.Success<ReturnType<DeviceDirectory["Service"]["view"]>>

const secretsOf = (device: DeviceId, live: Live): readonly LiveFrame[] => [
  ...(live?.qr ? [{ type: "pairing.qr" as const, device, ...live.qr }] : []),
  ...(live?.code ? [{ type: "pairing.code" as const, device, ...live.code }] : []),
  ...(live?.passkey ? [{ type: "pairing.passkey" as const, device, ...live.passkey }] : []),
  ...(live?.confirmCode ? [{ type: "pairing.confirm_code" as const, device, ...live.confirmCode }] : [])
]

const followedDevices = ({ principal, device }: Followed) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const known = new LRUCache<DeviceId, boolean>({ max: REMEMBERED_MAX })
    return (id: DeviceId): Effect.Effect<boolean, StoreUnavailable> => {
      if (device !== undefined) return Effect.succeed(device.id === id)
      const answer = known.get(id)
      if (answer !== undefined) return Effect.succeed(answer)
      return Effect.map(devices.byId(id), (found) => {
        const isFollowed = found !== undefined && reaches(principal, found)
        if (found) known.set(id, isFollowed)
        return isFollowed
      })
    }
  })

/**
 * What a principal may follow: the events of its devices in the order of the log, and what the log does not hold, as it happens
 * (live-frames.ts). The follower pulls pages, so the client's speed decides how fast the log is read. Keeps WS-1.
 */
import { Effect } from "effect"
import { Devices } from "../store/devices.ts"
import { EventLog } from "../store/log/event-log.ts"
import { readableAfter } from "../store/log/log-start.ts"
import { type Follower, openFollower } from "../store/subscriptions/follower.ts"
import { findDevice, reaches, visibleTo } from "./device-access.ts"
import type { Followed } from "./live-frames.ts"
import { chatsToWatch, type WatchedChat } from "./presence.ts"
import type { Principal } from "./principal.ts"

export interface Following extends Followed {
  /** Events after this position. */
  readonly after: number
  /** The same as device numbers, or the devices of a limited token; undefined when the token reaches all devices of its owner. */
  readonly deviceNumbers: readonly number[] | undefined
  /** Chats of the device whose people are watched. */
  readonly watched: readonly WatchedChat[]
}

/** Resolves what the client may follow. Without `after` it follows only what happens from now on. */
export const startFollowing = (
  principal: Principal,
  {
    after,
    device,
    types,
    watched: named = []
  }: {
    after?: number | undefined
    device?: string | undefined
    types?: readonly string[] | undefined
    /** Only with a device. */
    watched?: readonly string[] | undefined
  }
) =>
  Effect.gen(function* () {
    const found = device === undefined ? undefined : yield* findDevice(principal, device, { withRemoved: true })
    const log = yield* EventLog
    const from = after === undefined ? log.end() : yield* readableAfter(after)
    const deviceNumbers = found ? [found.deviceNumber] : yield* reachedNumbers(principal)
    const watched = found === undefined ? [] : yield* chatsToWatch(found, named)
    return { principal, after: from, device: found, deviceNumbers, types, watched } satisfies Following
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

/** The numbers of the devices that the principal's token names; undefined when it names none. */
const reachedNumbers = (principal: Principal) =>
  Effect.gen(function* () {
    if (principal.devices === null) return undefined
    const devices = yield* Devices
    const found = yield* Effect.forEach(principal.devices, (id) => devices.byId(id))
    return found.flatMap((device) => (device && reaches(principal, device) ? [device.deviceNumber] : []))
  })

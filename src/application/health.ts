/** What WhatsApp thinks of a device's account: what it lets the account do, and what it refused. */
import { Clock, Effect } from "effect"
import { replayDevice } from "../actors/device/replay.ts"
import { lockAt } from "../actors/device/standing.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import type { NewChatCap } from "../events/device.ts"
import { readEvent } from "../events/catalog.ts"
import { deviceStream } from "../events/streams.ts"
import type { Device } from "../store/devices.ts"
import { LogReader } from "../store/log/log-reader.ts"
import { type Refusal, Refusals, type RefusalsOfDay } from "../store/refusals.ts"
import { CloseCode } from "../whatsapp/codes.ts"
import { findDevice } from "./device-access.ts"
import type { Principal } from "./principal.ts"

/** Times are epoch milliseconds. */
export interface AccountHealth {
  readonly device: Device
  readonly state: string
  /** The account may write to people whom it has no chat with, as far as WhatsApp has said. */
  readonly mayBeginChats: boolean
  /** Null when the account may write to new people. */
  readonly lock: { readonly kind: string; readonly since: number; readonly until: number } | null
  /** Null until WhatsApp has said it. */
  readonly newChats: (NewChatCap & { readonly at: number }) | null
  /** WhatsApp has locked or banned the account. `until` is null for good, or where it does not say. */
  readonly restriction: {
    readonly reason: string
    readonly code: number
    readonly since: number
    readonly until: number | null
  } | null
  readonly refusals: {
    readonly last24Hours: number
    readonly perDay: readonly RefusalsOfDay[]
    readonly recent: readonly Refusal[]
  }
}

const DAY_MS = 86_400_000
const DAYS = 30
const RECENT_MAX = 20

export const accountHealth = (principal: Principal, reference: string) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, reference)
    const now = yield* Clock.currentTimeMillis
    const { state, context } = yield* knownOf(device)
    const lock = context === null ? undefined : lockAt(context, now)
    const newChats = context?.newChats ?? null
    const restriction = state === "ERROR" ? yield* restrictionOf(device) : null
    return {
      device,
      state,
      mayBeginChats: lock === undefined && restriction === null && newChats?.status !== "CAPPED",
      lock: lock ?? null,
      newChats,
      restriction,
      refusals: yield* refusalsOf(device, now)
    } satisfies AccountHealth
  })

/** A device without an actor is folded from its history. */
const knownOf = (device: Device) =>
  Effect.gen(function* () {
    const live = yield* (yield* DeviceDirectory).view(device.id)
    if (live) return { state: live.state, context: live.context }
    const { state, context } = yield* replayDevice(device.id, {}).pipe(Effect.catchTag("HistoryTrimmed", Effect.die))
    return { state: state ?? device.state, context }
  })

const restrictions: ReadonlySet<number> = new Set([CloseCode.temporarilyBanned, CloseCode.forbidden, CloseCode.banned])

/** Events after the connection was abandoned, at most. */
const LAST_MAX = 50

/** What ended the connection, where that was WhatsApp's judgement of the account. */
const restrictionOf = (device: Device) =>
  Effect.gen(function* () {
    const log = yield* LogReader
    const stream = deviceStream(device.id)
    const version = yield* log.streamVersion(stream)
    const last = yield* log.readStream(stream, Math.max(0, version - LAST_MAX), LAST_MAX)
    const recorded = last.findLast(({ type }) => type === "connection.abandoned")
    const event = recorded && readEvent(recorded)
    if (event?.type !== "connection.abandoned" || !restrictions.has(event.data.code)) return null
    const { reason, code, endsAt = null } = event.data
    return { reason, code, since: recorded?.recordedAt ?? 0, until: endsAt }
  })

const refusalsOf = ({ deviceNumber }: Device, now: number) =>
  Effect.gen(function* () {
    const refusals = yield* Refusals
    const since = now - DAYS * DAY_MS
    return {
      last24Hours: yield* refusals.count(deviceNumber, now - DAY_MS),
      perDay: yield* refusals.perDay(deviceNumber, since),
      recent: yield* refusals.since(deviceNumber, since, RECENT_MAX)
    }
  })

/** The fleet as a board shows it: devices with what a person looks for first, and how many are in each state. */
import { Clock, Effect } from "effect"
import { lockAt } from "../actors/device/standing.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import { messagesByHour } from "../store/activity.ts"
import { countByState, type Standing, standings } from "../store/board.ts"
import { findDevice, visibleTo } from "./device-access.ts"
import { type DeviceView, viewDevice } from "./device-view.ts"
import { listDevices } from "./devices.ts"
import type { Principal } from "./principal.ts"

/** The account's health in one word; `accountHealth` tells more. `unknown`: the device has not run since the gateway started. */
export type HealthWord = "ok" | "reachout_lock" | "capped" | "warned" | "restricted" | "unknown"

export interface FleetDevice extends Standing {
  readonly device: DeviceView
  readonly health: HealthWord
}

export interface Fleet {
  readonly devices: readonly FleetDevice[]
  readonly hasMore: boolean
}

/** A page of the fleet; with `ids` only these devices, without those that do not exist any more. */
export const listFleet = (
  principal: Principal,
  page: { readonly after: number; readonly limit: number; readonly ids?: readonly string[] | undefined }
) =>
  Effect.gen(function* () {
    const { devices, hasMore } = yield* page.ids === undefined
      ? listDevices(principal, page)
      : Effect.map(
          Effect.forEach(page.ids, (id) => found(principal, id)),
          (some) => ({
            devices: some.filter((device) => device !== undefined),
            hasMore: false
          })
        )
    const known = yield* standings(devices)
    const shown = yield* Effect.forEach(devices, (device) =>
      Effect.map(
        healthOf(device),
        (health): FleetDevice => ({ device, ...(known.get(device.deviceNumber) ?? NOTHING), health })
      )
    )
    return { devices: shown, hasMore } satisfies Fleet
  })

const HOURS = 24
const HOUR_MS = 3_600_000

export interface Activity {
  /** The beginning of the first hour, epoch milliseconds. */
  readonly from: number
  /** By device: its messages in each of the last 24 hours, the oldest first. The last hour is not over. */
  readonly devices: readonly { readonly id: string; readonly messages: readonly number[] }[]
}

/** How busy these devices were in the last day. Those that do not exist any more are left out. */
export const fleetActivity = (principal: Principal, ids: readonly string[]) =>
  Effect.gen(function* () {
    const devices = (yield* Effect.forEach(ids, (id) => found(principal, id))).filter((device) => device !== undefined)
    const now = yield* Clock.currentTimeMillis
    const from = now - (now % HOUR_MS) - (HOURS - 1) * HOUR_MS
    const numbers = devices.map(({ deviceNumber }) => deviceNumber)
    const counts = yield* messagesByHour(numbers, { from, hours: HOURS })
    const none = Array.from({ length: HOURS }, () => 0)
    const shown = devices.map(({ id, deviceNumber }) => ({ id, messages: counts.get(deviceNumber) ?? none }))
    return { from, devices: shown } satisfies Activity
  })

/** How many devices are in each state. */
export const countFleet = (principal: Principal) =>
  Effect.gen(function* () {
    if (principal.devices === null) return yield* countByState(visibleTo(principal))
    // A token names at most 100 devices.
    const { devices } = yield* listDevices(principal, { after: 0, limit: principal.devices.length })
    const byState = Map.groupBy(devices, ({ state }) => state)
    return Object.fromEntries([...byState].map(([state, those]) => [state, those.length]))
  })

const NOTHING: Standing = { stateSince: null, lastMessageAt: null }

const found = (principal: Principal, id: string) =>
  findDevice(principal, id).pipe(
    Effect.flatMap(viewDevice),
    Effect.catchTag("DeviceNotFound", () => Effect.succeed(undefined))
  )

const RESTRICTIONS: ReadonlySet<string> = new Set(["temporarily_banned", "forbidden", "banned"])

const healthOf = ({ id, state, reason }: DeviceView) =>
  Effect.gen(function* () {
    if (state === "ERROR" && reason !== null && RESTRICTIONS.has(reason)) return "restricted" as const
    const live = yield* (yield* DeviceDirectory).view(id)
    if (live === undefined) return "unknown" as const
    if (lockAt(live.context, yield* Clock.currentTimeMillis) !== undefined) return "reachout_lock" as const
    const status = live.context.newChats?.status
    if (status === "CAPPED") return "capped" as const
    return status === "FIRST_WARNING" || status === "SECOND_WARNING" ? ("warned" as const) : ("ok" as const)
  })

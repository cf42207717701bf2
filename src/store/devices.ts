/** Reads the projection of devices: one device by a key, or an owner's devices in pages. */
import { Context, Effect, Layer } from "effect"
import type { Selectable } from "kysely"
import type { UserAction } from "../events/device.ts"
import { DeviceId } from "../events/ids.ts"
import { Database } from "./database.ts"
import type { StoreUnavailable } from "./errors.ts"
import type { DeviceTable } from "./tables.ts"

/** A device as its events describe it. Times are epoch milliseconds. */
export interface Device {
  readonly id: DeviceId
  /** The short number used in envelopes and rows. */
  readonly deviceNumber: number
  /** The owner's user number; OPERATOR for the operator's own devices. */
  readonly owner: number
  /** The telephone number that is linked, or expected to be linked; null accepts any. */
  readonly number: string | null
  readonly sessionId: string | null
  /** The device's name for WHATSAPP25 clients (`instancia_id`). */
  readonly instanceId: string | null
  readonly name: string | null
  /** A state of the machine, or `removed`. */
  readonly state: string
  readonly wanted: boolean
  readonly paired: boolean
  readonly jid: string | null
  readonly lid: string | null
  readonly syncPercent: number | null
  readonly reason: string | null
  readonly userAction: UserAction | null
  readonly registeredAt: number
  readonly connectedAt: number | null
  readonly disconnectedAt: number | null
}

/** One user's devices (by user number), the operator's own (OPERATOR), or all devices. */
export type OwnerFilter = number | "all"

export const OPERATOR = 0

type Found = Effect.Effect<Device | undefined, StoreUnavailable>

export interface DevicesShape {
  /** A removed device is found by its id or device number only. */
  readonly byDeviceNumber: (deviceNumber: number) => Found
  readonly byId: (deviceId: string) => Found
  /** The devices of all owners that have this telephone number. */
  readonly byNumber: (number: string) => Effect.Effect<readonly Device[], StoreUnavailable>
  readonly byOwnerAndNumber: (owner: number, number: string) => Found
  readonly byOwnerAndSession: (owner: number, sessionId: string) => Found
  /** In order of their device numbers, after `after`. Removed ones are left out. */
  readonly list: (
    owner: OwnerFilter,
    after: number,
    limit: number
  ) => Effect.Effect<readonly Device[], StoreUnavailable>
  /** The device numbers of all devices that the owner has or had. */
  readonly numbersOf: (owner: number) => Effect.Effect<readonly number[], StoreUnavailable>
  /** When the owner added the n-th newest device, removed ones included; undefined if there are fewer. */
  readonly nthNewestAt: (owner: number, n: number) => Effect.Effect<number | undefined, StoreUnavailable>
  /** At most `limit` of the owner's connected devices. */
  readonly connected: (owner: number, limit: number) => Effect.Effect<readonly Device[], StoreUnavailable>
  readonly countConnected: Effect.Effect<number, StoreUnavailable>
  /** The owner's devices that have a session name, by state. A state that no device is in has no entry. */
  readonly countSessions: (owner: number) => Effect.Effect<ReadonlyMap<string, number>, StoreUnavailable>
  readonly count: (owner: OwnerFilter) => Effect.Effect<number, StoreUnavailable>
}

export class Devices extends Context.Service<Devices, DevicesShape>()("bitacora/store/Devices") {
  static readonly layer = Layer.effect(
    Devices,
    Effect.gen(function* () {
      const { query } = yield* Database
      return Devices.of({
        byDeviceNumber: (deviceNumber) =>
          query((db) =>
            db.selectFrom("device").selectAll().where("number_id", "=", deviceNumber).executeTakeFirst()
          ).pipe(Effect.map(maybeDevice)),
        byId: (deviceId) =>
          query((db) => db.selectFrom("device").selectAll().where("device_id", "=", deviceId).executeTakeFirst()).pipe(
            Effect.map(maybeDevice)
          ),
        byNumber: (number) =>
          query((db) =>
            db.selectFrom("device").selectAll().where("number", "=", number).orderBy("number_id").execute()
          ).pipe(Effect.map((rows) => rows.map(toDevice))),
        byOwnerAndNumber: (owner, number) =>
          query((db) =>
            db
              .selectFrom("device")
              .selectAll()
              .where("owner", "=", owner)
              .where("number", "=", number)
              .executeTakeFirst()
          ).pipe(Effect.map(maybeDevice)),
        byOwnerAndSession: (owner, sessionId) =>
          query((db) =>
            db
              .selectFrom("device")
              .selectAll()
              .where("owner", "=", owner)
              .where("session_id", "=", sessionId)
              .executeTakeFirst()
          ).pipe(Effect.map(maybeDevice)),
        list: (owner, after, limit) =>
          query((db) =>
            db
              .selectFrom("device")
              .selectAll()
              .where("number_id", ">", after)
              .where("state", "!=", "removed")
              .$if(owner !== "all", (q) => q.where("owner", "=", owner as number))
              .orderBy("number_id")
              .limit(limit)
              .execute()
          ).pipe(Effect.map((rows) => rows.map(toDevice))),
        numbersOf: (owner) =>
          query((db) => db.selectFrom("device").select("number_id").where("owner", "=", owner).execute()).pipe(
            Effect.map((rows) => rows.map((row) => row.number_id))
          ),
        nthNewestAt: (owner, n) =>
          query((db) =>
            db
              .selectFrom("device")
              .select("registered_at")
              .where("owner", "=", owner)
              .orderBy("registered_at", "desc")
              .limit(1)
              .offset(n - 1)
              .executeTakeFirst()
          ).pipe(Effect.map((row) => row?.registered_at)),
        connected: (owner, limit) =>
          query((db) =>
            db
              .selectFrom("device")
              .selectAll()
              .where("owner", "=", owner)
              .where("state", "=", "CONNECTED")
              .orderBy("number_id")
              .limit(limit)
              .execute()
          ).pipe(Effect.map((rows) => rows.map(toDevice))),
        countConnected: query((db) =>
          db
            .selectFrom("device")
            .select((eb) => eb.fn.countAll<number>().as("count"))
            .where("state", "=", "CONNECTED")
            .executeTakeFirstOrThrow()
        ).pipe(Effect.map((row) => row.count)),
        countSessions: (owner) =>
          query((db) =>
            db
              .selectFrom("device")
              .select((eb) => ["state", eb.fn.countAll<number>().as("count")])
              .where("owner", "=", owner)
              .where("session_id", "is not", null)
              .groupBy("state")
              .execute()
          ).pipe(Effect.map((rows) => new Map(rows.map(({ state, count }) => [state, count])))),
        count: (owner) =>
          query((db) =>
            db
              .selectFrom("device")
              .select((eb) => eb.fn.countAll<number>().as("count"))
              .where("state", "!=", "removed")
              .$if(owner !== "all", (q) => q.where("owner", "=", owner as number))
              .executeTakeFirstOrThrow()
          ).pipe(Effect.map((row) => row.count))
      })
    })
  )
}

const toDevice = (row: Selectable<DeviceTable>): Device => ({
  id: DeviceId.make(row.device_id),
  deviceNumber: row.number_id,
  owner: row.owner,
  number: row.number,
  sessionId: row.session_id,
  instanceId: row.instance_id,
  name: row.name,
  state: row.state,
  wanted: row.wanted === 1,
  paired: row.paired === 1,
  jid: row.jid,
  lid: row.lid,
  syncPercent: row.sync_percent,
  reason: row.reason,
  userAction: row.user_action as UserAction | null,
  registeredAt: row.registered_at,
  connectedAt: row.connected_at,
  disconnectedAt: row.disconnected_at
})

const maybeDevice = (row: Selectable<DeviceTable> | undefined): Device | undefined => row && toDevice(row)

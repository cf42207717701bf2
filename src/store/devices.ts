/** Reading the devices' projection: single rows by their keys, an owner's list in pages. */
import { Context, Effect, Layer } from "effect"
import type { Selectable } from "kysely"
import { Database } from "./database.ts"
import type { StoreUnavailable } from "./errors.ts"
import type { DeviceTable } from "./tables.ts"

export type DeviceRow = Selectable<DeviceTable>

/** Whose devices: one user's (by number), the operator's own (0), or everybody's. */
export type OwnerFilter = number | "everybody"

export const OPERATOR = 0

type Found = Effect.Effect<DeviceRow | undefined, StoreUnavailable>

export interface DevicesShape {
  /** Removed devices are found by their ids only. */
  readonly byNumberId: (numberId: number) => Found
  readonly byDeviceId: (deviceId: string) => Found
  /** Everybody's devices with this telephone number. */
  readonly byNumber: (number: string) => Effect.Effect<readonly DeviceRow[], StoreUnavailable>
  readonly byOwnerAndNumber: (owner: number, number: string) => Found
  readonly byOwnerAndSession: (owner: number, sessionId: string) => Found
  /** In order of their numbers, behind `after`. */
  readonly list: (
    owner: OwnerFilter,
    after: number,
    limit: number
  ) => Effect.Effect<readonly DeviceRow[], StoreUnavailable>
  /** Numbers of all devices that the owner has or had. */
  readonly numbersOf: (owner: number) => Effect.Effect<readonly number[], StoreUnavailable>
  /** When the owner added his n-th newest device, removed ones included; undefined where there are fewer. */
  readonly nthNewestAt: (owner: number, n: number) => Effect.Effect<number | undefined, StoreUnavailable>
  readonly countConnected: Effect.Effect<number, StoreUnavailable>
  readonly count: (owner: OwnerFilter) => Effect.Effect<number, StoreUnavailable>
}

export class Devices extends Context.Service<Devices, DevicesShape>()("bitacora/store/Devices") {
  static readonly layer = Layer.effect(
    Devices,
    Effect.gen(function* () {
      const { query } = yield* Database
      return Devices.of({
        byNumberId: (numberId) =>
          query((db) => db.selectFrom("device").selectAll().where("number_id", "=", numberId).executeTakeFirst()),
        byDeviceId: (deviceId) =>
          query((db) => db.selectFrom("device").selectAll().where("device_id", "=", deviceId).executeTakeFirst()),
        byNumber: (number) =>
          query((db) =>
            db.selectFrom("device").selectAll().where("number", "=", number).orderBy("number_id").execute()
          ),
        byOwnerAndNumber: (owner, number) =>
          query((db) =>
            db
              .selectFrom("device")
              .selectAll()
              .where("owner", "=", owner)
              .where("number", "=", number)
              .executeTakeFirst()
          ),
        byOwnerAndSession: (owner, sessionId) =>
          query((db) =>
            db
              .selectFrom("device")
              .selectAll()
              .where("owner", "=", owner)
              .where("session_id", "=", sessionId)
              .executeTakeFirst()
          ),
        list: (owner, after, limit) =>
          query((db) =>
            db
              .selectFrom("device")
              .selectAll()
              .where("number_id", ">", after)
              .where("state", "!=", "removed")
              .$if(owner !== "everybody", (q) => q.where("owner", "=", owner as number))
              .orderBy("number_id")
              .limit(limit)
              .execute()
          ),
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
        countConnected: query((db) =>
          db
            .selectFrom("device")
            .select((eb) => eb.fn.countAll<number>().as("count"))
            .where("state", "=", "CONNECTED")
            .executeTakeFirstOrThrow()
        ).pipe(Effect.map((row) => row.count)),
        count: (owner) =>
          query((db) =>
            db
              .selectFrom("device")
              .select((eb) => eb.fn.countAll<number>().as("count"))
              .where("state", "!=", "removed")
              .$if(owner !== "everybody", (q) => q.where("owner", "=", owner as number))
              .executeTakeFirstOrThrow()
          ).pipe(Effect.map((row) => row.count))
      })
    })
  )
}

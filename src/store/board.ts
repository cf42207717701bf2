/** What a board of devices shows beside the devices themselves: counts by state, since when each is in its state, its last message. */
import { Effect } from "effect"
import { sql } from "kysely"
import { deviceStream } from "../events/streams.ts"
import { Database } from "./database.ts"
import type { Device, OwnerFilter } from "./devices.ts"
import type { StoreUnavailable } from "./errors.ts"

export interface Standing {
  /** When the device entered its state, epoch milliseconds; null where that was trimmed from the log. */
  readonly stateSince: number | null
  /** Of its last message in any chat, epoch milliseconds; null where none is known. */
  readonly lastMessageAt: number | null
}

/** The devices by state, without removed ones. A state that no device is in has no entry. */
export const countByState = (
  owner: OwnerFilter
): Effect.Effect<Readonly<Record<string, number>>, StoreUnavailable, Database> =>
  Effect.flatMap(Database, ({ query }) =>
    Effect.map(
      query((db) =>
        db
          .selectFrom("device")
          .select((eb) => ["state", eb.fn.countAll<number>().as("count")])
          .where("state", "!=", "removed")
          .$if(owner !== "all", (q) => q.where("owner", "=", owner as number))
          .groupBy("state")
          .execute()
      ),
      (rows) => Object.fromEntries(rows.map(({ state, count }) => [state, count]))
    )
  )

/** How many devices each of these users has, without removed ones. A user without devices has no entry. */
export const countByOwner = (
  owners: readonly number[]
): Effect.Effect<ReadonlyMap<number, number>, StoreUnavailable, Database> =>
  owners.length === 0
    ? Effect.succeed(new Map())
    : Effect.flatMap(Database, ({ query }) =>
        Effect.map(
          query((db) =>
            db
              .selectFrom("device")
              .select((eb) => ["owner", eb.fn.countAll<number>().as("count")])
              .where("owner", "in", owners)
              .where("state", "!=", "removed")
              .groupBy("owner")
              .execute()
          ),
          (rows) => new Map(rows.map(({ owner, count }) => [owner, count]))
        )
      )

/** By device number. One look into an index for each device and column. */
export const standings = (
  devices: readonly Pick<Device, "id" | "deviceNumber">[]
): Effect.Effect<ReadonlyMap<number, Standing>, StoreUnavailable, Database> =>
  Effect.flatMap(Database, ({ query }) =>
    query(async (db) => {
      const found = await Promise.all(
        devices.map(async ({ id, deviceNumber }) => {
          const entered = db
            .selectFrom("event_log")
            .select("recorded_at")
            .where("stream", "=", deviceStream(id))
            .where(sql<boolean>`(from_state IS NULL OR from_state <> to_state)`)
            .orderBy("version", "desc")
            .limit(1)
          const active = (listing: number) =>
            db
              .selectFrom("roster_chat")
              .select((is) => is.fn.max("active_at").as("at"))
              .where("device", "=", deviceNumber)
              .where("listing", "=", listing)
          const [since, ...actives] = await Promise.all([
            entered.executeTakeFirst(),
            active(1).executeTakeFirst(),
            active(2).executeTakeFirst()
          ])
          const lastMessageAt = Math.max(0, ...actives.map((row) => row?.at ?? 0))
          const standing: Standing = {
            stateSince: since?.recorded_at ?? null,
            lastMessageAt: lastMessageAt === 0 ? null : lastMessageAt
          }
          return [deviceNumber, standing] as const
        })
      )
      return new Map(found)
    })
  )

/** The rows of `subscription`: the checkpoints of the named followers of the log. */
import { Effect } from "effect"
import { Database } from "../database.ts"
import type { Statement } from "../dialect/dialect.ts"
import { refuseUnless } from "../dialect/guard.ts"
import type { StoreUnavailable } from "../errors.ts"
import { deleteFrom, updateWhere } from "../projections/projection.ts"

export interface SubscriptionState {
  readonly name: string
  /** The last position that the follower has finished. */
  readonly position: number
  /** How many positions it has not finished yet. */
  readonly lag: number
  /** When the checkpoint last moved, epoch milliseconds. */
  readonly advancedAt: number
}

/** All subscriptions in the order of their names. Works beside a running gateway. */
export const subscriptionStates: Effect.Effect<readonly SubscriptionState[], StoreUnavailable, Database> = Effect.gen(
  function* () {
    const { query } = yield* Database
    const rows = yield* query((db) =>
      db
        .selectFrom("subscription")
        .innerJoin("log_head", (join) => join.on("log_head.id", "=", 1))
        .select(["name", "subscription.position", "advanced_at", "log_head.position as end"])
        .orderBy("name")
        .execute()
    )
    return rows.map(({ name, position, advanced_at: advancedAt, end }) => {
      return { name, position, lag: Math.max(0, end - position), advancedAt }
    })
  }
)

/** The subscription that is farthest behind, which trimming waits for; undefined if there is none. */
export const farthestBehind: Effect.Effect<
  Pick<SubscriptionState, "name" | "position"> | undefined,
  StoreUnavailable,
  Database
> = Effect.flatMap(Database, ({ query }) =>
  query((db) =>
    db
      .selectFrom("subscription")
      .select(["name", "position"])
      .orderBy("position")
      .orderBy("name")
      .limit(1)
      .executeTakeFirst()
  )
)

/** Undefined if there is no subscription with this name. */
export const readCheckpoint = (name: string): Effect.Effect<number | undefined, StoreUnavailable, Database> =>
  Effect.flatMap(Database, ({ query }) =>
    Effect.map(
      query((db) => db.selectFrom("subscription").select("position").where("name", "=", name).executeTakeFirst()),
      (row) => row?.position
    )
  )

/** Where a new subscription begins: before everything that is left of the log, or after what is committed now. */
export const beginning = { start: "COALESCE((SELECT position FROM log_start), 0)", now: "position" } as const

export const insertCheckpoint = (name: string, from: keyof typeof beginning, now: number): Statement => ({
  sql: `INSERT INTO subscription (name, position, advanced_at)
    SELECT ?, ${beginning[from]}, ? FROM log_head WHERE id = 1`,
  parameters: [name, now]
})

/** Moves the checkpoint from `from` to `to`. Refuses the unit if the checkpoint has moved or was removed since it was read. */
export const moveCheckpoint = (name: string, from: number, to: number, now: number): readonly Statement[] => [
  refuseUnless("EXISTS (SELECT 1 FROM subscription WHERE name = ? AND position = ?)", [name, from]),
  updateWhere("subscription", { position: to, advanced_at: now }, { name })
]

export const deleteCheckpoint = (name: string): Statement => deleteFrom("subscription", { name })

/** Refuses the unit if a subscription has not read everything up to `position`. */
export const refuseWhereUnread = (position: number): Statement =>
  refuseUnless("NOT EXISTS (SELECT 1 FROM subscription WHERE subscription.position < ?)", [position])

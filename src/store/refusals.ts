/** Reads which messages WhatsApp refused because they would have begun a chat: the projection `message_refusal`. */
import { Context, Effect, Layer } from "effect"
import type { Kysely } from "kysely"
import type { RefusalCause } from "../events/message.ts"
import { Database } from "./database.ts"
import type { StoreUnavailable } from "./errors.ts"
import type { Tables } from "./tables.ts"

/** Epoch milliseconds. */
export interface Refusal {
  readonly messageId: string
  /** To whom. */
  readonly chat: string
  readonly cause: RefusalCause | null
  readonly at: number
}

/** `day`: when it began (UTC), epoch milliseconds. */
export interface RefusalsOfDay {
  readonly day: number
  readonly count: number
}

export interface RefusalsShape {
  /** Those since a time, the newest first. */
  readonly since: (
    deviceNumber: number,
    since: number,
    limit: number
  ) => Effect.Effect<readonly Refusal[], StoreUnavailable>
  readonly count: (deviceNumber: number, since: number) => Effect.Effect<number, StoreUnavailable>
  /** The days since a time that had any, the newest first. */
  readonly perDay: (deviceNumber: number, since: number) => Effect.Effect<readonly RefusalsOfDay[], StoreUnavailable>
}

const DAY_MS = 86_400_000

export class Refusals extends Context.Service<Refusals, RefusalsShape>()("bitacora/store/Refusals") {
  static readonly layer = Layer.effect(
    Refusals,
    Effect.gen(function* () {
      const { query } = yield* Database
      return Refusals.of({
        since: (device, since, limit) =>
          query((db) => refusalsQuery(db, device, since, limit).execute()).pipe(
            Effect.map((rows) =>
              rows.map(({ message_id: messageId, chat, cause, refused_at: at }) => ({
                messageId,
                chat,
                cause: cause as RefusalCause | null,
                at
              }))
            )
          ),
        count: (device, since) =>
          query((db) => timesQuery(db, device, since).execute()).pipe(Effect.map((rows) => rows.length)),
        perDay: (device, since) =>
          query((db) => timesQuery(db, device, since).execute()).pipe(
            Effect.map((rows) =>
              [...Map.groupBy(rows, ({ refused_at: at }) => at - (at % DAY_MS))].map(([day, of]) => ({
                day,
                count: of.length
              }))
            )
          )
      })
    })
  )
}

/** Exported, like the other, for the test of its plan. */
export const refusalsQuery = (db: Kysely<Tables>, device: number, since: number, limit: number) =>
  db
    .selectFrom("message_refusal as refusal")
    .innerJoin("message", (join) =>
      join
        .onRef("message.device", "=", "refusal.device")
        .onRef("message.message_id", "=", "refusal.message_id")
        .on("message.from_me", "=", 1)
        .on("message.sender", "=", "")
    )
    .select(["refusal.message_id", "refusal.refused_at", "refusal.cause", "message.chat"])
    .where("refusal.device", "=", device)
    .where("refusal.refused_at", ">=", since)
    .orderBy("refusal.refused_at", "desc")
    .limit(limit)

/** More of one device in a month are not looked at. */
const TIMES_MAX = 10_000

export const timesQuery = (db: Kysely<Tables>, device: number, since: number) =>
  db
    .selectFrom("message_refusal")
    .select("refused_at")
    .where("device", "=", device)
    .where("refused_at", ">=", since)
    .orderBy("refused_at", "desc")
    .limit(TIMES_MAX)

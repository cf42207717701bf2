/**
 * The newest version of WhatsApp Web that this gateway has seen, kept for the times when WhatsApp's own page cannot be reached. It is never
 * lowered.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { Database } from "./database.ts"
import { type StoreUnavailable, storeUnavailable } from "./errors.ts"
import { EventLog } from "./log/event-log.ts"

/** A version, by its third part: 1043857760 of 2.3000.1043857760. */
export const SeenVersion = Schema.Struct({
  revision: Schema.Int,
  /** When it was last the newest, epoch milliseconds. */
  currentAt: Schema.Int
})
export type SeenVersion = typeof SeenVersion.Type

/** Baileys 7.0.0-rc14 was built with this one, which was the newest then. */
export const BUILT_WITH: SeenVersion = { revision: 1_043_857_760, currentAt: Date.UTC(2026, 6, 30) }

/** As clients of WhatsApp Web write it. */
export const versionText = (revision: number): string => `2.3000.${revision}`

export interface WebVersionsShape {
  /** Undefined when none was kept yet, or what was kept cannot be read. */
  readonly read: Effect.Effect<SeenVersion | undefined, StoreUnavailable>
  /** Keeps it, unless a newer one is kept already. */
  readonly keep: (seen: SeenVersion) => Effect.Effect<void, StoreUnavailable>
}

const SETTING = "whatsapp_web_version"
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(SeenVersion))

export class WebVersions extends Context.Service<WebVersions, WebVersionsShape>()("bitacora/store/WebVersions") {
  static readonly layer = Layer.effect(
    WebVersions,
    Effect.gen(function* () {
      const database = yield* Database
      const log = yield* EventLog
      const read = Effect.map(
        database.query((db) =>
          db.selectFrom("store_setting").select("value").where("name", "=", SETTING).executeTakeFirst()
        ),
        (row) => {
          const seen = decode(row?.value)
          return seen._tag === "Some" ? seen.value : undefined
        }
      )
      return WebVersions.of({
        read,
        keep: (seen) =>
          Effect.gen(function* () {
            const kept = yield* read
            if (kept !== undefined && kept.revision > seen.revision) return
            const parameters = [SETTING, JSON.stringify(seen)]
            const sql = "REPLACE INTO store_setting (name, value) VALUES (?, ?)"
            yield* log.commit({ statements: [{ sql, parameters }] }).pipe(Effect.mapError(storeUnavailable))
          })
      })
    })
  )
}

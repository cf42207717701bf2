/**
 * Erases payloads that are older than the operator's RETENTION allows, by type. Keeps LOG-8.
 *
 * It works in bounded pieces, each with an event that names its range of positions. An interrupted piece is rolled back. Envelopes stay,
 * and both chains stay valid.
 */
import { Effect } from "effect"
import { PayloadsExpired } from "../../events/erasure.ts"
import { RETENTION_STREAM } from "../../events/streams.ts"
import { Database } from "../database.ts"
import { erasable, eraseCopies, erasePayload, scrub } from "./erasure.ts"
import { type StoreUnavailable, storeUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import type { MediaFolder } from "../media/media-folder.ts"
import { yieldToEventLoop } from "../yield-to-event-loop.ts"
import { type RetainableType, retainableTypes } from "../projections/registry.ts"

/**
 * How long payloads are kept by type, files without their messages (`files`), and whole events with their envelopes
 * (application/trimming.ts), in milliseconds. What is not named is kept for ever.
 */
export type Retention = Readonly<Partial<Record<RetainableType | "files" | "envelopes", number>>>

const PIECE = 200

/** Erases what is too old at `now` (epoch milliseconds). Returns the number of payloads. Also scrubs what earlier erasures left in files. */
export const applyRetention = (
  retention: Retention,
  now: number
): Effect.Effect<number, StoreUnavailable, Database | EventLog | MediaFolder> =>
  Effect.gen(function* () {
    let erased = 0
    for (const type of retainableTypes) {
      const keptMs = retention[type]
      if (keptMs === undefined) continue
      for (;;) {
        const count = yield* expirePiece(type, now - keptMs)
        if (count === 0) break
        erased += count
        yield* yieldToEventLoop
      }
    }
    yield* scrub
    return erased
  })

const expirePiece = (type: RetainableType, recordedBefore: number) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const after = yield* expiredUpTo(type)
    const page = yield* log.readAll({ types: [type], after, limit: PIECE })
    const timeOf = yield* log.times
    const tooYoung = page.findIndex((event) => timeOf(event) >= recordedBefore)
    const old = tooYoung < 0 ? page : page.slice(0, tooYoung)
    const last = old.at(-1)
    if (!last) return 0
    const gone = old.flatMap(erasable)
    const data = { type, after, upTo: last.position, recordedBefore }
    const append = {
      stream: RETENTION_STREAM,
      device: null,
      expected: "any" as const,
      events: [{ type: PayloadsExpired.type, data }],
      origin: { who: "gateway", commandId: null, causation: null, correlation: null }
    }
    const mark = {
      sql: "REPLACE INTO store_setting (name, value) VALUES (?, ?)",
      parameters: [settingOf(type), String(last.position)]
    }
    yield* log
      .commit({ appends: [append], statements: [...gone.flatMap(erasePayload), mark] })
      .pipe(Effect.mapError(storeUnavailable))
    yield* eraseCopies(gone)
    return old.length
  })

const settingOf = (type: RetainableType): string => `expired ${type}`

const expiredUpTo = (type: RetainableType): Effect.Effect<number, StoreUnavailable, Database> =>
  Effect.flatMap(Database, ({ query }) =>
    Effect.map(
      query((db) =>
        db.selectFrom("store_setting").select("value").where("name", "=", settingOf(type)).executeTakeFirst()
      ),
      (row) => Number(row?.value ?? 0)
    )
  )

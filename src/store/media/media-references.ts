/** Deletes files of the media folder that no event refers to. */
import { Effect } from "effect"
import { Database } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { filesOf } from "../projections/media-reference.ts"
import { MediaFolder } from "./media-folder.ts"

const AT_ONCE = 200

/** Deletes the files of erased events, except those that other events refer to. */
export const removeUnreferenced = (
  events: readonly Parameters<typeof filesOf>[0][]
): Effect.Effect<void, StoreUnavailable, Database | MediaFolder> =>
  removeUnlessReferenced([...new Set(events.flatMap(filesOf))])

/** Deletes files that arrived before then, for messages that were never recorded. */
export const sweepMedia = (arrivedBefore: number): Effect.Effect<void, StoreUnavailable, Database | MediaFolder> =>
  Effect.gen(function* () {
    const folder = yield* MediaFolder
    yield* removeUnlessReferenced(yield* folder.arrivedBefore(arrivedBefore))
  })

/**
 * Deletes files that arrived before then, though messages refer to them. That of a received message can be fetched again while WhatsApp
 * has it.
 */
export const expireMedia = (arrivedBefore: number): Effect.Effect<void, StoreUnavailable, MediaFolder> =>
  Effect.gen(function* () {
    const folder = yield* MediaFolder
    for (const name of yield* folder.arrivedBefore(arrivedBefore)) yield* folder.remove(name, arrivedBefore)
  })

/** Deletes those files that no event refers to. */
export const removeUnlessReferenced = (
  names: readonly string[]
): Effect.Effect<void, StoreUnavailable, Database | MediaFolder> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const folder = yield* MediaFolder
    for (let start = 0; start < names.length; start += AT_ONCE) {
      const some = names.slice(start, start + AT_ONCE)
      const rows = yield* query((db) =>
        db.selectFrom("media_reference").select("file_name").distinct().where("file_name", "in", some).execute()
      )
      const referenced = new Set(rows.map((row) => row.file_name))
      for (const name of some) if (!referenced.has(name)) yield* folder.remove(name)
    }
  })

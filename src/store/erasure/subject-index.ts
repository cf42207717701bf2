/** Reads the events about a person or a message along `event_subject`, in bounded pages. Reads no event that the index does not list. */
import { Effect } from "effect"
import type { Kysely } from "kysely"
import type { RecordedEvent } from "../../events/envelope.ts"
import { Database } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readBounded } from "../log/bounded-page.ts"
import { readPositions } from "../log/event-log-queries.ts"
import { yieldToEventLoop } from "../yield-to-event-loop.ts"
import type { Tables } from "../tables.ts"

/** The most events in one page; fewer if they are long. */
export const SUBJECT_PAGE = 100

export interface SubjectRange {
  readonly subject: string
  readonly device: number
  /** Events after this position. */
  readonly after: number
  /** Events up to and including this position. */
  readonly upTo: number
  readonly limit: number
}

/** Visits all events about the subject up to a position, device by device, oldest first. Erased events are not among them. */
export const visitAbout = <E, R>(
  subject: string,
  upTo: number,
  visit: (events: readonly RecordedEvent[]) => Effect.Effect<void, E, R>
): Effect.Effect<void, E | StoreUnavailable, R | Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    for (let device = -1; ; ) {
      const next = yield* query((db) => nextDeviceQuery(db, subject, device).executeTakeFirst())
      if (next === undefined) return
      device = next.device
      yield* visitAboutOn(device, subject, upTo, visit)
    }
  })

/** The same on one device. */
export const visitAboutOn = <E, R>(
  device: number,
  subject: string,
  upTo: number,
  visit: (events: readonly RecordedEvent[]) => Effect.Effect<void, E, R>
): Effect.Effect<void, E | StoreUnavailable, R | Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const read = (request: { readonly after: number; readonly limit: number }) =>
      query(async (db) => {
        const rows = await subjectQuery(db, { subject, device, upTo, ...request }).execute()
        return readPositions(
          db,
          rows.map(({ position }) => position)
        )
      })
    for (let after = 0; ; ) {
      const { events, isLast } = yield* readBounded(read, { after, limit: SUBJECT_PAGE })
      if (events.length > 0) yield* visit(events)
      if (isLast) return
      after = events.at(-1)?.position ?? upTo
      yield* yieldToEventLoop
    }
  })

/** Exported for the test of their query plans. */
export const nextDeviceQuery = (db: Kysely<Tables>, subject: string, after: number) =>
  db
    .selectFrom("event_subject")
    .select("device")
    .where("subject", "=", subject)
    .where("device", ">", after)
    .orderBy("device")
    .limit(1)

export const subjectQuery = (db: Kysely<Tables>, { subject, device, after, upTo, limit }: SubjectRange) =>
  db
    .selectFrom("event_subject")
    .select("position")
    .where("subject", "=", subject)
    .where("device", "=", device)
    .where("position", ">", after)
    .where("position", "<=", upTo)
    .orderBy("position")
    .limit(limit)

/** Queries on the log: bounded pages, each along an index. */
import type { Kysely, Selectable } from "kysely"
import type { RecordedEvent } from "../../events/envelope.ts"
import { readStreamStart } from "./log-start.ts"
import type { EventLogTable, EventPayloadTable, Tables } from "../tables.ts"

/** A filter by devices and by types. Undefined selects all; an empty list selects nothing. */
export interface EventFilter {
  readonly devices?: readonly number[] | undefined
  readonly types?: readonly string[] | undefined
}

export const matches = ({ device, type }: RecordedEvent, { devices, types }: EventFilter): boolean =>
  (devices === undefined || (device !== null && devices.includes(device))) &&
  (types === undefined || types.includes(type))

export interface PageRequest extends EventFilter {
  /** Events after this position. */
  readonly after: number
  /** Events up to and including this position. */
  readonly upTo?: number
  readonly limit: number
}

type Row = Selectable<EventLogTable> & Pick<Selectable<EventPayloadTable>, "text">

/**
 * Reads one page in order of position. Several devices, or several types, are read one by one along their index and merged: a single
 * query would read and sort all of their events before it cuts off the page.
 */
export const readAll = async (db: Kysely<Tables>, request: PageRequest): Promise<readonly RecordedEvent[]> => {
  const { devices, types } = request
  if (devices !== undefined && devices.length !== 1) {
    return merge(
      devices.map((device) => readAll(db, { ...request, devices: [device] })),
      request.limit
    )
  }
  if (devices === undefined && types !== undefined && types.length !== 1) {
    return merge(
      types.map((type) => readAll(db, { ...request, types: [type] })),
      request.limit
    )
  }
  return (await pageQuery(db, request).execute()).map(toRecorded)
}

/** For at most one device; several types only together with a device. Exported for the test of its query plan. */
export const pageQuery = (db: Kysely<Tables>, { after, upTo, limit, devices, types }: PageRequest) =>
  events(db)
    .where("event_log.position", ">", after)
    .$if(upTo !== undefined, (query) => query.where("event_log.position", "<=", upTo ?? 0))
    .$if(devices !== undefined, (query) => query.where("device", "=", devices?.[0] ?? 0))
    .$if(types !== undefined, (query) => query.where("type", "in", types ?? []))
    .orderBy("event_log.position")
    .limit(limit)

/** A device's events before a position, the newest first. */
export interface NewestRequest {
  readonly device: number
  /** Events before this position. */
  readonly before: number
  /** Events after this position. */
  readonly after: number
  readonly types?: readonly string[] | undefined
  readonly limit: number
}

/** Exported for the test of its query plan. */
export const newestPageQuery = (db: Kysely<Tables>, { device, before, after, types, limit }: NewestRequest) =>
  events(db)
    .where("device", "=", device)
    .where("event_log.position", "<", before)
    .where("event_log.position", ">", after)
    .$if(types !== undefined, (query) => query.where("type", "in", types ?? []))
    .orderBy("event_log.position", "desc")
    .limit(limit)

export const readDeviceNewest = async (db: Kysely<Tables>, request: NewestRequest): Promise<readonly RecordedEvent[]> =>
  (await newestPageQuery(db, request).execute()).map(toRecorded)

const merge = async (
  pages: readonly Promise<readonly RecordedEvent[]>[],
  limit: number
): Promise<readonly RecordedEvent[]> =>
  (await Promise.all(pages))
    .flat()
    .toSorted((a, b) => a.position - b.position)
    .slice(0, limit)

/** A stream's events after version `after`, in order. */
export const readStream = async (
  db: Kysely<Tables>,
  stream: string,
  after: number,
  limit: number
): Promise<readonly RecordedEvent[]> => {
  const rows = await events(db)
    .where("stream", "=", stream)
    .where("version", ">", after)
    .orderBy("version")
    .limit(limit)
    .execute()
  return rows.map(toRecorded)
}

export const readStreamVersion = async (db: Kysely<Tables>, stream: string): Promise<number> => {
  const row = await db
    .selectFrom("event_log")
    .select("version")
    .where("stream", "=", stream)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst()
  return row?.version ?? (await readStreamStart(db, stream))?.version ?? 0
}

export const readPosition = async (db: Kysely<Tables>, position: number): Promise<RecordedEvent | undefined> => {
  const row = await events(db).where("event_log.position", "=", position).executeTakeFirst()
  return row && toRecorded(row)
}

/** The existing events at these positions, in order of position. */
export const readPositions = async (
  db: Kysely<Tables>,
  positions: readonly number[]
): Promise<readonly RecordedEvent[]> => {
  if (positions.length === 0) return []
  const rows = await positionsQuery(db, positions).execute()
  return rows.map(toRecorded)
}

/** Exported for the test of its query plan. */
export const positionsQuery = (db: Kysely<Tables>, positions: readonly number[]) =>
  events(db).where("event_log.position", "in", positions).orderBy("event_log.position")

/** The newest event of a type. */
export const readNewest = async (db: Kysely<Tables>, type: string): Promise<RecordedEvent | undefined> => {
  const row = await events(db)
    .where("type", "=", type)
    .orderBy("event_log.position", "desc")
    .limit(1)
    .executeTakeFirst()
  return row && toRecorded(row)
}

const events = (db: Kysely<Tables>) =>
  db
    .selectFrom("event_log")
    .innerJoin("event_payload", "event_payload.position", "event_log.position")
    .selectAll("event_log")
    .select("event_payload.text")

/** Converts a row to an event. */
export const toRecorded = (row: Row): RecordedEvent => ({
  envelopeVersion: row.envelope_version,
  position: row.position,
  stream: row.stream,
  version: row.version,
  device: row.device,
  type: row.type,
  schemaVersion: row.schema_version,
  fromState: row.from_state,
  toState: row.to_state,
  payloadHash: row.payload_hash,
  who: row.who,
  commandId: row.command_id,
  causation: row.causation,
  correlation: row.correlation,
  recordedAt: row.recorded_at,
  streamPreviousHash: row.stream_previous_hash,
  hash: row.hash,
  text: row.text
})

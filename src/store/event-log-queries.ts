/** Reading the log: bounded pages, each by an index. */
import type { Kysely, Selectable } from "kysely"
import type { RecordedEvent } from "../events/envelope.ts"
import type { EventLogTable, EventPayloadTable, Tables } from "./tables.ts"

/** Which events: all, or one device's, or some types'. */
export interface EventFilter {
  readonly device?: number | undefined
  readonly types?: readonly string[] | undefined
}

export interface PageRequest extends EventFilter {
  /** Events behind this position. */
  readonly after: number
  /** Events up to and with this position. */
  readonly upTo?: number
  readonly limit: number
}

type Row = Selectable<EventLogTable> & Pick<Selectable<EventPayloadTable>, "text">

export const readAll = async (db: Kysely<Tables>, request: PageRequest): Promise<readonly RecordedEvent[]> => {
  const { after, upTo, limit, device, types } = request
  const rows = await events(db)
    .where("event_log.position", ">", after)
    .$if(upTo !== undefined, (query) => query.where("event_log.position", "<=", upTo ?? 0))
    .$if(device !== undefined, (query) => query.where("device", "=", device ?? 0))
    .$if(types !== undefined, (query) => query.where("type", "in", types ?? []))
    .orderBy("event_log.position")
    .limit(limit)
    .execute()
  return rows.map(toRecorded)
}

/** A stream's events behind version `after`, in order. */
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
  return row?.version ?? 0
}

export const readPosition = async (db: Kysely<Tables>, position: number): Promise<RecordedEvent | undefined> => {
  const row = await events(db).where("event_log.position", "=", position).executeTakeFirst()
  return row && toRecorded(row)
}

const events = (db: Kysely<Tables>) =>
  db
    .selectFrom("event_log")
    .innerJoin("event_payload", "event_payload.position", "event_log.position")
    .selectAll("event_log")
    .select("event_payload.text")

const toRecorded = (row: Row): RecordedEvent => ({
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

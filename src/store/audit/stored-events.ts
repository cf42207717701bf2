/** Reads events for a verification: with salts, by position or along one stream, including events whose payload row is missing. */
import type { Kysely } from "kysely"
import type { StoredEvent } from "../../events/hash-chain.ts"
import { readLogStart } from "../log/log-start.ts"
import type { Tables } from "../tables.ts"

export interface StoredRow extends StoredEvent {
  /** False if the row in `event_payload` is missing. An erasure leaves the row. */
  readonly hasPayload: boolean
}

/** An event of a stream, with the hash at the position before it; null if that position is missing. */
export interface StoredStreamRow {
  readonly event: StoredRow
  readonly previousHash: Uint8Array | null
}

interface Range {
  readonly after: number
  /** The last position. */
  readonly upTo: number
  readonly limit: number
}

/** Events after position `after`. */
export const readStored = async (db: Kysely<Tables>, { after, upTo, limit }: Range): Promise<readonly StoredRow[]> => {
  const rows = await stored(db)
    .where("event_log.position", ">", after)
    .where("event_log.position", "<=", upTo)
    .orderBy("event_log.position")
    .limit(limit)
    .execute()
  return rows.map(toStored)
}

/** A stream's events after version `after`. */
export const readStoredStream = async (
  db: Kysely<Tables>,
  stream: string,
  { after, upTo, limit }: Range
): Promise<readonly StoredStreamRow[]> => {
  const start = await readLogStart(db)
  const rows = await stored(db)
    .leftJoin("event_log as before", (join) =>
      join.on((eb) => eb("before.position", "=", eb("event_log.position", "-", 1)))
    )
    .select("before.hash as previousHash")
    .where("event_log.stream", "=", stream)
    .where("event_log.version", ">", after)
    .where("event_log.position", "<=", upTo)
    .orderBy("event_log.version")
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    event: toStored(row),
    previousHash: row.position === start.position + 1 ? start.hash : row.previousHash
  }))
}

const stored = (db: Kysely<Tables>) =>
  db
    .selectFrom("event_log")
    .leftJoin("event_payload", "event_payload.position", "event_log.position")
    .selectAll("event_log")
    .select(["event_payload.text", "event_payload.salt", "event_payload.position as payload_position"])

type Row = Awaited<ReturnType<ReturnType<typeof stored>["execute"]>>[number]

/** Builds the object in one literal: a verification creates millions of them, and another copy would cost noticeable time. */
const toStored = (row: Row): StoredRow => ({
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
  text: row.text,
  salt: row.salt,
  hasPayload: row.payload_position !== null
})

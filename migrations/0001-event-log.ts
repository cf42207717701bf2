/**
 * The log's envelopes: appended, never updated. `position` is global, gap-free and in commit order; (stream, version) is the
 * fence between two writers of one stream.
 */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "event_log",
    columns: {
      position: `${words.integer} NOT NULL`,
      stream: `${words.ascii(80)} NOT NULL`,
      version: `${words.integer} NOT NULL`,
      device: words.integer,
      type: `${words.ascii(60)} NOT NULL`,
      envelope_version: `${words.flag} NOT NULL`,
      schema_version: `${words.integer} NOT NULL`,
      from_state: words.ascii(20),
      to_state: words.ascii(20),
      payload_hash: `${words.hash} NOT NULL`,
      who: `${words.ascii(80)} NOT NULL`,
      command_id: words.ascii(80),
      causation: words.ascii(80),
      correlation: words.ascii(80),
      recorded_at: `${words.integer} NOT NULL`,
      stream_previous_hash: `${words.hash} NOT NULL`,
      hash: `${words.hash} NOT NULL`
    },
    primaryKey: ["position"],
    unique: { event_log_stream_version: ["stream", "version"] },
    indexes: { event_log_device_position: ["device", "position"], event_log_type_position: ["type", "position"] }
  })

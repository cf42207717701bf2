/**
 * Projection of the device streams. An owner has each number and each session id once; owner 0 is the operator. A removed device
 * keeps its row without either, so that its history can still be read.
 */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "device",
    columns: {
      number_id: `${words.integer} NOT NULL`,
      device_id: `${words.ascii(30)} NOT NULL`,
      owner: `${words.integer} NOT NULL`,
      number: words.ascii(15),
      session_id: words.ascii(64),
      instance_id: words.ascii(32),
      name: words.text(255),
      state: `${words.ascii(20)} NOT NULL`,
      wanted: `${words.flag} NOT NULL`,
      paired: `${words.flag} NOT NULL`,
      ever_connected: `${words.flag} NOT NULL`,
      jid: words.ascii(80),
      lid: words.ascii(80),
      sync_percent: words.integer,
      reason: words.text(255),
      user_action: words.ascii(30),
      registered_at: `${words.integer} NOT NULL`,
      connected_at: words.integer,
      disconnected_at: words.integer,
      position: `${words.integer} NOT NULL`
    },
    primaryKey: ["number_id"],
    unique: {
      device_device_id: ["device_id"],
      device_owner_number: ["owner", "number"],
      device_owner_session: ["owner", "session_id"]
    }
  })

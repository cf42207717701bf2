/**
 * Webhook endpoints. The owner is a user number, or 0 for the operator. `slot` names the setting that an endpoint comes from.
 * `replay_to`: the last position of the replay that is in progress; its checkpoint, like the endpoint's own, is in `subscription`.
 */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "webhook",
    columns: {
      webhook_id: `${words.ascii(40)} NOT NULL`,
      owner: `${words.integer} NOT NULL`,
      slot: words.text(160),
      url: `${words.longText} NOT NULL`,
      format: `${words.ascii(20)} NOT NULL`,
      devices: words.longText,
      types: words.longText,
      secrets: `${words.blob} NOT NULL`,
      headers: `${words.blob} NOT NULL`,
      trusted: `${words.flag} NOT NULL`,
      enabled: `${words.flag} NOT NULL`,
      disabled_reason: words.ascii(20),
      disabled_at: words.integer,
      failing_since: words.integer,
      replay_to: words.integer,
      replay_undelivered: `${words.flag} NOT NULL`,
      created_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["webhook_id"],
    unique: { webhook_slot: ["slot"] },
    indexes: { webhook_owner: ["owner", "webhook_id"] }
  })

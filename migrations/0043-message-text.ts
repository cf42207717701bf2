/**
 * Projection of the texts of messages, for searches. `words`: the folded words of a text, after those that say whose message it is
 * (src/store/search). `message_id`: the message that has the text, which an edit names. `sent_at`: whole seconds.
 *
 * On SQLite an FTS5 table indexes `words`, by triggers. Its rows are in the order of `id`, which begins with the second, so that a page of
 * the newest messages reads no others. `secure-delete` removes what is deleted from the index at once, not only when its parts are merged.
 * `automerge`: parts are merged when there are eight of them, which costs an append less than the usual four, and a search hardly more.
 */
import { type Kysely, sql } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = async (db: Kysely<unknown>, words: Words): Promise<void> => {
  const isSqlite = words.dialect === "sqlite"
  await createTable(db, words, {
    name: "message_text",
    columns: {
      ...(isSqlite ? { id: "INTEGER NOT NULL" } : {}),
      device: `${words.integer} NOT NULL`,
      chat: `${words.ascii(80)} NOT NULL`,
      sent_at: `${words.integer} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      place: `${words.integer} NOT NULL`,
      message_id: `${words.ascii(80)} NOT NULL`,
      sender: `${words.ascii(80)} NOT NULL`,
      from_me: `${words.flag} NOT NULL`,
      kind: `${words.ascii(20)} NOT NULL`,
      words: `${isSqlite ? "TEXT" : "LONGTEXT CHARACTER SET ascii COLLATE ascii_bin"} NOT NULL`
    },
    primaryKey: isSqlite ? ["id"] : ["position", "place"],
    ...(isSqlite
      ? { unique: { message_text_position: ["position", "place"] } }
      : { fulltext: { message_text_words: ["words"] } })
  })
  if (!isSqlite) return
  for (const statement of [
    `CREATE VIRTUAL TABLE IF NOT EXISTS message_search USING fts5(
      words, content = 'message_text', content_rowid = 'id', columnsize = 0, tokenize = "ascii tokenchars '_'"
    )`,
    "INSERT INTO message_search (message_search, rank) VALUES ('secure-delete', 1)",
    "INSERT INTO message_search (message_search, rank) VALUES ('automerge', 8)",
    `CREATE TRIGGER IF NOT EXISTS message_text_added AFTER INSERT ON message_text BEGIN
      INSERT INTO message_search (rowid, words) VALUES (new.id, new.words);
    END`,
    `CREATE TRIGGER IF NOT EXISTS message_text_deleted AFTER DELETE ON message_text BEGIN
      INSERT INTO message_search (message_search, rowid, words) VALUES ('delete', old.id, old.words);
    END`
  ]) {
    await sql.raw(statement).execute(db)
  }
}

/**
 * Projection of messages, by chat and time. `chat` is its LID, where its event names one. `counted`: one that came in live, and is
 * unread until its chat is read. `preview`: the beginning of its text.
 */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "roster_message",
    columns: {
      device: `${words.integer} NOT NULL`,
      chat: `${words.ascii(80)} NOT NULL`,
      sent_at: `${words.integer} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      place: `${words.integer} NOT NULL`,
      message_id: `${words.ascii(80)} NOT NULL`,
      sender: `${words.ascii(80)} NOT NULL`,
      from_me: `${words.flag} NOT NULL`,
      counted: `${words.flag} NOT NULL`,
      kind: `${words.ascii(20)} NOT NULL`,
      preview: words.text(100)
    },
    primaryKey: ["device", "chat", "sent_at", "position", "place"],
    isClustered: true,
    indexes: { roster_message_received: ["device", "from_me", "sent_at", "position", "place"] }
  })

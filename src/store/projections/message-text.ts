/**
 * The table `message_text`: the words of each text that was sent, received, edited or handed over by the phone, for searches. A message
 * without text has no row.
 *
 * An edit has a row of its own beside that of the message, and a deletion has none: which row holds what a message says now follows from
 * `message` and `message_mark` when it is read (roster/search.ts). So a row depends on one event, and goes with its payload.
 */
import type { IncomingContent, OutgoingContent } from "../../events/content.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { MessageEvent } from "../../events/message.ts"
import { chatKey } from "../../events/roster-key.ts"
import { textsOf } from "../../events/texts.ts"
import type { Statement } from "../dialect/dialect.ts"
import { authorFacet, chatFacet, deviceFacet } from "../search/facets.ts"
import { wordsOf } from "../search/words.ts"
import { type Assignments, defineProjection, deleteFrom, insertInto } from "./projection.ts"

export const messageTextProjection = defineProjection({
  name: "message_text",
  version: 1,
  tables: ["message_text"],
  erases: ["message.queued", "message.received", "message.resent", "message.edited", "history.synced"],
  retains: [],
  begin: () => [],
  project: (recorded, data) => rowsOf(recorded, { type: recorded.type, data } as MessageEvent).map(insertRow),
  forget: ({ type, position }, data) =>
    saidIn({ type, data } as MessageEvent, 0).some(({ content }) => hasWords(content))
      ? [deleteFrom("message_text", { position })]
      : []
})

interface Said {
  readonly messageId: string
  readonly chat: string
  readonly chatAlt: string | null
  readonly sender: string
  readonly fromMe: boolean
  readonly sentAt: number
  readonly content: OutgoingContent | IncomingContent
}

const saidIn = ({ type, data }: MessageEvent, recordedAt: number): readonly Said[] => {
  switch (type) {
    case "message.queued":
      return [{ ...data, sender: "", fromMe: true, sentAt: recordedAt }]
    case "message.received":
      return [data]
    case "message.resent":
    case "message.edited":
      return [{ ...data, messageId: data.target }]
    case "history.synced":
      return data.messages
    default:
      return []
  }
}

const hasWords = (content: Said["content"]): boolean => wordsOf(textsOf(content)).length > 0

/** The oldest first: FTS5 begins a new part of its index for a row that comes before the last one. */
const rowsOf = ({ device, position, recordedAt }: RecordedEvent, event: MessageEvent): readonly Assignments[] =>
  saidIn(event, recordedAt)
    .flatMap((said, place) => {
      const words = wordsOf(textsOf(said.content))
      return words.length === 0 ? [] : [rowOf(said, { device: device ?? 0, position, place, words })]
    })
    .toSorted((one, other) => one.sent_at - other.sent_at)

interface Place {
  readonly device: number
  readonly position: number
  readonly place: number
  readonly words: readonly string[]
}

const rowOf = (said: Said, { device, position, place, words }: Place) => {
  const { key: chat } = chatKey(said.chat, said.chatAlt)
  const facets = [deviceFacet(device), authorFacet(device, said.fromMe), chatFacet(device, chat)]
  return {
    device,
    chat,
    sent_at: said.sentAt - (said.sentAt % 1_000),
    position,
    place,
    message_id: said.messageId,
    sender: said.sender,
    from_me: said.fromMe ? 1 : 0,
    kind: said.content.kind,
    words: [...facets, ...words].join(" ")
  }
}

/** SQLite numbers the rows of one second as they come. A number counts only for their order. */
export const SLOTS = 2 ** 21
/** The last second whose numbers a JavaScript number can hold: in 2106. */
export const SECOND_MAX = 2 ** 32 - 1

const FIRST_OF_SECOND = `MIN(said.sent_at / 1000, ${SECOND_MAX}) * ${SLOTS}`

const insertRow = (row: Assignments): Statement => {
  const { sql: mysql, parameters } = insertInto("message_text", row)
  return { sql: insertNumbered(Object.keys(row)), mysql, parameters }
}

let numbered = ""

/** A second that is full takes no more rows: its messages are not found, but recorded. */
const insertNumbered = (columns: readonly string[]): string => {
  if (numbered !== "") return numbered
  const values = columns.map((column) => `${column === "sent_at" ? "CAST(? AS INTEGER)" : "?"} AS ${column}`)
  numbered = `INSERT INTO message_text (id, ${columns.join(", ")})
    SELECT COALESCE((SELECT MAX(id) + 1 FROM message_text
        WHERE id >= ${FIRST_OF_SECOND} AND id < ${FIRST_OF_SECOND} + ${SLOTS}), ${FIRST_OF_SECOND}),
      said.* FROM (SELECT ${values.join(", ")}) AS said WHERE true
    ON CONFLICT (id) DO NOTHING`
  return numbered
}

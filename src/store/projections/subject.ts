/**
 * The table `event_subject`: which erasable events are about which person and which message, so that an erasure reads only what it
 * erases. Keeps LOG-8.
 *
 * A person's subject is the account without its device part (`<user>@s.whatsapp.net`, `<user>@lid`). A message's subject begins with
 * `message:`. A sender chooses message ids, but no account contains a colon, so an id never equals a person's subject.
 */
import type { RecordedEvent } from "../../events/envelope.ts"
import type { MessageEvent } from "../../events/message.ts"
import { peopleIn } from "../../events/people.ts"
import { defineProjection, deleteFrom, insertInto } from "./projection.ts"

export const subjectProjection = defineProjection({
  name: "subject",
  version: 1,
  tables: ["event_subject"],
  erases: [
    "message.queued",
    "message.received",
    "message.edited",
    "message.revoked",
    "message.reacted",
    "message.delivered",
    "message.read",
    "message.played",
    "history.synced"
  ],
  retains: [],
  begin: () => [],
  project: (recorded, data) => rowsOf(recorded, data).map((row) => insertInto("event_subject", row)),
  forget: (recorded, data) => rowsOf(recorded, data).map((row) => deleteFrom("event_subject", row))
})

/** The subject of events about the message with this id: its edits, its deletion, and reactions to it. */
export const messageSubject = (messageId: string): string => `message:${messageId}`

const rowsOf = ({ type, device, position }: RecordedEvent, data: unknown) => {
  const people = peopleIn({ type, data }).flat()
  return [...new Set([...people, ...messagesOf({ type, data })])].map((subject) => ({
    subject,
    device: device ?? 0,
    position
  }))
}

const messagesOf = (event: { readonly type: string; readonly data: unknown }): readonly string[] => {
  const { type, data } = event as MessageEvent
  return type === "message.edited" || type === "message.revoked" || type === "message.reacted"
    ? [messageSubject(data.target)]
    : []
}

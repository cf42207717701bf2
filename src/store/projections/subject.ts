/**
 * The table `event_subject`: which erasable events are about which person and which message, so that an erasure reads only what it
 * erases. Keeps LOG-8.
 *
 * A person's subject is the account without its device part (`<user>@s.whatsapp.net`, `<user>@lid`). A message's subject begins with
 * `message:`. A sender chooses message ids, but no account contains a colon, so an id never equals a person's subject.
 */
import type { RecordedEvent } from "../../events/envelope.ts"
import type { MessageContext } from "../../events/context.ts"
import type { MarkEvent } from "../../events/mark.ts"
import type { MessageEvent } from "../../events/message.ts"
import { peopleIn } from "../../events/people.ts"
import { defineProjection, deleteFrom, insertInto } from "./projection.ts"

export const subjectProjection = defineProjection({
  name: "subject",
  version: 2,
  tables: ["event_subject"],
  erases: [
    "message.queued",
    "message.received",
    "message.resent",
    "message.edited",
    "message.revoked",
    "message.reacted",
    "message.voted",
    "message.answered",
    "message.pinned",
    "message.kept",
    "message.delivered",
    "message.read",
    "message.played",
    "history.synced",
    "contact.synced",
    "contact.updated",
    "chat.synced",
    "chat.updated",
    "chat.deleted",
    "chat.cleared",
    "message.starred",
    "message.hidden",
    "group.synced",
    "group.updated",
    "group.members_changed",
    "group.join_requested",
    "label.assigned",
    "call.received",
    "call.ended",
    "operation.performed"
  ],
  retains: [],
  begin: () => [],
  project: (recorded, data) => rowsOf(recorded, data).map((row) => insertInto("event_subject", row)),
  forget: (recorded, data) => rowsOf(recorded, data).map((row) => deleteFrom("event_subject", row))
})

/** The subject of events about the message with this id: its edits, its deletion, reactions to it and votes in it; and of messages that quote it. */
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
  const { type, data } = event as MessageEvent | MarkEvent
  switch (type) {
    case "message.queued":
    case "message.received":
      return quotedIn(data.context)
    case "message.edited":
    case "message.resent":
      return [messageSubject(data.target), ...quotedIn(data.context)]
    case "message.revoked":
    case "message.reacted":
    case "message.voted":
    case "message.answered":
    case "message.pinned":
    case "message.kept":
    case "message.starred":
    case "message.hidden":
      return [messageSubject(data.target)]
    case "history.synced":
      return data.messages.flatMap(({ context }) => quotedIn(context))
    default:
      return []
  }
}

/** A quote without an excerpt says nothing of what it quotes. */
const quotedIn = (context: MessageContext | undefined): readonly string[] => {
  const { quoted } = context ?? {}
  return quoted === undefined || quoted.excerpt === null ? [] : [messageSubject(quoted.messageId)]
}

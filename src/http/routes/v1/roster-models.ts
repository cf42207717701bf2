/** How chats, their messages, contacts, groups and labels look in /v1. Times are ISO 8601. */
import { Schema } from "effect"
import { FOR_EVER } from "../../../events/chat.ts"
import type { MessageContext } from "../../../events/context.ts"
import { Rank } from "../../../events/group.ts"
import { summaryOf } from "../../../events/summary.ts"
import type { ChatView, LastMessage, ReactedMessage } from "../../../application/chats.ts"
import type { MemberView } from "../../../application/groups.ts"
import { nameOf, type Person } from "../../../application/names.ts"
import type { FoundMessage } from "../../../application/search.ts"
import type { Contact } from "../../../store/roster/contacts.ts"
import type { Group } from "../../../store/roster/groups.ts"
import type { Label } from "../../../store/roster/labels.ts"
import type { Content } from "../../../store/roster/messages.ts"
import { iso } from "./models.ts"

const described = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })
const Text = Schema.NullOr(Schema.String)
const Time = Schema.NullOr(Schema.String).annotate({ description: "ISO 8601, or null." })

export const PersonModel = Schema.Struct({
  id: described(Schema.String, "The LID where one is known, else the jid of the number."),
  lid: Text,
  number: described(Text, "The telephone number; null for a person who does not show it."),
  name: described(Text, "As the account's owner saved it, else as the person or WhatsApp says.")
}).annotate({ identifier: "Person" })

export const LastMessageModel = Schema.Struct({
  id: Schema.String,
  fromMe: Schema.Boolean,
  sender: described(Schema.NullOr(PersonModel), "Null for the account itself."),
  kind: Schema.String,
  preview: described(Text, "The beginning of one line that says what it is; null once it is deleted."),
  sentAt: Time,
  deleted: Schema.Boolean
})

export const ChatModel = Schema.Struct({
  id: described(
    Schema.String,
    "The LID of its person where one is known, else the jid of the number; or a group's jid."
  ),
  kind: Schema.Literals(["person", "group", "list", "channel", "other"]),
  person: described(Schema.NullOr(PersonModel), "Whose chat it is; null for a group's."),
  name: Text,
  lastActivityAt: Time,
  unread: described(Schema.Int, "Messages that the owner has not read."),
  markedUnread: described(Schema.Boolean, "The owner marked it as unread."),
  archived: Schema.Boolean,
  pinnedAt: described(Time, "When it was pinned to the top of the list; null: it is not."),
  muted: Schema.Boolean,
  mutedUntil: described(Time, "Null where it is not muted, or muted until the owner takes it back."),
  readOnly: described(Schema.Boolean, "The account cannot write to it."),
  locked: described(Schema.Boolean, "Hidden by the owner behind a lock."),
  disappearingSeconds: described(Schema.Int, "New messages disappear after so many seconds; 0: they stay."),
  labels: described(Schema.Array(Schema.String), "Ids of labels."),
  lastMessage: Schema.NullOr(LastMessageModel)
}).annotate({ identifier: "Chat" })

export const chatModel = (chat: ChatView, now: number): typeof ChatModel.Encoded => {
  const isForEver = chat.mutedUntil === FOR_EVER
  const isMuted = isForEver || (chat.mutedUntil ?? 0) > now
  return {
    id: chat.key,
    kind: chat.kind,
    person: chat.person,
    name: chat.title,
    lastActivityAt: iso(chat.activeAt),
    unread: chat.unread,
    markedUnread: chat.isMarkedUnread,
    archived: chat.isArchived,
    pinnedAt: iso(chat.pinnedAt),
    muted: isMuted,
    mutedUntil: isMuted && !isForEver ? iso(chat.mutedUntil) : null,
    readOnly: chat.isReadOnly,
    locked: chat.isLocked,
    disappearingSeconds: chat.disappearingSeconds,
    labels: chat.labels,
    lastMessage: chat.lastMessage && lastMessageModel(chat.lastMessage)
  }
}

const lastMessageModel = (message: LastMessage): typeof LastMessageModel.Encoded => ({
  id: message.id,
  fromMe: message.fromMe,
  sender: message.sender,
  kind: message.kind,
  preview: message.preview,
  sentAt: iso(message.sentAt),
  deleted: message.isDeleted
})

export const ChatMessageModel = Schema.Struct({
  id: described(Schema.String, "WhatsApp's own id: the recipient's phone has the same."),
  fromMe: Schema.Boolean,
  sender: described(Schema.NullOr(PersonModel), "Null for the account itself."),
  kind: Schema.String,
  text: described(Text, "Its words, or the caption of its file, as they were edited last; null once it was deleted."),
  summary: described(Text, "One line that says what it is; null once it was deleted or erased."),
  mimetype: Text,
  filename: Text,
  bytes: described(Schema.NullOr(Schema.Int), "Of its file, which /v1/messages/:id/media answers."),
  sentAt: Time,
  status: described(
    Schema.NullOr(Schema.Literals(["queued", "failed", "sent", "received", "delivered", "read", "played"])),
    "Null where it was erased."
  ),
  editedAt: Time,
  deletedAt: described(Time, "When its sender deleted it for all members of the chat."),
  failure: described(
    Schema.NullOr(Schema.Struct({ code: Schema.String, text: Schema.String })),
    "Why it was not sent: WhatsApp's code, or `expired`, `not_sent` or `device_removed`."
  ),
  quote: described(
    Schema.NullOr(Schema.Struct({ id: Schema.String, kind: Text, text: Text })),
    "The message that it answers: its id, and the beginning of what it says."
  ),
  reactions: described(
    Schema.Array(
      Schema.Struct({
        emoji: Schema.String,
        person: described(Schema.NullOr(PersonModel), "Null for the account itself."),
        at: Time
      })
    ),
    "The last of each person, the oldest first."
  ),
  starred: described(Schema.Boolean, "The account's owner gave it a star."),
  position: described(Schema.Int, "The event that holds its content.")
}).annotate({ identifier: "ChatMessage" })

export const chatMessageModel = ({ message, reactions }: ReactedMessage): typeof ChatMessageModel.Encoded => ({
  id: message.id,
  fromMe: message.fromMe,
  sender: message.sender,
  kind: message.kind,
  ...shownOf(message.content),
  sentAt: iso(message.sentAt),
  status: message.status,
  editedAt: iso(message.editedAt),
  deletedAt: iso(message.deletedAt),
  failure: message.failure,
  quote: quoteOf(message.context?.quoted),
  reactions: reactions.map(({ emoji, person, at }) => ({ emoji, person: person && personModel(person), at: iso(at) })),
  starred: message.isStarred,
  position: message.position
})

const quoteOf = (quoted: MessageContext["quoted"]) =>
  quoted === undefined ? null : { id: quoted.messageId, kind: quoted.kind, text: quoted.excerpt }

export const FoundMessageModel = Schema.Struct({
  ...ChatMessageModel.fields,
  chat: Schema.Struct({
    id: described(Schema.String, "As in the list of chats."),
    kind: ChatModel.fields.kind,
    person: ChatModel.fields.person,
    name: Text
  })
}).annotate({ identifier: "FoundMessage" })

export const foundMessageModel = ({ chat, ...found }: FoundMessage): typeof FoundMessageModel.Encoded => ({
  ...chatMessageModel(found),
  chat
})

/** What is shown of a content, whatever kind it is. */
const shownOf = (content: Content | null) => {
  const given: { readonly [field: string]: unknown } = content ?? {}
  const media = (given.media ?? given) as { readonly [field: string]: unknown }
  return {
    text: textOf(given.text) ?? textOf(given.caption),
    summary: content && summaryOf(content),
    mimetype: textOf(media.mimetype),
    filename: textOf(media.filename) ?? textOf(given.filename),
    bytes: typeof media.bytes === "number" ? media.bytes : null
  }
}

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null)

export const ContactModel = Schema.Struct({
  ...PersonModel.fields,
  savedName: described(Text, "The name under which the account's owner saved the contact."),
  pushName: described(Text, "The name that the contact gave themselves."),
  verifiedName: described(Text, "The name of a business that WhatsApp has verified."),
  username: Text,
  blocked: Schema.Boolean
}).annotate({ identifier: "Contact" })

export const contactModel = (contact: Contact): typeof ContactModel.Encoded => ({
  id: contact.key,
  lid: contact.lid,
  number: contact.number,
  name: nameOf(contact),
  savedName: contact.name,
  pushName: contact.pushName,
  verifiedName: contact.verifiedName,
  username: contact.username,
  blocked: contact.isBlocked
})

const NamedGroup = Schema.Struct({ id: Schema.String, subject: Text })

export const ContactDetailModel = Schema.Struct({
  ...ContactModel.fields,
  groups: described(Schema.Array(NamedGroup), "Groups that both the account and the contact are members of.")
}).annotate({ identifier: "ContactDetail" })

export const GroupModel = Schema.Struct({
  id: described(Schema.String, "`…@g.us`"),
  subject: Text,
  description: Text,
  owner: Schema.NullOr(Schema.Struct({ lid: Text, number: Text })),
  createdAt: Time,
  announcement: described(Schema.Boolean, "Only admins may write."),
  locked: described(Schema.Boolean, "Only admins may change subject, description and picture."),
  joinApproval: described(Schema.Boolean, "An admin has to approve who joins by invite."),
  membersAdd: described(Schema.Boolean, "Every member may add others."),
  disappearingSeconds: Schema.Int,
  community: described(Text, "The community that the group is part of."),
  member: described(Schema.Boolean, "The account is a member.")
}).annotate({ identifier: "Group" })

export const groupModel = (group: Group): typeof GroupModel.Encoded => ({
  id: group.id,
  subject: group.subject,
  description: group.description,
  owner: group.owner,
  createdAt: iso(group.createdAt),
  announcement: group.isAnnouncement,
  locked: group.isLocked,
  joinApproval: group.needsApproval,
  membersAdd: group.membersMayAdd,
  disappearingSeconds: group.disappearingSeconds,
  community: group.community,
  member: group.isMember
})

export const GroupDetailModel = Schema.Struct({
  ...GroupModel.fields,
  members: Schema.Array(Schema.Struct({ ...PersonModel.fields, rank: Rank }))
}).annotate({ identifier: "GroupDetail" })

export const groupDetailModel = (group: Group, members: readonly MemberView[]): typeof GroupDetailModel.Encoded => ({
  ...groupModel(group),
  members: members.map(({ rank, ...person }) => ({ ...personModel(person), rank }))
})

const personModel = ({ id, lid, number, name }: Person): typeof PersonModel.Encoded => ({ id, lid, number, name })

export const LabelModel = Schema.Struct({
  id: Schema.String,
  name: Text,
  color: described(Schema.NullOr(Schema.Int), "One of WhatsApp's colors, from 0.")
}).annotate({ identifier: "Label" })

export const labelModel = ({ id, name, color }: Label): typeof LabelModel.Encoded => ({ id, name, color })

/** What a part of the history says of people and chats, as changes of the port. Pure. */
import { type proto, WAMessageStubType } from "@whiskeysockets/baileys"
import type { PersonName } from "../../../events/contact.ts"
import type { ChatChange, RosterChange } from "../../roster.ts"
import { chatIn, personIn } from "../names/people.ts"
import { countOf, momentOf, mutedUntil, nameOf, secondsAt } from "../roster/amounts.ts"

/** Both names of people, as the phone lists them. */
export const namesIn = (sync: proto.IHistorySync): readonly PersonName[] =>
  (sync.phoneNumberToLidMappings ?? []).flatMap(({ lidJid, pnJid }) => {
    const person = personIn(lidJid, pnJid)
    return person?.lid && person.number ? [person] : []
  })

/** People with the names that they gave themselves, and all of whom both names are known. */
export const contactsIn = (sync: proto.IHistorySync): readonly RosterChange[] => [
  ...namesIn(sync).map((person): RosterChange => ({ type: "contact", contact: person })),
  ...(sync.pushnames ?? []).flatMap(({ id, pushname }): readonly RosterChange[] => {
    const person = personIn(id)
    // WhatsApp writes "-" for a name that the phone does not know.
    return person === null || !pushname || pushname === "-"
      ? []
      : [{ type: "contact", contact: { ...person, pushName: nameOf(pushname) } }]
  })
]

export const changesOfChat = (chat: proto.IConversation): readonly RosterChange[] => {
  if (!chat.id) return []
  const names = [chat.id, chat.pnJid, chat.lidJid, chat.accountLid]
  const name = nameOf(chat.displayName || chat.name)
  const person = personIn(...names)
  const username = nameOf(chat.username)
  const contact: readonly RosterChange[] =
    person === null
      ? []
      : [
          {
            type: "contact",
            contact: { ...person, ...(name === null ? {} : { name }), ...(username === null ? {} : { username }) }
          }
        ]
  return [...contact, { type: "chat", chat: chatOf(chat, names, person === null ? name : null) }]
}

const chatOf = (
  chat: proto.IConversation,
  names: readonly (string | null | undefined)[],
  name: string | null
): ChatChange => {
  const lastMessageAt = secondsAt(chat.conversationTimestamp ?? chat.lastMsgTimestamp)
  const unread = { count: countOf(chat.unreadCount), at: lastMessageAt ?? 0 }
  return {
    ...chatIn(...names),
    ...(name === null ? {} : { name }),
    ...(lastMessageAt === undefined ? {} : { lastMessageAt, unread }),
    markedUnread: chat.markedAsUnread === true,
    archived: chat.archived === true,
    pinnedAt: momentOf(chat.pinned),
    mutedUntil: mutedUntil(chat.muteEndTime),
    readOnly: chat.readOnly === true,
    locked: chat.locked === true,
    disappearingSeconds: countOf(chat.ephemeralExpiration)
  }
}

/** The verified name of a business, as a notice in its chat says it. */
export const businessIn = ({
  key,
  messageStubType,
  messageStubParameters
}: proto.IWebMessageInfo): readonly RosterChange[] => {
  const { BIZ_PRIVACY_MODE_TO_BSP, BIZ_PRIVACY_MODE_TO_FB } = WAMessageStubType
  const isNotice = messageStubType === BIZ_PRIVACY_MODE_TO_BSP || messageStubType === BIZ_PRIVACY_MODE_TO_FB
  const name = nameOf(isNotice ? messageStubParameters?.[0] : null)
  const person = personIn(key?.participant ?? key?.remoteJid)
  return name === null || person === null ? [] : [{ type: "contact", contact: { ...person, verifiedName: name } }]
}

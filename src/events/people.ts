/**
 * Finds the people that an event names, and which of the names belong to one person. Pure.
 *
 * WhatsApp identifies a person by a telephone number and by a LID. Only these are names of people. In a group, a broadcast list,
 * `status@broadcast` or a newsletter many people write, so a name beside one of these says nothing about identity.
 */
import type { PersonName } from "./contact.ts"
import type { Author, MessageContext } from "./context.ts"
import type { GroupNews } from "./group.ts"
import type { HistoryMessage, MessageEvent } from "./message.ts"
import type { OperationEvent } from "./operation.ts"
import type { RosterEvent } from "./roster.ts"

/** The names of one person in an event: a number, a LID, or both. */
export type Person = readonly string[]

const NUMBER_SERVER = "s.whatsapp.net"
const LID_SERVER = "lid"

/** How accounts of each server are written here. A hosted account and an old `c.us` account belong to the same number or LID. */
const servers: Readonly<Record<string, string>> = {
  [NUMBER_SERVER]: NUMBER_SERVER,
  "c.us": NUMBER_SERVER,
  hosted: NUMBER_SERVER,
  [LID_SERVER]: LID_SERVER,
  "hosted.lid": LID_SERVER
}

/** User, device and server. */
const JID = /^([\w.+-]{1,64})(?::\d+)?@([a-z.]+)$/

/** The account of the person that a jid names, without the device; undefined if the jid names no person. */
export const accountOf = (jid: string): string | undefined => {
  const [, user, server = ""] = JID.exec(jid) ?? []
  const known = Object.hasOwn(servers, server) ? servers[server] : undefined
  return user !== undefined && known !== undefined ? `${user}@${known}` : undefined
}

/** The account of a telephone number (digits with country code); undefined if it cannot be one. */
export const accountOfNumber = (number: string): string | undefined =>
  /^\d{1,15}$/.test(number) ? `${number}@${NUMBER_SERVER}` : undefined

/** The account of a LID: `…@lid`; undefined for anything else. */
const accountOfLid = (lid: string): string | undefined => {
  const account = accountOf(lid)
  return account !== undefined && isLid(account) ? account : undefined
}

/** The people that the event names; empty for types that name no people. */
export const peopleIn = (event: { readonly type: string; readonly data: unknown }): readonly Person[] => {
  const { type, data } = event as MessageEvent | RosterEvent | OperationEvent
  switch (type) {
    case "message.queued":
      return [
        ...peopleOf(data.chat, data.chatAlt),
        ...nameOf(data.number === null ? undefined : accountOfNumber(data.number)),
        ...quotedIn(data.context),
        ...(data.audience ?? []).flatMap((jid) => nameOf(accountOf(jid)))
      ]
    case "message.delivered":
    case "message.read":
    case "message.played":
      return data.participant === undefined ? [] : peopleOf(data.participant, null)
    case "message.received":
    case "message.resent":
    case "message.edited":
      return [...partiesOf(data), ...quotedIn(data.context)]
    case "message.revoked":
    case "message.reacted":
    case "message.voted":
    case "message.answered":
    case "message.pinned":
    case "message.kept":
      return [...partiesOf(data), ...authorOf(data.author)]
    case "history.synced":
      return data.messages.flatMap(peopleOfPast)
    case "contact.synced":
      return data.contacts.flatMap(personOf)
    case "contact.updated":
      return personOf(data)
    case "chat.synced":
      return data.chats.flatMap(({ chat, chatAlt }) => peopleOf(chat, chatAlt))
    case "chat.updated":
    case "chat.deleted":
    case "chat.cleared":
    case "message.starred":
    case "message.hidden":
    case "label.assigned":
      return peopleOf(data.chat, data.chatAlt)
    case "group.synced":
      return data.groups.flatMap(peopleOfGroup)
    case "group.updated":
      return [...peopleOfGroup(data), ...personOf(data.author)]
    case "group.members_changed":
      return [...data.members.flatMap(personOf), ...personOf(data.author)]
    case "group.join_requested":
      return [...personOf(data.person), ...personOf(data.author)]
    case "call.received":
    case "call.ended":
      return personOf(data.from)
    case "operation.performed":
      return peopleOfOperation(data)
    default:
      return []
  }
}

/** The names of one person; empty where none of them can be a name. */
export const personOf = (name: PersonName | null): readonly Person[] => {
  if (name === null) return []
  const number = name.number === null ? undefined : accountOfNumber(name.number)
  const lid = name.lid === null ? undefined : accountOfLid(name.lid)
  const names = [number, lid].filter((each) => each !== undefined)
  return names.length > 0 ? [names] : []
}

/** The people in the input of an operation and in its result, recognised by the form of their names. */
const peopleOfOperation = ({ input, outcome }: OperationEvent["data"]): readonly Person[] => {
  const found = new Set<string>()
  addNames(input, found)
  if (outcome.status === "done") addNames(outcome.result, found)
  return [...found].map((name) => [name])
}

/** Each operation has fields of its own, so the form tells a name. */
const addNames = (value: unknown, found: Set<string>): void => {
  if (typeof value === "string") {
    const account = accountOf(value) ?? (NUMBER.test(value) ? accountOfNumber(value) : undefined)
    if (account !== undefined) found.add(account)
  } else if (typeof value === "object" && value !== null) {
    for (const each of Object.values(value)) addNames(each, found)
  }
}

const NUMBER = /^\d{5,15}$/

const peopleOfGroup = ({ owner = null, members = [] }: GroupNews): readonly Person[] => [
  ...personOf(owner),
  ...members.flatMap(personOf)
]

export interface Parties {
  readonly chat: string
  readonly chatAlt: string | null
  readonly sender: string
  readonly senderAlt: string | null
}

/** The people of one message: its chat, and its sender. */
export const partiesOf = ({ chat, chatAlt, sender, senderAlt }: Parties): readonly Person[] => [
  ...peopleOf(chat, chatAlt),
  ...peopleOf(sender, senderAlt)
]

/**
 * The people of one message of the history: its parties, the person it quotes, and those who reacted, voted or answered. People whom a
 * message only mentions are not among them: the message is another person's words.
 */
export const peopleOfPast = (message: HistoryMessage): readonly Person[] => {
  const { context, reactions = [], votes = [], answers = [] } = message
  const deeds = [...reactions, ...votes, ...answers].flatMap(({ jid, alt }) => peopleOf(jid, alt))
  return [...partiesOf(message), ...quotedIn(context), ...deeds]
}

/** The person whose words a message quotes. */
const quotedIn = (context: MessageContext | undefined): readonly Person[] => {
  const sender = context?.quoted?.sender ?? null
  return sender === null ? [] : peopleOf(sender.jid, sender.alt)
}

/** The author of the message that an event changes. */
const authorOf = (author: Author | undefined): readonly Person[] =>
  author === undefined ? [] : peopleOf(author.jid, author.alt)

/** The people of a jid and its recorded other name: one person only if one is a number and the other a LID. */
export const peopleOf = (jid: string, alt: string | null): readonly Person[] => {
  const account = accountOf(jid)
  const other = alt === null ? undefined : accountOf(alt)
  if (account === undefined || other === undefined || isLid(account) === isLid(other)) {
    return [...nameOf(account), ...nameOf(other)]
  }
  return [[account, other]]
}

const nameOf = (account: string | undefined): readonly Person[] => (account === undefined ? [] : [[account]])

const isLid = (account: string): boolean => account.endsWith(`@${LID_SERVER}`)

/**
 * Under which name a person, and the chat with them, stands in read models: the LID where one is known, else the number's jid. A LID
 * stays when its person changes the number, and people with a username may show none. Pure.
 */
import type { PersonName } from "./contact.ts"
import { accountOf, accountOfNumber, peopleOf, personOf } from "./people.ts"

const LID = "@lid"
const isLid = (account: string): boolean => account.endsWith(LID)

export interface ChatKey {
  readonly key: string
  /** The jid of the number, where the key is a LID and both are known: the key from before the LID was known. */
  readonly other: string | null
}

/** Of a chat, by both of its names as messages have them. A group, a list and a channel keep the one that they have. */
export const chatKey = (chat: string, chatAlt: string | null): ChatKey => {
  if (accountOf(chat) === undefined) return { key: chat, other: null }
  // Two numbers beside each other are two people: the chat is the first one's.
  const [first = [chat]] = peopleOf(chat, chatAlt)
  return keyOf(first, chat)
}

/** Of a person; undefined where neither name can be one. */
export const contactKey = (name: PersonName): ChatKey | undefined => {
  const [names] = personOf(name)
  return names && keyOf(names, names[0] ?? "")
}

const keyOf = (names: readonly string[], otherwise: string): ChatKey => {
  const lid = names.find(isLid)
  const number = names.find((name) => !isLid(name))
  return { key: lid ?? number ?? otherwise, other: lid === undefined ? null : (number ?? null) }
}

/** The number in a number's jid; null for another. */
export const numberOfKey = (key: string | null): string | null =>
  key !== null && accountOfNumber(key.split("@")[0] ?? "") === key ? (key.split("@")[0] ?? null) : null

/** The LID that a key is; null for another. */
export const lidOfKey = (key: string): string | null => (isLid(key) ? key : null)

/** The person whose chat it is; null for the chat of a group, a list or a channel. */
export const personOfChat = (chat: string, chatAlt: string | null): PersonName | null => {
  const [names] = accountOf(chat) === undefined ? [] : peopleOf(chat, chatAlt)
  return names === undefined ? null : { lid: names.find(isLid) ?? null, number: numberIn(names) }
}

/** The names of a person's chat, as messages have them: the number first. */
export const chatOfPerson = ({
  lid,
  number
}: PersonName): { readonly chat: string; readonly chatAlt: string | null } => {
  const byNumber = number === null ? undefined : accountOfNumber(number)
  return byNumber === undefined ? { chat: lid ?? "", chatAlt: null } : { chat: byNumber, chatAlt: lid }
}

const numberIn = (names: readonly string[]): string | null =>
  names.map(numberOfKey).find((number) => number !== null) ?? null

/** Which events a contact had part in. He goes by a telephone number and by LIDs, which only events that name both connect. Pure. */
import type { RecordedEvent } from "../../events/envelope.ts"
import type { ErasableEvent } from "../projections/registry.ts"

export interface Contact {
  readonly number: string
  /** `user@server`, without the device; with each, over how many events it is known to be his. */
  readonly accounts: Map<string, number>
}

/** `number`: digits with country code. */
export const contactOf = (number: string): Contact => ({
  number,
  accounts: new Map([[`${number}@s.whatsapp.net`, 0]])
})

/** Quick, and never wrong where it says no. */
export const mayInvolve = ({ number, accounts }: Contact, { text }: RecordedEvent): boolean => {
  if (text === null) return false
  if (text.includes(number)) return true
  for (const account of accounts.keys()) if (text.includes(account.split("@")[0] ?? "")) return true
  return false
}

/** Learns the other names of his that the event tells. */
export const growContact = (contact: Contact, event: ErasableEvent): void => {
  for (const pair of pairsOf(event)) {
    const distance = isAskedFor(contact, event) ? 0 : distanceOfAny(contact, pair)
    if (distance === undefined) continue
    for (const name of pair) {
      if (!name.endsWith("@g.us") && !contact.accounts.has(name)) contact.accounts.set(name, distance + 1)
    }
  }
}

/**
 * How far from the number the nearest of his names in the event is; undefined when he had no part in it. All that leads to the
 * event is nearer: as long as events are erased from the farthest on, those that are left can be found.
 */
export const distanceOf = (contact: Contact, event: ErasableEvent): number | undefined =>
  isAskedFor(contact, event) ? 0 : distanceOfAny(contact, pairsOf(event).flat())

/** All there are, the farthest first. */
export const distancesOf = ({ accounts }: Contact): readonly number[] =>
  [...new Set(accounts.values())].toSorted((one, other) => other - one)

const isAskedFor = ({ number }: Contact, event: ErasableEvent): boolean =>
  event.type === "message.queued" && event.data.number === number

const distanceOfAny = ({ accounts }: Contact, names: readonly string[]): number | undefined => {
  const known = names.flatMap((name) => accounts.get(name) ?? [])
  return known.length === 0 ? undefined : Math.min(...known)
}

/** The messages of the event that are his, or to him. */
export const messagesOf = (contact: Contact, event: ErasableEvent): readonly string[] => {
  switch (event.type) {
    case "message.delivered":
    case "message.read":
    case "message.played":
      return []
    case "history.synced":
      return event.data.messages
        .filter((message) => partiesOf(message).some((pair) => pair.some((name) => contact.accounts.has(name))))
        .map(({ messageId }) => messageId)
    default:
      return [event.data.messageId]
  }
}

/** Names of one and the same account or chat, each list. */
const pairsOf = (event: ErasableEvent): readonly (readonly string[])[] => {
  switch (event.type) {
    case "message.delivered":
    case "message.read":
    case "message.played":
      return [names(event.data.participant ?? null)]
    case "message.queued":
      return [names(event.data.chat, event.data.chatAlt)]
    case "history.synced":
      return event.data.messages.flatMap(partiesOf)
    default:
      return partiesOf(event.data)
  }
}

interface Parties {
  readonly chat: string
  readonly chatAlt: string | null
  readonly sender: string
  readonly senderAlt: string | null
}

const partiesOf = ({ chat, chatAlt, sender, senderAlt }: Parties): readonly (readonly string[])[] => [
  names(chat, chatAlt),
  names(sender, senderAlt)
]

const names = (...jids: readonly (string | null)[]): readonly string[] =>
  jids.flatMap((jid) => (jid === null ? [] : [jid.replace(/:\d+@/, "@")]))

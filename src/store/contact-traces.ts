/** Which events a contact had part in. He goes by a telephone number and by LIDs, which only events that name both connect. Pure. */
import type { RecordedEvent } from "../events/envelope.ts"
import type { ErasableEvent } from "./projections/erasure.ts"

export interface Contact {
  readonly number: string
  /** `user@server`, without the device. */
  readonly accounts: Set<string>
}

/** `number`: digits with country code. */
export const contactOf = (number: string): Contact => ({ number, accounts: new Set([`${number}@s.whatsapp.net`]) })

/** Quick, and never wrong where it says no. */
export const mayInvolve = ({ number, accounts }: Contact, { text }: RecordedEvent): boolean => {
  if (text === null) return false
  if (text.includes(number)) return true
  for (const account of accounts) if (text.includes(account.split("@")[0] ?? "")) return true
  return false
}

/** Learns the other names of his that the event tells. */
export const growContact = ({ number, accounts }: Contact, event: ErasableEvent): void => {
  for (const pair of pairsOf(event)) {
    const known = pair.some((name) => accounts.has(name))
    const asked = event.type === "message.queued" && event.data.number === number
    if (known || asked) for (const name of pair) if (!name.endsWith("@g.us")) accounts.add(name)
  }
}

export const involves = (contact: Contact, event: ErasableEvent): boolean =>
  pairsOf(event).some((pair) => pair.some((name) => contact.accounts.has(name))) ||
  (event.type === "message.queued" && event.data.number === contact.number)

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

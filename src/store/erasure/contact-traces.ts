/**
 * Finds the events that a contact took part in. A contact has a telephone number and LIDs; only events that name both connect them.
 * Pure.
 */
import { accountOf, accountOfNumber, peopleIn, peopleOf, peopleOfPast, type Person } from "../../events/people.ts"
import { remainderOf } from "../../events/remainder.ts"
import type { RosterEvent } from "../../events/roster.ts"
import type { ErasableEvent } from "../projections/registry.ts"

export interface Contact {
  readonly number: string
  /** The contact's accounts in order of their distance: the number of events that connect the account with the number. */
  readonly accounts: Map<string, number>
}

/** `number`: digits with country code. */
export const contactOf = (number: string): Contact => ({
  number,
  accounts: new Map([[accountOfNumber(number) ?? number, 0]])
})

/** Adds the contact's other names that the event reveals. */
export const growContact = (contact: Contact, event: ErasableEvent): void => {
  for (const { names, distance } of knownIn(contact, event)) {
    for (const name of names) if (!contact.accounts.has(name)) contact.accounts.set(name, distance + 1)
  }
}

/**
 * The distance of the nearest of the contact's names in the event; undefined if the contact had no part in it. Everything that leads to
 * the event is nearer. If events are erased from the farthest on, those that remain can still be found.
 */
export const distanceOf = (contact: Contact, event: ErasableEvent): number | undefined => {
  const distances = knownIn(contact, event).map(({ distance }) => distance)
  return distances.length === 0 ? undefined : Math.min(...distances)
}

/** The contact's names by their distance, farthest first. */
export const namesByDistance = ({ accounts }: Contact): readonly (readonly [distance: number, names: Person])[] =>
  [...Map.groupBy(accounts, ([, distance]) => distance)]
    .map(([distance, entries]) => [distance, entries.map(([name]) => name)] as const)
    .toSorted(([one], [other]) => other - one)

/** The event's messages from the contact or to the contact. */
export const messagesOf = ({ accounts }: Contact, event: ErasableEvent): readonly string[] => {
  switch (event.type) {
    case "message.delivered":
    case "message.read":
    case "message.played":
      return []
    case "history.synced":
      return event.data.messages
        .filter((message) => peopleOfPast(message).some((names) => names.some((name) => accounts.has(name))))
        .map(({ messageId }) => messageId)
    case "message.queued":
    case "message.received":
    case "message.resent":
    case "message.edited":
    case "message.revoked":
    case "message.reacted":
    case "message.voted":
    case "message.answered":
    case "message.pinned":
    case "message.kept":
      return [event.data.messageId]
    default:
      return []
  }
}

/** What the event says of other people, to be recorded again when the event is erased; null if it is about the contact alone. */
export const othersIn = ({ accounts }: Contact, event: ErasableEvent, position: number): RosterEvent | null =>
  remainderOf(event, position, (names) => names.some((name) => accounts.has(name)))

/** The people in the event who are known to be the contact. */
const knownIn = (contact: Contact, event: ErasableEvent): readonly { names: Person; distance: number }[] => {
  const known = peopleIn(event).flatMap((names) => {
    const distances = names.flatMap((name) => contact.accounts.get(name) ?? [])
    return distances.length === 0 ? [] : [{ names, distance: Math.min(...distances) }]
  })
  return [...known, ...askedFor(contact, event).map((names) => ({ names, distance: 0 }))]
}

/** The account that WhatsApp gave for the requested number: WhatsApp may know it under another form of the number. */
const askedFor = ({ number }: Contact, event: ErasableEvent): readonly Person[] => {
  if (event.type !== "message.queued" || event.data.number !== number) return []
  const { chat, chatAlt } = event.data
  const account = accountOf(chat)
  return account === undefined ? [] : peopleOf(chat, chatAlt).filter((names) => names.includes(account))
}

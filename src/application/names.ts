/** What people and chats are called: the names that the account's owner would see on the phone. */
import { Effect } from "effect"
import { lidOfKey, numberOfKey } from "../events/roster-key.ts"
import type { Contact } from "../store/roster/contacts.ts"
import { Roster } from "../store/roster/roster.ts"
import type { StoreUnavailable } from "../store/errors.ts"

/** A person as lists show them. */
export interface Person {
  /** The LID, else the jid of the number. */
  readonly id: string
  readonly lid: string | null
  readonly number: string | null
  /** As the owner saved it, else as the person or WhatsApp says; null where none of them does. */
  readonly name: string | null
}

export const nameOf = (contact: Contact | undefined): string | null =>
  contact?.name ?? contact?.verifiedName ?? contact?.pushName ?? contact?.username ?? null

/** People by their keys, known or not. */
export const peopleBy = (
  deviceNumber: number,
  keys: readonly string[]
): Effect.Effect<(key: string) => Person, StoreUnavailable, Roster> =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const contacts = yield* roster.contacts.byKeys(deviceNumber, [...new Set(keys)])
    return (key) => {
      const contact = contacts.get(key)
      return {
        id: key,
        lid: lidOfKey(key),
        number: contact?.number ?? numberOfKey(key),
        name: nameOf(contact)
      }
    }
  })

/** The keys under which people stand that messages name: by number, where the LID is known. */
export const keysOfPeople = (
  deviceNumber: number,
  accounts: readonly string[]
): Effect.Effect<(account: string) => string, StoreUnavailable, Roster> =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const numbers = [...new Set(accounts)].flatMap((account) => numberOfKey(account) ?? [])
    const lids = yield* roster.contacts.lidsOf(deviceNumber, numbers)
    return (account) => lids.get(numberOfKey(account) ?? "") ?? account
  })

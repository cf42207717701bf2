/** Reading a device's contacts. */
import { Effect, Schema } from "effect"
import type { PersonName } from "../events/contact.ts"
import { numberOfKey } from "../events/roster-key.ts"
import type { Device } from "../store/devices.ts"
import { keysOf } from "../store/roster/contacts.ts"
import { Roster } from "../store/roster/roster.ts"
import { isNumber } from "../whatsapp/number.ts"
import { findDevice } from "./device-access.ts"
import { pageOf } from "./paging.ts"
import type { Principal } from "./principal.ts"

/** Rejection: the device knows no such contact. */
export class ContactNotFound extends Schema.TaggedError<ContactNotFound>()("ContactNotFound", {
  contact: Schema.String
}) {
  override get message(): string {
    return `there is no contact ${this.contact}`
  }
}

/** A page of a device's contacts, and where the next one begins. */
export const listContacts = (
  principal: Principal,
  reference: string,
  { after, limit }: { readonly after: string; readonly limit: number }
) =>
  Effect.gen(function* () {
    const { deviceNumber } = yield* findDevice(principal, reference)
    const roster = yield* Roster
    const found = yield* roster.contacts.list(deviceNumber, { after, limit: limit + 1 })
    const { items: contacts, last } = pageOf(found, limit)
    return { contacts, next: last?.key }
  })

/** The contact with this LID or this number; undefined for a person whom the device does not know. */
export const knownContact = ({ deviceNumber }: Pick<Device, "deviceNumber">, name: PersonName) =>
  Effect.flatMap(Roster, (roster) => roster.contacts.find(deviceNumber, name))

/** A contact that a client names by telephone number, jid or LID, and the groups that the contact and the account are both in. */
export const getContact = (principal: Principal, reference: string, named: string) =>
  Effect.gen(function* () {
    const { deviceNumber } = yield* findDevice(principal, reference)
    const roster = yield* Roster
    const number = isNumber(named) ? named : numberOfKey(named)
    const name = { lid: number === null ? named : null, number }
    const contact = yield* roster.contacts.find(deviceNumber, name)
    if (contact === undefined) return yield* new ContactNotFound({ contact: named })
    const ids = yield* roster.groups.ofMember(deviceNumber, keysOf(contact))
    const groups = yield* roster.groups.byIds(deviceNumber, ids)
    return { contact, groups: [...groups.values()].filter(({ isMember }) => isMember) }
  })

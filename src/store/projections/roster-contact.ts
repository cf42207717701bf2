/**
 * The table `roster_contact`: what events said of contacts, a row for each event and contact. Rows are only added and deleted; readers
 * fold them (store/roster/contacts.ts). So an event can go, and what was said before it counts again.
 */
import type { ContactEvent, ContactNews } from "../../events/contact.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import { contactKey } from "../../events/roster-key.ts"
import { defineProjection, deleteFrom, insertInto } from "./projection.ts"
import { asOf, flag, taken } from "./roster-fact.ts"

const types = ["contact.synced", "contact.updated"] as const

export const rosterContactProjection = defineProjection({
  name: "roster_contact",
  version: 1,
  tables: ["roster_contact"],
  erases: types,
  retains: [],
  begin: () => [],
  project: (recorded, data) =>
    contactsIn({ type: recorded.type, data }).flatMap((contact, place) => {
      const key = contactKey(contact)
      return key === undefined
        ? []
        : [insertInto("roster_contact", { ...rowKey(recorded, key.key, place), ...said(recorded, data, contact) })]
    }),
  forget: (recorded, data) =>
    contactsIn({ type: recorded.type, data }).flatMap((contact, place) => {
      const key = contactKey(contact)
      return key === undefined ? [] : [deleteFrom("roster_contact", rowKey(recorded, key.key, place))]
    })
})

const contactsIn = (event: { readonly type: string; readonly data: unknown }): readonly ContactNews[] => {
  const { type, data } = event as ContactEvent
  switch (type) {
    case "contact.synced":
      return data.contacts
    case "contact.updated":
      return [data]
    default:
      return []
  }
}

const rowKey = ({ device, position }: RecordedEvent, contact: string, place: number) => ({
  device,
  contact,
  position,
  place
})

const said = ({ position }: RecordedEvent, data: unknown, contact: ContactNews) => ({
  as_of: asOf(data, position),
  number: contact.number,
  name: taken(contact.name),
  push_name: taken(contact.pushName),
  verified_name: taken(contact.verifiedName),
  username: taken(contact.username),
  blocked: flag(contact.blocked)
})

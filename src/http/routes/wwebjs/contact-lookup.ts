/** People as the store knows them, or else WhatsApp, as this dialect's models. */
import { Effect } from "effect"
import { knownContact } from "../../../application/contacts.ts"
import { getGroup } from "../../../application/groups.ts"
import type { PersonName } from "../../../events/contact.ts"
import { numberOfKey } from "../../../events/roster-key.ts"
import type { Contact } from "../../../store/roster/contacts.ts"
import { isGroupJid } from "../../../whatsapp/jid.ts"
import { type OnSession, operateOn } from "./call.ts"
import { contactModel, groupAsContact } from "./models/contact.ts"

export const contactOf = ({ device: { number: own } }: OnSession, { lid, number }: PersonName, contact?: Contact) =>
  contactModel({ lid: contact?.lid ?? lid, number: contact?.number ?? number, contact, own })

/** People by their names, known to the session or not. */
export const contactModels = (on: OnSession, people: readonly PersonName[]) =>
  Effect.forEach(people, (name) => Effect.map(knownContact(on.device, name), (contact) => contactOf(on, name, contact)))

const nameIn = (jid: string): PersonName => {
  const number = numberOfKey(jid)
  return { lid: number === null ? jid : null, number }
}

/** The contact with this jid, which may be a group's; undefined for a number that is not on WhatsApp. */
export const findContactModel = (on: OnSession, jid: string) =>
  Effect.gen(function* () {
    const { principal, device } = on
    if (isGroupJid(jid)) {
      const group = yield* Effect.option(getGroup(principal, device.id, jid))
      return group._tag === "Some" ? groupAsContact(jid, group.value.group.subject) : undefined
    }
    const name = nameIn(jid)
    const contact = yield* knownContact(device, name)
    if (contact !== undefined) return contactOf(on, name, contact)
    if (name.number === null) return undefined
    const account = yield* lookUpNumber(on, name.number)
    return account === null ? undefined : contactOf(on, account)
  })

/** The account of a telephone number; null if it has none. */
export const lookUpNumber = (on: OnSession, number: string) =>
  Effect.map(operateOn(on, "contact.look_up", { numbers: [number] }), ({ numbers }) => numbers[0]?.account ?? null)

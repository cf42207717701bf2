/** Contacts in the form of wwebjs' JSON model. Pure. */
import type { Contact } from "../../../../store/roster/contacts.ts"
import { personId, webId } from "../../../../webhooks/formats/wwebjs-ids.ts"

export interface ContactParts {
  readonly lid: string | null
  readonly number: string | null
  /** Undefined for a person whom the device does not know. */
  readonly contact: Contact | undefined
  /** The account's own number. */
  readonly own: string | null
}

export const contactModel = ({ lid, number, contact, own }: ContactParts) => {
  const name = contact?.name ?? null
  return {
    id: webId(personId({ lid, number })),
    number: number ?? (lid ?? "").replace(/@.*/, ""),
    isBusiness: contact?.verifiedName != null,
    isEnterprise: false,
    labels: [],
    ...(name === null ? {} : { name }),
    ...(contact?.pushName == null ? {} : { pushname: contact.pushName }),
    sectionHeader: null,
    ...(name === null ? {} : { shortName: name.split(" ")[0] }),
    statusMute: false,
    type: "in",
    verifiedLevel: contact?.verifiedName == null ? null : 1,
    verifiedName: contact?.verifiedName ?? null,
    isMe: number !== null && number === own,
    isUser: true,
    isGroup: false,
    isWAContact: true,
    isMyContact: name !== null,
    isBlocked: contact?.isBlocked ?? false
  }
}

/** A group seen as a contact, as WhatsApp Web does. */
export const groupAsContact = (group: string, name: string | null) => ({
  ...contactModel({ lid: group, number: null, contact: undefined, own: null }),
  id: webId(group),
  number: group.replace(/@.*/, ""),
  ...(name === null ? {} : { name }),
  isUser: false,
  isGroup: true,
  isWAContact: false
})

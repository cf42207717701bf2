/**
 * What is known of contacts: events of the stream `roster/<device id>`.
 *
 * The roster of a device is what its account knows: contacts, chats (chat.ts), groups (group.ts), labels (label.ts) and calls (call.ts).
 * Each entry says what is new about its contact and nothing else: a field that is absent says nothing, and null takes a value back.
 */
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"

/** A person by LID (`…@lid`), by telephone number (digits with country code), or both. One of them is there. */
export const PersonName = Schema.Struct({ lid: Schema.NullOr(Schema.String), number: Schema.NullOr(Schema.String) })
export type PersonName = typeof PersonName.Type

/**
 * The position of an earlier event that this one stands for. Where a person is erased, what the same event said of others is
 * recorded again (remainder.ts), and it is not to count as news: whatever came after that position is newer.
 */
export const AsOf = Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)))

const Name = Schema.optionalKey(Schema.NullOr(Schema.String))

export const ContactNews = Schema.Struct({
  ...PersonName.fields,
  /** The name under which the account's owner saved the contact. */
  name: Name,
  /** The name that the contact gave themselves. */
  pushName: Name,
  /** The name of a business that WhatsApp has verified. */
  verifiedName: Name,
  username: Name,
  /** The account's owner has blocked the contact. */
  blocked: Schema.optionalKey(Schema.Boolean)
})
export type ContactNews = typeof ContactNews.Type

export const ContactSynced = defineEvent(
  "contact.synced",
  1,
  Schema.Struct({ contacts: Schema.Array(ContactNews), asOf: AsOf }),
  "The phone handed over contacts, or other names of them; these say something that was not known yet."
)

export const ContactUpdated = defineEvent(
  "contact.updated",
  1,
  Schema.Struct({ ...ContactNews.fields, asOf: AsOf }),
  "A contact is new or has changed: saved, renamed, blocked, or known by another name as well."
)

export const contactEvents = [ContactSynced, ContactUpdated] as const

export type ContactEvent = EventOf<(typeof contactEvents)[number]>

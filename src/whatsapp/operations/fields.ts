/** Fields that operations share. Addresses are given as clients have them: a telephone number (digits with country code) or a jid. */
import { Schema } from "effect"
import { MediaFile } from "../../events/content.ts"
import { isAddress, isChannelJid, isGroupJid } from "../jid.ts"

const text = Schema.String
/** `what`: a noun phrase, for the documentation and for the refusal of another text. */
const matching = (isFit: (text: string) => boolean, what: string) => {
  const description = `${what.charAt(0).toUpperCase()}${what.slice(1)}.`
  return text
    .check(Schema.makeFilter((given: string) => isFit(given) || `must be ${what}`, { description }))
    .annotate({ description })
}

/** A person. */
export const Person = matching(
  (given) => isAddress(given) && !isGroupJid(given),
  "a telephone number with country code, or the jid or LID of a person"
)
export const Group = matching(isGroupJid, "the jid of a group: `…@g.us`")
export const Channel = matching(isChannelJid, "the jid of a channel: `…@newsletter`")
/** A person's or a group's chat. */
export const Chat = matching(
  isAddress,
  "a telephone number with country code, or the jid or LID of a person or a group"
)
/** What can be written to. */
export const Target = matching(
  (given) => isAddress(given) || isChannelJid(given),
  "a telephone number with country code, or the jid of a person, a group or a channel"
)

const MEMBERS_MAX = 1_024
/** 1 to `max` of them. `what`: their word in the plural. */
export const someOf = <S extends Schema.Top>(item: S, max: number, what: string) => {
  const description = `1 to ${max} ${what}`
  return Schema.Array(item).check(
    Schema.makeFilter((given) => (given.length > 0 && given.length <= max) || `must be ${description}`, { description })
  )
}

/** 1 to 1,024 people. */
export const People = someOf(Person, MEMBERS_MAX, "people")

/** A text of 1 to `max` characters. */
export const textUpTo = (max: number) => text.check(Schema.isMinLength(1), Schema.isMaxLength(max))

export const Flag = Schema.Boolean
export const optional = Schema.optionalKey
export const Seconds = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
/** Epoch milliseconds. */
export const Time = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** The code of an invitation, without the address that it is part of. */
export const InviteCode = text.check(Schema.isPattern(/^[\w-]{6,64}$/))

/** A picture in the media folder; the caller deletes it when the operation is over. */
export const Picture = MediaFile

/** A message that is known here. `sender`: the jid of who wrote it; null for this account. */
export const MessageRef = Schema.Struct({
  messageId: text,
  fromMe: Flag,
  sender: Schema.NullOr(text),
  sentAt: Time
})
export type MessageRef = typeof MessageRef.Type

/** The newest messages of a chat, the newest first: WhatsApp wants to know up to where a chat was changed. */
export const NewestMessages = Schema.Array(MessageRef)

/**
 * What became of one person in a change of several; `person` as the client gave it. `code`: 200, or WhatsApp's reason: 401 they have blocked
 * this account, 403 they may only be invited, 404 there is no such person, 408 they left a short time ago, 409 it is so already, 419 the
 * group is full. `invitation`: with it this account can invite a person who may not be added.
 */
export const PersonResult = Schema.Struct({
  person: text,
  code: Schema.Int,
  invitation: Schema.optionalKey(Schema.Struct({ code: text, expiresAt: Time }))
})
export type PersonResult = typeof PersonResult.Type

/** Nothing but that it is done. */
export const Done = Schema.Struct({})
export const done: typeof Done.Type = {}

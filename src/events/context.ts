/** What stands beside the content of a message: whom it answers, whom it mentions, where it came from. Plain JSON; absent is none. */
import { Schema } from "effect"

const { String: Text, Boolean: Flag, NullOr, optionalKey: optional } = Schema
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** The names of a person: the telephone number's jid where it is known, and the other name beside it. */
export const PersonNames = Schema.Struct({ jid: Text, alt: NullOr(Text) })
export type PersonNames = typeof PersonNames.Type

/** Who wrote a message that another is about. `fromMe`: this account. */
export const Author = Schema.Struct({ jid: Text, alt: NullOr(Text), fromMe: Flag })
export type Author = typeof Author.Type

/** The message that this one answers. `excerpt`: the beginning of what it says, as its answer repeats it. */
const Quoted = Schema.Struct({
  messageId: Text,
  sender: NullOr(PersonNames),
  kind: NullOr(Text),
  excerpt: NullOr(Text),
  /** The chat that it stands in, where that is another one. */
  chat: optional(Text)
})

/** Where the conversation came from: an advertisement that the sender has touched. */
const Ad = Schema.Struct({
  title: optional(Text),
  text: optional(Text),
  sourceType: optional(Text),
  sourceId: optional(Text),
  sourceUrl: optional(Text),
  mediaUrl: optional(Text),
  thumbnailUrl: optional(Text),
  /** WhatsApp's id of the click (`ctwa_clid`). */
  clickId: optional(Text),
  ref: optional(Text),
  greeting: optional(Text),
  /** Which entry into the chat the sender took, and in which app. */
  source: optional(Text),
  app: optional(Text),
  advertiser: optional(Text)
})

export const MessageContext = Schema.Struct({
  quoted: optional(Quoted),
  mentions: optional(Schema.Array(PersonNames)),
  mentionsAll: optional(Flag),
  groupMentions: optional(Schema.Array(Schema.Struct({ group: Text, name: optional(Text) }))),
  /** How often it was forwarded, as far as WhatsApp counts. */
  forwarded: optional(Count),
  /** The channel that it was forwarded from. */
  channel: optional(Schema.Struct({ jid: Text, name: optional(Text) })),
  /** Links with a preview. */
  links: optional(Schema.Array(Schema.Struct({ url: Text, title: optional(Text), description: optional(Text) }))),
  ad: optional(Ad),
  /** It disappears so many seconds after it was read. */
  expiresInSeconds: optional(Count),
  viewOnce: optional(Flag),
  /** The message that it belongs to. `relation`: as WhatsApp calls it, such as `mediaAlbum`, `hdImageDualUpload`, `comment`. */
  parent: optional(Schema.Struct({ messageId: Text, relation: Text })),
  /** What WhatsApp wrapped it in, beyond what stands above, such as `groupStatusMessageV2`. */
  wrappedIn: optional(Schema.Array(Text))
})
export type MessageContext = typeof MessageContext.Type

/** The fields of this dialect's requests. Ids are those of WhatsApp Web: people of a number at `c.us`. */
import { Schema, SchemaGetter } from "effect"
import { isAddress, isChannelJid, isGroupJid, STATUS } from "../../../whatsapp/jid.ts"
import { isNumber } from "../../../whatsapp/number.ts"

/** 1 to 64, as session names are. */
const NAME = /^[\w-]{1,64}$/

export const SessionParams = Schema.Struct({
  sessionId: Schema.String.check(Schema.isPattern(NAME)).annotate({
    description: "The name of a session of the operator, or the id of a device."
  })
})

/** The gateway's own form of an id: `<number>@c.us` is the jid of the number. */
export const jidOfWeb = (id: string): string => id.replace(/@c\.us$/, "@s.whatsapp.net")

const idThat = (isFit: (jid: string) => boolean, rule: string) =>
  Schema.String.pipe(
    Schema.decodeTo(
      Schema.String.check(Schema.makeFilter((jid: string) => isFit(jid) || rule, { description: rule })),
      {
        decode: SchemaGetter.transform(jidOfWeb),
        encode: SchemaGetter.transform((jid: string) => jid.replace(/@s\.whatsapp\.net$/, "@c.us"))
      }
    )
  )

/** A chat: of a person, a group, a channel, or the status. */
export const ChatId = idThat(
  (jid) => isAddress(jid) || isChannelJid(jid) || jid === STATUS,
  "must be the id of a chat, such as 51999999999@c.us or …@g.us"
)
export const ContactId = idThat(
  (jid) => isAddress(jid) && !isGroupJid(jid),
  "must be the id of a contact, such as 51999999999@c.us"
)
export const GroupId = idThat(isGroupJid, "must be the id of a group: …@g.us")

const MESSAGE_ID_MAX = 200

/** A bare id, or the serialized form `<fromMe>_<chat>_<id>[_<participant>]`. */
export const MessageId = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(MESSAGE_ID_MAX)).pipe(
  Schema.decodeTo(Schema.String.check(Schema.isMinLength(1)), {
    decode: SchemaGetter.transform((given: string) => /^(?:true|false)_[^_]+_([^_]+)/.exec(given)?.[1] ?? given),
    encode: SchemaGetter.transform((id: string) => id)
  })
)

/** One id, or several. */
export const oneOrMore = <S extends Schema.Top & { readonly Encoded: string }>(id: S) =>
  Schema.Union([id, Schema.Array(id)])

export const listOf = <A>(given: A | readonly A[]): readonly A[] =>
  (Array.isArray(given) ? given : [given]) as readonly A[]

export const { optionalKey: optional } = Schema

/** A session's id may hold 64 characters, and any text field a few lines. */
export const Text = (max: number) => Schema.String.check(Schema.isMaxLength(max))

const NUMBER_RULE = "must be a telephone number with country code: 8 to 15 digits"

/** Digits with country code. `…@c.us`, a plus, spaces, hyphens and parentheses are taken away. */
export const PhoneNumber = Schema.Union([Schema.String.check(Schema.isMaxLength(64)), Schema.Int]).pipe(
  Schema.decodeTo(
    Schema.String.check(
      Schema.makeFilter((digits: string) => isNumber(digits) || NUMBER_RULE, { description: NUMBER_RULE })
    ),
    {
      decode: SchemaGetter.transform((given: string | number) =>
        String(given)
          .replace(/@(c\.us|s\.whatsapp\.net)$/, "")
          .replaceAll(/[\s()+.-]/g, "")
      ),
      encode: SchemaGetter.transform((digits: string) => digits)
    }
  )
)

export const ChannelId = idThat(isChannelJid, "must be the id of a channel: …@newsletter")

const FILENAME_MAX = 255

/** A file as whatsapp-web.js has it: `data` in base64. */
export const MessageMedia = Schema.Struct({
  mimetype: Text(255),
  data: Schema.String,
  filename: optional(Schema.NullOr(Text(FILENAME_MAX))),
  filesize: optional(Schema.NullOr(Schema.Finite))
})

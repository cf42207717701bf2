/** What clients give to send: the kinds of content, and their options. */
import { Result, Schema, SchemaGetter } from "effect"
import { TEXT_MAX } from "../../../application/outgoing-file.ts"
import { URL_MAX } from "../../../outbound/url-problem.ts"
import { readInput } from "../../input.ts"
import { Refusal } from "./answers.ts"
import { ContactId, GroupId, MessageId, MessageMedia, optional, Text } from "./fields.ts"

const Caption = Text(TEXT_MAX)
const Line = Text(1_000)
const Flag = optional(Schema.NullOr(Schema.Boolean))
const degrees = (maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum: -maximum, maximum }))

export const contents = {
  string: Caption.check(Schema.isMinLength(1)),
  MessageMedia,
  MessageMediaFromURL: Text(URL_MAX),
  Location: Schema.Struct({
    latitude: degrees(90),
    longitude: degrees(180),
    description: optional(
      Schema.NullOr(
        Schema.Union([
          Line,
          Schema.Struct({ name: optional(Line), address: optional(Line), url: optional(Text(URL_MAX)) })
        ])
      )
    )
  }),
  Contact: Schema.Struct({
    contactId: Schema.String.pipe(
      Schema.decodeTo(ContactId, {
        decode: SchemaGetter.transform((given: string) => (given.includes("@") ? given : `${given}@c.us`)),
        encode: SchemaGetter.transform((id: string) => id)
      })
    )
  }),
  Poll: Schema.Struct({
    pollName: Text(255).check(Schema.isMinLength(1)),
    pollOptions: Schema.Array(Text(100).check(Schema.isMinLength(1))).check(
      Schema.makeFilter(
        (given) =>
          (given.length >= 2 && given.length <= 12 && new Set(given).size === given.length) ||
          "must be 2 to 12 different options"
      )
    ),
    options: optional(Schema.NullOr(Schema.Struct({ allowMultipleAnswers: Flag })))
  })
} as const

export type ContentType = keyof typeof contents

export const isContentType = (given: unknown): given is ContentType =>
  typeof given === "string" && Object.hasOwn(contents, given)

/** A contact's id, or the contact as whatsapp-web.js has it. */
const Mention = Schema.Union([
  ContactId,
  Schema.Struct({ id: Schema.Struct({ _serialized: ContactId }) }).pipe(
    Schema.decodeTo(Schema.String, {
      decode: SchemaGetter.transform(
        (contact: { readonly id: { readonly _serialized: string } }) => contact.id._serialized
      ),
      encode: SchemaGetter.transform((id: string) => ({ id: { _serialized: id } }))
    })
  )
])

const MENTIONS_MAX = 1_024
const SUBJECT_MAX = 255

/** Groups that a text mentions, by `@` and their ids. */
export const GroupMentions = Schema.NullOr(
  Schema.Array(Schema.Struct({ subject: optional(Schema.NullOr(Text(SUBJECT_MAX))), id: GroupId })).check(
    Schema.isMaxLength(MENTIONS_MAX)
  )
)

/** As contexts have them. */
export const groupMentionsIn = (given: typeof GroupMentions.Type | undefined) =>
  (given ?? []).map(({ id: group, subject }) => (subject == null ? { group } : { group, name: subject }))

/** What is not named here is ignored, as wwebjs-api does. */
export const SendOptions = Schema.Struct({
  quotedMessageId: optional(Schema.NullOr(MessageId)),
  ignoreQuoteErrors: Flag,
  mentions: optional(Schema.NullOr(Schema.Array(Mention).check(Schema.isMaxLength(MENTIONS_MAX)))),
  groupMentions: optional(GroupMentions),
  linkPreview: Flag,
  sendAudioAsVoice: Flag,
  sendVideoAsGif: Flag,
  sendMediaAsSticker: Flag,
  sendMediaAsDocument: Flag,
  isViewOnce: Flag,
  caption: optional(Schema.NullOr(Caption)),
  /** Checked by its own rule. */
  media: optional(Schema.Json),
  waitUntilMsgSent: Flag
})
export type SendOptions = typeof SendOptions.Type

export const UrlOptions = Schema.Struct({
  filename: optional(Schema.NullOr(Text(255))),
  unsafeMime: Flag
})

/** The fields of a call that sends. */
export const sendFields = {
  contentType: optional(Schema.Json).annotate({
    description: "`string`, `MessageMedia`, `MessageMediaFromURL`, `Location`, `Contact` or `Poll`."
  }),
  content: optional(Schema.Json),
  options: optional(Schema.NullOr(SendOptions)),
  mediaFromURLOptions: optional(Schema.NullOr(UrlOptions))
}

/** Reads a part of the body whose form another field decides. Throws a Refusal. */
export const readPart = <S extends Schema.Decoder<unknown>>(schema: S, given: unknown, name: string): S["Type"] => {
  const read = readInput(schema, given, "ignore")
  if (Result.isSuccess(read)) return read.success
  const [{ field, reason }] = read.failure
  throw new Refusal(400, `${field === "" ? name : `${name}.${field}`} ${reason}`)
}

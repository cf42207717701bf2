/** The body of POST /v1/devices/:id/messages: its fields, and the content that they make. */
import { Effect, Schema } from "effect"
import { contactCard, givenCard } from "../../../application/contact-card.ts"
import type { Composition } from "../../../application/composing.ts"
import type { Limits } from "../../../application/limits.ts"
import { isVoiceNote, kindOf, sendableAs } from "../../../application/media-type.ts"
import { keptContent, TEXT_MAX } from "../../../application/outgoing-file.ts"
import type { Principal } from "../../../application/principal.ts"
import { isOutgoingFile, MediaKind, type OutgoingContent } from "../../../events/content.ts"
import { FILENAME_MAX } from "../../../events/file-name.ts"
import type { FetchProblem } from "../../../outbound/fetch-file.ts"
import { Outbound } from "../../../outbound/outbound.ts"
import { URL_MAX } from "../../../outbound/url-problem.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import type { FileTooLarge } from "../../../store/media/media-folder.ts"
import { isChannelJid, isTarget, STATUS } from "../../../whatsapp/jid.ts"
import { GIVEN_ID } from "../../../whatsapp/message-id.ts"
import { People } from "../../../whatsapp/operations/fields.ts"
import { InvalidRequest } from "../../input.ts"
import type { TooManyUploads } from "../../uploads/admission.ts"
import { fetchInto } from "../../uploads/fetched-file.ts"
import type { FileBody } from "../../uploads/file-body.ts"
import type { GivenFile } from "../../uploads/uploaded-file.ts"
import { PhoneNumber } from "./fields.ts"

const { optionalKey: optional } = Schema
const described = <S extends Schema.Top>(schema: S, description: string) => optional(schema.annotate({ description }))
const textUpTo = (max: number) => Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(max))
const Text = textUpTo(TEXT_MAX)
const Line = textUpTo(1_000)
const degrees = (maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum: -maximum, maximum }))

const ADDRESS_RULE =
  "must be 8 to 15 digits with country code, without plus, or the jid of a person, a group or a channel, or status@broadcast"
const ID_RULE = "must be 8 to 64 letters, digits, dots, hyphens or underscores"
const OPTIONS_MAX = 12
const CONTACTS_MAX = 100
const VCARD_MAX = 100_000
/** 90 days, the longest time that phones offer. */
const EXPIRES_MAX_S = 7_776_000

export const To = Schema.String.check(
  Schema.makeFilter((text: string) => isTarget(text) || ADDRESS_RULE, {
    description:
      "A telephone number (digits with country code); the jid of a person (`…@s.whatsapp.net`, `…@lid`), a group (`…@g.us`) or a channel (`…@newsletter`); or `status@broadcast`."
  })
)

const Location = Schema.Struct({
  latitude: degrees(90),
  longitude: degrees(180),
  name: optional(Line),
  address: optional(Line),
  url: optional(Line)
})

const Contact = Schema.Union([
  Schema.Struct({ name: textUpTo(255), number: PhoneNumber }),
  Schema.Struct({ vcard: textUpTo(VCARD_MAX) })
])

const Poll = Schema.Struct({
  name: textUpTo(255),
  options: Schema.Array(textUpTo(100)).check(
    Schema.makeFilter(
      (options) =>
        (options.length >= 2 && options.length <= OPTIONS_MAX && new Set(options).size === options.length) ||
        `must be 2 to ${OPTIONS_MAX} different options`
    )
  ),
  selectableMax: described(
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: OPTIONS_MAX })),
    "How many options a vote may have; 0: any number. 1 by default."
  )
})

export const NewMessage = Schema.Struct({
  to: To,
  text: optional(Text),
  mediaUrl: described(
    Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(URL_MAX)),
    "Where the gateway fetches the file: http or https, at a public address."
  ),
  location: optional(Location),
  contacts: described(
    Schema.Array(Contact).check(
      Schema.makeFilter((given) => (given.length > 0 && given.length <= CONTACTS_MAX) || `must be 1 to ${CONTACTS_MAX}`)
    ),
    "Contact cards: each a name and a telephone number, or a vCard of its own."
  ),
  poll: optional(Poll),
  kind: described(MediaKind, "What the file is sent as; by default what its content is."),
  filename: optional(textUpTo(FILENAME_MAX)),
  caption: optional(Text),
  voiceNote: described(Schema.Boolean, "Audio as if it was recorded in the chat: Ogg with Opus."),
  gif: described(Schema.Boolean, "A video that plays like a GIF."),
  sticker: described(Schema.Boolean, "The same as `kind: sticker`."),
  viewOnce: described(Schema.Boolean, "A picture, a video or a voice note that its recipient can open once."),
  quote: described(textUpTo(80), "The id of the message in this chat that this one answers."),
  mentions: described(
    People,
    "The people whom the text mentions: telephone numbers, jids or LIDs. The text names each as `@` and the digits of it."
  ),
  mentionsAll: described(Schema.Boolean, "Mentions all members of the group."),
  linkPreview: described(
    Schema.Struct({ url: textUpTo(URL_MAX), title: optional(Line), description: optional(Line) }),
    "What the chat shows of a link in the text. The gateway fetches none."
  ),
  messageId: described(
    Schema.String.check(Schema.makeFilter((given: string) => GIVEN_ID.test(given) || ID_RULE)),
    "The message's id, new on this device. By default the gateway draws one."
  ),
  expiresInSeconds: described(
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: EXPIRES_MAX_S })),
    "After how many seconds the message disappears; 0: it stays. By default the chat's own time."
  ),
  audience: described(People, "Whom a status is for: telephone numbers, jids or LIDs. Only for `status@broadcast`.")
})
export type NewMessage = typeof NewMessage.Type

type Body = Pick<FileBody, "file" | "receive"> & { readonly fields: NewMessage }
/** What to send; when it runs, the file is fetched and kept. */
type Content = Effect.Effect<
  OutgoingContent,
  FetchProblem | FileTooLarge | InvalidRequest | StoreUnavailable | TooManyUploads,
  Limits | Outbound
>

const ofFiles = ["kind", "filename", "caption", "voiceNote", "gif", "sticker"] as const
const contents = ["text", "location", "contacts", "poll"] as const

/** The one content that the body has. */
export const contentOf = (
  principal: Principal,
  body: Body
): Effect.Effect<Content, InvalidRequest | FileTooLarge, Outbound> =>
  Effect.gen(function* () {
    const { fields, file } = body
    const { mediaUrl: url } = fields
    const [first, second] = contents.filter((name) => fields[name] !== undefined)
    const hasFile = file !== undefined || url !== undefined
    if (file && url !== undefined) return yield* refuse("mediaUrl", "is not allowed with a file in media")
    if (first === undefined && !hasFile)
      return yield* refuse("text", "is required, or else a file in media or mediaUrl, a location, contacts or a poll")
    if (hasFile && first === "text") return yield* refuse("text", "is not allowed with a file; use caption")
    if (hasFile && first !== undefined) return yield* refuse(first, "is not allowed with a file")
    if (second !== undefined) return yield* refuse(second, `is not allowed with ${first}`)
    yield* checkBeside(fields)
    if (first !== undefined) {
      const other = ofFiles.find((field) => fields[field] !== undefined)
      if (other !== undefined) return yield* refuse(other, "is allowed only with a file")
      if (fields.viewOnce === true) return yield* refuse("viewOnce", VIEW_ONCE_RULE)
      return Effect.succeed(yield* fileless(fields))
    }
    if (url === undefined) return yield* fileContent(fields, file as GivenFile)
    const problem = (yield* Outbound).urlProblem(url)
    if (problem !== undefined) return yield* refuse("mediaUrl", problem)
    return Effect.flatMap(fetchInto(body, { url, principal }), (given) => Effect.flatten(fileContent(fields, given)))
  })

/** What stands beside the content. */
export const compositionOf = (fields: NewMessage): Composition => {
  const { to, quote, mentions, mentionsAll, viewOnce, linkPreview, expiresInSeconds, audience } = fields
  return { to, quote, mentions, mentionsAll, viewOnce, linkPreview, expiresInSeconds, audience }
}

const VIEW_ONCE_RULE = "is only for pictures, videos and voice notes"

const refuse = (field: string, reason: string) => new InvalidRequest({ field, reason })

const checkBeside = ({ to, audience, linkPreview, text, viewOnce, poll }: NewMessage) =>
  Effect.gen(function* () {
    const isStatus = to === STATUS
    if (isStatus && audience === undefined) return yield* refuse("audience", "is required for a status")
    if (!isStatus && audience !== undefined) return yield* refuse("audience", `is only for ${STATUS}`)
    if (linkPreview !== undefined && text === undefined) return yield* refuse("linkPreview", "is only for text")
    if (viewOnce === true && (isStatus || isChannelJid(to)))
      return yield* refuse("viewOnce", "is only for chats with people and groups")
    if (poll && (poll.selectableMax ?? 1) > poll.options.length)
      return yield* refuse("poll.selectableMax", "must not be more than there are options")
    return undefined
  })

const fileless = ({
  text,
  location,
  contacts = [],
  poll
}: NewMessage): Effect.Effect<OutgoingContent, InvalidRequest> =>
  Effect.gen(function* () {
    if (text !== undefined) return { kind: "text", text }
    if (location !== undefined) return { kind: "location", ...location }
    if (poll !== undefined) return { kind: "poll", selectableMax: 1, ...poll }
    const cards = contacts.map((given) => ("vcard" in given ? givenCard(given.vcard) : contactCard(given)))
    const wrong = cards.indexOf(undefined)
    if (wrong >= 0) return yield* refuse(`contacts.${wrong}.vcard`, "must be a vCard with a name (FN)")
    return { kind: "contacts", contacts: cards.filter((card) => card !== undefined) }
  })

/** Keeps the file when the content runs. */
const fileContent = (fields: NewMessage, file: GivenFile) =>
  Effect.gen(function* () {
    const { kind: givenKind, filename = file.filename, caption, voiceNote, gif, sticker, viewOnce } = fields
    if (file.problem?._tag === "FileTooLarge") return yield* file.problem
    if (file.problem) return yield* refuse("media", "is not base64")
    if (sticker === true && givenKind !== undefined && givenKind !== "sticker")
      return yield* refuse("sticker", `is not allowed with kind ${givenKind}`)
    const kind = givenKind ?? (sticker === true ? "sticker" : kindOf(file.detectedType))
    const sendable = sendableAs(kind, file.detectedType, filename ?? "")
    if (sendable === undefined) {
      const reason = `is ${kind}, but the file's type is ${file.detectedType}; every phone shows any file as document`
      return yield* refuse(sticker === true && givenKind === undefined ? "sticker" : "kind", reason)
    }
    const { mimetype } = sendable
    if (voiceNote === true && !isVoiceNote(sendable.kind, mimetype))
      return yield* refuse("voiceNote", `is only for audio in Ogg with Opus; the file's type is ${mimetype}`)
    if (gif === true && (sendable.kind !== "video" || mimetype !== "video/mp4"))
      return yield* refuse("gif", `is only for video in MP4; the file's type is ${mimetype}`)
    const isVoice = voiceNote ?? isVoiceNote(sendable.kind, mimetype)
    const isShownOnce = sendable.kind === "image" || sendable.kind === "video" || isVoice
    if (viewOnce === true && !isShownOnce) return yield* refuse("viewOnce", VIEW_ONCE_RULE)
    return Effect.map(keptContent(file, { ...sendable, filename, caption, voiceNote }), (content) =>
      gif === true && isOutgoingFile(content) ? { ...content, animated: true } : content
    )
  })

/** Sends what the calls of wwebjs-api send: `/client/sendMessage`, `/message/reply` and `/channel/sendMessage`. */
import { Effect } from "effect"
import { besideOf } from "../../../application/composing.ts"
import { contactCard } from "../../../application/contact-card.ts"
import { Limits } from "../../../application/limits.ts"
import { isVoiceNote, sendableAs } from "../../../application/media-type.ts"
import { messageSent } from "../../../application/sent-message.ts"
import { keptContent } from "../../../application/outgoing-file.ts"
import { sendMessage } from "../../../application/sending.ts"
import { statusAudience } from "../../../application/status-audience.ts"
import { isOutgoingFile, type MediaKind, type OutgoingContent } from "../../../events/content.ts"
import { fittingName } from "../../../events/file-name.ts"
import { STATUS } from "../../../whatsapp/jid.ts"
import { usingInlineFile, usingUrlFile } from "../../uploads/inline-file.ts"
import type { GivenFile } from "../../uploads/uploaded-file.ts"
import { Refusal } from "./answers.ts"
import type { OnSession } from "./call.ts"
import { findContactModel } from "./contact-lookup.ts"
import { MessageMedia } from "./fields.ts"
import { messageModel } from "../../../webhooks/formats/wwebjs-stored-message.ts"
import { contents, groupMentionsIn, isContentType, readPart, type SendOptions, type UrlOptions } from "./send-fields.ts"

export interface Sending {
  /** The jid of the chat. */
  readonly chat: string
  readonly contentType?: unknown
  readonly content?: unknown
  readonly options?: SendOptions | null | undefined
  readonly mediaFromURLOptions?: typeof UrlOptions.Type | null | undefined
  /** The id of the message that this one answers, if the call names it. */
  readonly quoted?: string | undefined
}

/** Sends, and returns the message's model once WhatsApp has acknowledged it. */
export const sendContent = (on: OnSession, sending: Sending, unfitType = "invalid contentType") =>
  Effect.gen(function* () {
    const { contentType, content } = sending
    if (!isContentType(contentType)) return yield* Effect.fail(new Refusal(400, unfitType))
    const options = sending.options ?? {}
    const attached = yield* attachment(options)
    const read = <Name extends keyof typeof contents>(name: Name) =>
      Effect.try({
        try: () => readPart(contents[name], content, "content"),
        catch: (failure) => failure as Refusal
      })
    switch (contentType) {
      case "string": {
        if (attached === undefined) return yield* deliver(on, sending, { kind: "text", text: yield* read("string") })
        const caption = typeof content === "string" && content !== "" ? content : (options.caption ?? undefined)
        return yield* sendMedia(on, sending, attached, "options.media.data", caption)
      }
      case "MessageMedia":
        return yield* sendMedia(on, sending, yield* read("MessageMedia"), "content.data", options.caption ?? undefined)
      case "MessageMediaFromURL": {
        const filename = sending.mediaFromURLOptions?.filename ?? undefined
        return yield* usingUrlFile(yield* read("MessageMediaFromURL"), on.principal, (file) =>
          deliverFile(on, sending, file, { mimetype: undefined, filename, caption: options.caption ?? undefined })
        )
      }
      case "Location":
        return yield* deliver(on, sending, locationOf(yield* read("Location")))
      case "Contact":
        return yield* deliver(on, sending, yield* cardOf(on, (yield* read("Contact")).contactId))
      case "Poll": {
        const { pollName: name, pollOptions, options: asked } = yield* read("Poll")
        const selectableMax = asked?.allowMultipleAnswers === true ? 0 : 1
        return yield* deliver(on, sending, { kind: "poll", name, options: pollOptions, selectableMax })
      }
    }
  })

type Media = typeof MessageMedia.Type

const attachment = ({ media }: SendOptions): Effect.Effect<Media | undefined, Refusal> => {
  if (media === undefined || media === null) return Effect.succeed(undefined)
  const { data, mimetype } = media as { readonly data?: unknown; readonly mimetype?: unknown }
  if (!data || !mimetype) return Effect.fail(new Refusal(400, "invalid media options"))
  return Effect.try({
    try: () => readPart(MessageMedia, media, "options.media"),
    catch: (failure) => failure as Refusal
  })
}

const sendMedia = (
  on: OnSession,
  sending: Sending,
  { mimetype, data, filename }: Media,
  field: string,
  caption?: string
) =>
  usingInlineFile({ base64: data, filename: filename ?? undefined }, field, (file) =>
    deliverFile(on, sending, file, { mimetype, filename: filename ?? undefined, caption })
  )

interface Described {
  readonly mimetype: string | undefined
  readonly filename: string | undefined
  readonly caption: string | undefined
}

const MIME = /^[a-z]+\/[\w.+-]{1,100}$/
const UNKNOWN_TYPE = "application/octet-stream"

const kindWanted = (options: SendOptions, mimetype: string): MediaKind => {
  if (options.sendMediaAsSticker) return "sticker"
  if (options.sendMediaAsDocument) return "document"
  const [type] = mimetype.split("/")
  return type === "image" || type === "video" || type === "audio" ? type : "document"
}

const deliverFile = (on: OnSession, sending: Sending, file: GivenFile, described: Described) =>
  Effect.gen(function* () {
    const options = sending.options ?? {}
    const { mimetype: named = file.detectedType ?? UNKNOWN_TYPE, caption } = described
    const name = described.filename ?? file.filename
    const filename = name === undefined ? undefined : fittingName(name)
    const wanted = kindWanted(options, named)
    const found = sendableAs(wanted, file.detectedType, filename ?? "")
    if (found === undefined && wanted === "sticker")
      return yield* Effect.fail(new Refusal(400, "content must be a picture to be sent as a sticker"))
    // What is not what the client called it is sent as a document, which every phone shows.
    const sendable = found ?? sendableAs("document", file.detectedType, filename ?? "")
    const { kind, mimetype } = sendable ?? { kind: "document" as const, mimetype: UNKNOWN_TYPE }
    const type = mimetype === UNKNOWN_TYPE && MIME.test(named) ? named : mimetype
    const isVoice = options.sendAudioAsVoice === true && isVoiceNote(kind, type)
    const isMoving = kind === "image" || kind === "video" || isVoice
    const outgoing = { ...sendable, kind, mimetype: type, filename, caption, voiceNote: isVoice }
    const content = Effect.map(keptContent(file, outgoing), (kept) =>
      options.sendVideoAsGif === true && kept.kind === "video" && isOutgoingFile(kept)
        ? { ...kept, animated: true }
        : kept
    )
    return yield* deliver(on, sending, content, options.isViewOnce === true && isMoving)
  })

const locationOf = ({ latitude, longitude, description }: typeof contents.Location.Type): OutgoingContent => {
  if (typeof description !== "string") return { kind: "location", latitude, longitude, ...description }
  const [name = "", ...address] = description.split("\n")
  return {
    kind: "location",
    latitude,
    longitude,
    ...(name === "" ? {} : { name }),
    ...(address.length === 0 ? {} : { address: address.join("\n") })
  }
}

const cardOf = (on: OnSession, contactId: string) =>
  Effect.gen(function* () {
    const contact = yield* findContactModel(on, contactId)
    if (contact === undefined || !/^\d{5,15}$/.test(contact.number))
      return yield* Effect.fail(new Refusal(500, "Contact not found"))
    const { name, pushname, verifiedName, number } = contact
    const card = contactCard({ name: name ?? verifiedName ?? pushname ?? `+${number}`, number })
    return { kind: "contacts", contacts: [card] } satisfies OutgoingContent
  })

/** What stands beside the content. A quote that is not found is left out, unless the client wants to know. */
const beside = (on: OnSession, { chat: to, options, quoted }: Sending, viewOnce: boolean) =>
  Effect.gen(function* () {
    const { quotedMessageId, ignoreQuoteErrors, mentions, groupMentions } = options ?? {}
    const quote = quoted ?? quotedMessageId ?? undefined
    const audience = to === STATUS ? yield* statusAudience(on.device) : undefined
    const mentioned = { mentions: mentions ?? undefined, groupMentions: groupMentionsIn(groupMentions) }
    const composition = { to, ...mentioned, viewOnce, audience }
    const isOptional = quoted === undefined && ignoreQuoteErrors !== false
    const notFound = Effect.fail(new Refusal(500, "Could not get the quoted message."))
    return yield* besideOf(on.device, { ...composition, quote }).pipe(
      Effect.catchTag("MessageNotFound", (failure) =>
        isOptional ? besideOf(on.device, composition) : Effect.fail(failure)
      ),
      Effect.catchTag("MessageNotFound", () => notFound)
    )
  })

const deliver = <E = never, R = never>(
  on: OnSession,
  sending: Sending,
  content: OutgoingContent | Effect.Effect<OutgoingContent, E, R>,
  viewOnce = false
) =>
  Effect.gen(function* () {
    const { device, origin, key } = on
    const { sendAckTimeoutMs } = yield* Limits
    const outcome = yield* sendMessage(
      {
        device,
        to: sending.chat,
        beside: beside(on, sending, viewOnce),
        content: Effect.isEffect(content) ? content : Effect.succeed(content),
        ackTimeoutMs: sending.options?.waitUntilMsgSent === false ? 0 : sendAckTimeoutMs,
        origin
      },
      key
    )
    if (outcome.status === "failed")
      return yield* Effect.fail(new Refusal(500, outcome.text || "WhatsApp refused the message"))
    return messageModel(yield* messageSent(device, outcome.messageId), sending.chat, device)
  })

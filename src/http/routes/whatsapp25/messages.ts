/** Sends messages: POST /api/send-message and POST /api/send-whatsap, the latter also under its correct spelling. */
import { Effect, Schema } from "effect"
import { sendableAs } from "../../../application/media-type.ts"
import { keptContent, TEXT_MAX } from "../../../application/outgoing-file.ts"
import type { SendOutcome } from "../../../actors/device/answers.ts"
import { hasConnected, senderOf } from "../../../application/device-access.ts"
import { linkedNumber } from "../../../application/device-view.ts"
import { findSent, saidOf } from "../../../application/messages.ts"
import { type OutgoingRequest, sendMessage, sendUnlessUnheard } from "../../../application/sending.ts"
import { Limits } from "../../../application/limits.ts"
import type { OutgoingContent } from "../../../events/content.ts"
import { fittingName } from "../../../events/file-name.ts"
import type { Device } from "../../../store/devices.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { SMALL_BODY_BYTES } from "../../plugins/bodies.ts"
import { EXAMPLE } from "../../example-names.ts"
import type { GivenFile } from "../../uploads/uploaded-file.ts"
import { invalidFile, missingData, Refusal, textTooLong } from "./answers.ts"
import { decodeInstance, PhoneNumber, Text } from "./fields.ts"
import { stateWord } from "./words.ts"
import type { RequestKey } from "../../../application/idempotency.ts"
import type { User } from "../../../application/principal.ts"
import type { Origin } from "../../../events/envelope.ts"

const tag = "WHATSAPP25"

const mediaTypes = ["document", "image", "video", "audio"] as const
type MediaType = (typeof mediaTypes)[number]
const isMediaType = (given: string): given is MediaType => mediaTypes.includes(given as MediaType)

const FromNumber = Schema.optionalKey(Text).annotate({
  description:
    "The sending device: its number, in base64 or as digits. By default the device with the user's own number, else the only connected device."
})

const failures = [...askFailures, "Refusal"] as const

const fromTo = {
  success: Schema.Boolean,
  from: Schema.NullOr(Schema.String),
  to: Schema.String,
  messageId: Schema.String
}

export const messageRoutes: readonly Route[] = [
  route({
    id: "enviarMensaje",
    method: "POST",
    path: "/api/send-message",
    tag,
    summary: "Send a text",
    description: "Responds once WhatsApp's server has acknowledged the message (`success`).",
    access: { for: "user", scope: "send" },
    body: Schema.Struct({ number: PhoneNumber, message: Text, fromNumber: FromNumber }),
    // In JSON a character can take six bytes.
    bodyBytesMax: 6 * TEXT_MAX + SMALL_BODY_BYTES,
    answers: { 200: json("WhatsApp has acknowledged the message.", Schema.Struct(fromTo)) },
    failures,
    examples: [
      { body: { number: EXAMPLE.contact, message: "Hola" }, status: 200 },
      {
        name: "from one of several devices",
        body: { number: EXAMPLE.contact, message: "Hola", fromNumber: EXAMPLE.number },
        status: 200
      }
    ],
    isInterruptible: true,
    handle: ({ principal, body: { number: to, message: text, fromNumber }, origin, key }) =>
      Effect.gen(function* () {
        if (text.length > TEXT_MAX) return yield* Effect.fail(textTooLong())
        const device = yield* sender(principal, fromNumber)
        const content = Effect.succeed<OutgoingContent>({ kind: "text", text })
        const asked = ["text", text]
        const messageId = yield* send({ user: principal, device, to, asked, content, origin, key })
        return answer(200, { success: true, from: linkedNumber(device), to, messageId })
      })
  }),
  route({
    id: "enviarArchivo",
    method: "POST",
    path: "/api/send-whatsap",
    aliases: ["/api/send-whatsapp"],
    tag,
    summary: "Send a file",
    description:
      "The file's content decides its MIME type. Audio in Ogg with Opus is sent as a voice note. A picture in a format that phones do not show is converted to JPEG; if that is not possible, and for other formats, it is sent as a document, and `mediatype` in the response says so. A name that is too long is cut before its extension.",
    access: { for: "user", scope: "send" },
    body: {
      file: "media",
      isRequired: true,
      fields: Schema.Struct({
        number: PhoneNumber,
        mediatype: Text.annotate({ description: "`document`, `image`, `video` or `audio`." }),
        filename: Text,
        caption: Schema.optionalKey(Text),
        fromNumber: FromNumber
      })
    },
    answers: {
      200: json(
        "WhatsApp has acknowledged the message.",
        Schema.Struct({
          ...fromTo,
          succes: Schema.Boolean,
          filename: Schema.String,
          mediatype: Schema.optionalKey(Schema.Literal("document"))
        })
      )
    },
    failures: [...failures, "FileTooLarge"],
    examples: [
      {
        body: {
          number: EXAMPLE.contact,
          mediatype: "document",
          media: "JVBERi0xLjQK",
          filename: "factura.pdf",
          fromNumber: EXAMPLE.number
        },
        status: 200
      }
    ],
    admitUpload: ({ principal }) => anyReady(principal),
    isInterruptible: true,
    handle: ({ principal, body: { fields, file }, origin, key }) =>
      Effect.gen(function* () {
        const { number: to, mediatype: asked, filename, caption, fromNumber } = fields
        if (!file) return yield* Effect.fail(missingData())
        if (!isMediaType(asked)) return yield* Effect.fail(new Refusal(400, "Tipo de archivo no soportado"))
        if (caption !== undefined && caption.length > TEXT_MAX) return yield* Effect.fail(textTooLong())
        const sendable = yield* typeOf(asked, file, filename)
        const device = yield* sender(principal, fromNumber)
        const name = fittingName(filename)
        const content = keptContent(file, { ...sendable, filename: name, caption })
        const repeats = [asked, file.sha256, filename, caption]
        const messageId = yield* send({ user: principal, device, to, asked: repeats, content, origin, key })
        return answer(200, {
          success: true,
          succes: true,
          from: linkedNumber(device),
          to,
          filename: name,
          ...(sendable.given && (yield* isDocument(device, messageId)) ? { mediatype: "document" as const } : {}),
          messageId
        })
      })
  })
]

const typeOf = (kind: MediaType, { problem, detectedType }: GivenFile, filename: string) =>
  Effect.gen(function* () {
    if (problem?._tag === "FileTooLarge") return yield* problem
    const sendable = problem ? undefined : sendableAs(kind, detectedType, filename)
    return sendable ?? (yield* Effect.fail(invalidFile()))
  })

/** Whether the file could not be converted to what the client called it. */
const isDocument = (device: Device, messageId: string) =>
  Effect.gen(function* () {
    const said = yield* saidOf(yield* findSent(device, messageId))
    return said?.content.kind === "document"
  }).pipe(Effect.catchTag("MessageNotFound", () => Effect.succeed(true)))

/** The sending device: the named one, else the one with the user's own number, else the only connected one. */
const sender = (user: User, fromNumber: string | undefined) =>
  Effect.gen(function* () {
    const named =
      fromNumber === undefined
        ? undefined
        : yield* Effect.try({
            try: () => decodeInstance(fromNumber),
            catch: (failure) => failure as Refusal
          })
    const device = yield* senderOf(user, named)
    return device ?? (yield* Effect.fail(missingData()))
  })

/** The body names the device. Without any connected device, no device can send. */
const anyReady = (user: User) =>
  Effect.gen(function* () {
    if (yield* hasConnected(user)) return
    const device = yield* senderOf(user, undefined)
    if (device) return yield* Effect.fail(notReady(device, device.state))
  })

interface Sending extends Pick<OutgoingRequest, "device" | "to" | "content"> {
  readonly user: User
  /** Equal for requests with the same content. */
  readonly asked: readonly (string | undefined)[]
  readonly origin: Origin
  readonly key: RequestKey | undefined
}

/**
 * Sends, and returns the message's id once WhatsApp's server has acknowledged it. A request without a key that repeats one with a 504,
 * or one whose client hung up, gets the outcome of the same message.
 */
const send = ({ user, device, to, asked, content, origin, key }: Sending) =>
  Effect.gen(function* () {
    const { sendAckTimeoutMs: ackTimeoutMs } = yield* Limits
    const request = { device, to, content, ackTimeoutMs, origin }
    const unkeyed = { scope: `whatsapp25:${user.tokenId}`, asked }
    const outcome = key ? yield* sendMessage(request, key) : yield* sendUnlessUnheard(request, unkeyed)
    return yield* acknowledged(outcome)
  }).pipe(Effect.catchTag("DeviceNotReady", ({ state }) => Effect.fail(notReady(device, state))))

const acknowledged = (outcome: SendOutcome): Effect.Effect<string, Refusal> => {
  const { messageId } = outcome
  switch (outcome.status) {
    case "sent":
      return Effect.succeed(messageId)
    case "failed":
      return Effect.fail(new Refusal(500, "WhatsApp rechazó el mensaje", { code: outcome.code, messageId }))
    case "pending":
      return Effect.fail(new Refusal(504, "Sin confirmación de WhatsApp", { messageId }))
  }
}

const notReady = (device: Device, state: string): Refusal =>
  new Refusal(400, "Sesión de WhatsApp no lista", {
    device: linkedNumber(device),
    state: stateWord({ state, syncPercent: device.syncPercent })
  })

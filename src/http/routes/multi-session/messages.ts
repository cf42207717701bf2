/** Sends texts and files. */
import { Effect, Schema } from "effect"
import { findSession } from "../../../application/device-access.ts"
import type { RequestKey } from "../../../application/idempotency.ts"
import { Limits } from "../../../application/limits.ts"
import { fileOfUrl, type Receive } from "../../../application/file-of-url.ts"
import { sendableAs } from "../../../application/media-type.ts"
import { findSent } from "../../../application/messages.ts"
import { keptContent, type OutgoingFile, TEXT_MAX } from "../../../application/outgoing-file.ts"
import type { Operator } from "../../../application/principal.ts"
import { type OutgoingRequest, sendMessage, sendUnlessUnheard } from "../../../application/sending.ts"
import type { OutgoingContent } from "../../../events/content.ts"
import type { Origin } from "../../../events/envelope.ts"
import { fittingName } from "../../../events/file-name.ts"
import type { FileTooLarge } from "../../../store/media/media-folder.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { SMALL_BODY_BYTES } from "../../plugins/bodies.ts"
import type { GivenFile } from "../../uploads/uploaded-file.ts"
import { Text } from "../whatsapp25/fields.ts"
import { Refusal, unfit } from "./answers.ts"
import { Recipient, SessionId } from "./fields.ts"

const tag = "Multi-Session"
const { sessionId, contact: number } = EXAMPLE

const Sent = Schema.Struct({
  success: Schema.Boolean,
  messageId: Schema.String,
  to: Schema.String,
  timestamp: Schema.Int.annotate({ description: "Epoch seconds." })
})

export const messageRoutes: readonly Route[] = [
  route({
    id: "sendText",
    method: "POST",
    path: "/api/send-message",
    tag,
    summary: "Send a text from a session",
    description: "Responds once WhatsApp's server has acknowledged the message.",
    access: { for: "operator", scope: "send" },
    body: Schema.Struct({ sessionId: SessionId, number: Recipient, message: Text }),
    // In JSON a character can take six bytes.
    bodyBytesMax: 6 * TEXT_MAX + SMALL_BODY_BYTES,
    speaks: (body) => typeof body === "object" && body !== null && "sessionId" in body,
    answers: { 200: json("WhatsApp has acknowledged the message.", Sent) },
    failures: [...askFailures, "MessageNotFound", "Refusal"],
    examples: [{ name: "from a session", body: { sessionId, number, message: "¡Hola desde la API!" }, status: 200 }],
    isInterruptible: true,
    handle: ({ principal, body: { sessionId, number: to, message: text }, origin, key }) =>
      Effect.gen(function* () {
        yield* fitting("message", text)
        const content = Effect.succeed<OutgoingContent>({ kind: "text", text })
        return answer(200, yield* send({ principal, sessionId, to, asked: ["text", text], content, origin, key }))
      })
  }),
  route({
    id: "sendMedia",
    method: "POST",
    path: "/api/send-media",
    tag,
    summary: "Send a file from a session",
    description:
      "The file is the part `media` of a form, or `mediaBase64`, or comes from `mediaUrl`. Its content decides whether it is sent as a picture, a video, a sound or a document. Responds once WhatsApp's server has acknowledged the message.",
    access: { for: "operator", scope: "send" },
    body: {
      file: "mediaBase64",
      part: "media",
      fields: Schema.Struct({
        sessionId: SessionId,
        number: Recipient,
        caption: Schema.optionalKey(Text),
        mediaUrl: Schema.optionalKey(Text).annotate({
          description: "Private addresses are refused unless the operator allows them (OUTBOUND_ALLOW)."
        }),
        filename: Schema.optionalKey(Text).annotate({ description: "By default the name that comes with the file." }),
        mimetype: Schema.optionalKey(Text).annotate({
          description: "Used where neither the content nor the name tells the type."
        })
      })
    },
    answers: { 200: json("WhatsApp has acknowledged the message.", Sent) },
    failures: [...askFailures, "MessageNotFound", "FileTooLarge", "Refusal"],
    examples: [
      {
        body: { sessionId, number, caption: "Su factura", mediaBase64: "JVBERi0xLjQK", filename: "1.pdf" },
        status: 200
      }
    ],
    isInterruptible: true,
    handle: ({ principal, body: { fields, file, receive }, origin, key }) =>
      Effect.gen(function* () {
        const { sessionId, number: to, caption, mediaUrl, filename } = fields
        if (caption !== undefined) yield* fitting("caption", caption)
        const sending = { principal, sessionId, to, origin, key }
        if (file) {
          const outgoing = yield* outgoingFile(fields, file)
          const asked = ["media", file.sha256, outgoing.filename, caption]
          return answer(200, yield* send({ ...sending, asked, content: keptContent(file, outgoing) }))
        }
        if (mediaUrl === undefined) return yield* Effect.fail(unfit("media, mediaUrl or mediaBase64 is required"))
        const content = contentOfUrl(mediaUrl, fields, receive)
        return answer(200, yield* send({ ...sending, asked: ["mediaUrl", mediaUrl, filename, caption], content }))
      })
  })
]

type Described = Readonly<Partial<Record<"caption" | "filename" | "mimetype", string>>>

/** Fetches the file when it runs. */
const contentOfUrl = (url: string, described: Described, receive: Receive<GivenFile>) =>
  Effect.gen(function* () {
    const { file, mimetype } = yield* fileOfUrl(url, receive)
    const named = mimetype === null ? described : { mimetype, ...described }
    return yield* keptContent(file, yield* outgoingFile(named, file))
  }).pipe(
    Effect.catchTag("FetchProblem", ({ kind, reason }) =>
      Effect.fail(kind === "bytes" ? new Refusal(413, "File too large") : unfit(`mediaUrl: ${reason}`))
    )
  )

/** The content decides the kind. */
const outgoingFile = (
  { caption, filename: given, mimetype: named }: Described,
  { problem, detectedType, filename: own }: GivenFile
): Effect.Effect<OutgoingFile, Refusal | FileTooLarge> =>
  Effect.gen(function* () {
    if (problem?._tag === "FileTooLarge") return yield* problem
    if (problem) return yield* Effect.fail(unfit("mediaBase64 is not base64"))
    const filename = given === undefined ? own : fittingName(given)
    const sendable = sendableAs(kindByContent(detectedType), detectedType, filename ?? "")
    const { kind, mimetype } = sendable ?? { kind: "document" as const, mimetype: UNKNOWN_TYPE }
    const isNamed = mimetype === UNKNOWN_TYPE && named !== undefined && MIME.test(named)
    return { ...sendable, kind, mimetype: isNamed ? named : mimetype, filename, caption }
  })

const kindByContent = (detectedType: string | null): "image" | "video" | "audio" | "document" => {
  const [type] = detectedType?.split("/") ?? []
  return type === "image" || type === "video" || type === "audio" ? type : "document"
}

const UNKNOWN_TYPE = "application/octet-stream"
const MIME = /^[a-z]+\/[\w.+-]{1,100}$/

const fitting = (field: string, text: string) =>
  text.length > TEXT_MAX ? Effect.fail(unfit(`${field} has more than ${TEXT_MAX} characters`)) : Effect.void

interface Sending<E, R> extends Pick<OutgoingRequest<E, R>, "to" | "content"> {
  readonly principal: Operator
  readonly sessionId: string
  /** Equal for requests with the same content. */
  readonly asked: readonly (string | undefined)[]
  readonly origin: Origin
  readonly key: RequestKey | undefined
}

/**
 * Sends, and describes the message once WhatsApp's server has acknowledged it. A request without a key that repeats one with a 504, or one
 * whose client hung up, gets the outcome of the same message.
 */
const send = <E, R>({ principal, sessionId, to, asked, content, origin, key }: Sending<E, R>) =>
  Effect.gen(function* () {
    const { sendAckTimeoutMs: ackTimeoutMs } = yield* Limits
    const device = yield* findSession(principal, sessionId)
    const request = { device, to, content, ackTimeoutMs, origin }
    const unkeyed = { scope: `multi-session:${principal.tokenId ?? principal.kind}`, asked }
    const outcome = key ? yield* sendMessage(request, key) : yield* sendUnlessUnheard(request, unkeyed)
    const { messageId } = outcome
    if (outcome.status === "failed") {
      return yield* Effect.fail(new Refusal(502, "WhatsApp refused the message", { code: outcome.code, messageId }))
    }
    if (outcome.status === "pending") {
      return yield* Effect.fail(new Refusal(504, "WhatsApp has not acknowledged the message yet", { messageId }))
    }
    const { createdAt } = yield* findSent(device, messageId)
    return { success: true, messageId, to, timestamp: Math.floor(createdAt / 1_000) }
  })

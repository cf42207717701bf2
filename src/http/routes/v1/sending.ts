/** POST /v1/devices/:id/messages: sends a text, or a file in base64 or in a form. */
import { Effect, Schema } from "effect"
import { findDevice } from "../../../application/device-access.ts"
import { isVoiceNote, kindOf, sendableAs } from "../../../application/media-type.ts"
import type { Limits } from "../../../application/limits.ts"
import { findSent, saidOf } from "../../../application/messages.ts"
import { keptContent, TEXT_MAX } from "../../../application/outgoing-file.ts"
import type { Principal } from "../../../application/principal.ts"
import { requireReady, sendMessage } from "../../../application/sending.ts"
import { MediaKind, type OutgoingContent } from "../../../events/content.ts"
import { FILENAME_MAX } from "../../../events/file-name.ts"
import type { FetchProblem } from "../../../outbound/fetch-file.ts"
import { Outbound } from "../../../outbound/outbound.ts"
import { URL_MAX } from "../../../outbound/url-problem.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import type { FileTooLarge } from "../../../store/media/media-folder.ts"
import { isAddress } from "../../../whatsapp/jid.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { InvalidRequest } from "../../input.ts"
import type { TooManyUploads } from "../../uploads/admission.ts"
import { fetchInto } from "../../uploads/fetched-file.ts"
import type { FileBody } from "../../uploads/file-body.ts"
import type { GivenFile } from "../../uploads/uploaded-file.ts"
import { DeviceParams } from "./fields.ts"
import { MessageModel, messageModel } from "./models.ts"
import { appliedWait, waitOf } from "./wait.ts"

const Text = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(TEXT_MAX))
const ADDRESS_RULE = "must be 8 to 15 digits with country code, without plus, or the jid of a person or a group"

const NewMessage = Schema.Struct({
  to: Schema.String.check(
    Schema.makeFilter((text: string) => isAddress(text) || ADDRESS_RULE, {
      description:
        "A telephone number (digits with country code), or a chat's jid (`…@s.whatsapp.net`, `…@lid`, `…@g.us`)."
    })
  ),
  text: Schema.optionalKey(Text),
  mediaUrl: Schema.optionalKey(
    Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(URL_MAX)).annotate({
      description: "Where the gateway fetches the file: http or https, at a public address."
    })
  ),
  kind: Schema.optionalKey(MediaKind),
  filename: Schema.optionalKey(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(FILENAME_MAX))),
  caption: Schema.optionalKey(Text),
  voiceNote: Schema.optionalKey(Schema.Boolean)
})

export const sendingRoutes: readonly Route[] = [
  route({
    id: "sendMessage",
    method: "POST",
    path: "/v1/devices/:id/messages",
    tag: "Messages",
    summary: "Send a message",
    description:
      "Send `to` with `text`, or `to` with `media` (in base64, or as a part of a form) or `mediaUrl`, and optionally `kind`, `filename`, `caption` and `voiceNote`. A file in a format that phones do not show as `kind` is converted (most pictures) or sent as a document; then the response has `content.given`. Returns 202 once the message is stored; read its delivery status at `Location`. With `Prefer: wait=<seconds>` the response waits for WhatsApp's acknowledgement.",
    access: { for: "principal", scope: "send" },
    params: DeviceParams,
    headers: { Prefer: "`wait=<seconds>`: wait for the acknowledgement, at most 60 s (RFC 7240)." },
    body: { file: "media", part: "media", fields: NewMessage },
    answers: {
      202: json("The message is stored. WhatsApp has not acknowledged it yet.", MessageModel),
      200: json("WhatsApp has acknowledged or refused the message; see `status`.", MessageModel)
    },
    failures: [...askFailures, "FetchProblem", "FileTooLarge", "MessageNotFound"],
    examples: [
      { name: "text", params: { id: EXAMPLE.number }, body: { to: EXAMPLE.contact, text: "Hola" }, status: 202 },
      {
        name: "file",
        params: { id: EXAMPLE.number },
        headers: { prefer: "wait=10" },
        body: { to: EXAMPLE.contact, media: "JVBERi0xLjQK", filename: "factura.pdf" },
        status: 200
      }
    ],
    admitUpload: ({ principal, params: { id = "" } }) =>
      Effect.flatMap(findDevice(principal, id), (device) => requireReady(device)),
    isInterruptible: true,
    handle: ({ principal, params, body, origin, key, raw }) =>
      Effect.gen(function* () {
        const { fields } = body
        const content = yield* contentOf(principal, body)
        const waitMs = waitOf(raw)
        const device = yield* findDevice(principal, params.id)
        const request = { device, to: fields.to, content, ackTimeoutMs: waitMs, origin }
        const { messageId } = yield* sendMessage(request, key)
        const message = yield* findSent(device, messageId)
        return answer(message.status === "queued" ? 202 : 200, messageModel(message, yield* saidOf(message)), {
          ...appliedWait(waitMs),
          location: `/v1/messages/${messageId}`
        })
      })
  })
]

type Fields = typeof NewMessage.Type
type Body = Pick<FileBody, "file" | "receive"> & { readonly fields: Fields }
/** What to send; when it runs, the file is fetched and kept. */
type Content = Effect.Effect<
  OutgoingContent,
  FetchProblem | FileTooLarge | InvalidRequest | StoreUnavailable | TooManyUploads,
  Limits | Outbound
>

const contentOf = (
  principal: Principal,
  body: Body
): Effect.Effect<Content, InvalidRequest | FileTooLarge, Outbound> => {
  const { fields, file } = body
  const { mediaUrl: url } = fields
  if (url === undefined) return file ? fileContent(fields, file) : textContent(fields)
  return Effect.gen(function* () {
    if (file) return yield* new InvalidRequest({ field: "mediaUrl", reason: "is not allowed with a file in media" })
    if (fields.text !== undefined) return yield* textWithFile
    const problem = (yield* Outbound).urlProblem(url)
    if (problem !== undefined) return yield* new InvalidRequest({ field: "mediaUrl", reason: problem })
    return Effect.flatMap(fetchInto(body, { url, principal }), (given) => Effect.flatten(fileContent(fields, given)))
  })
}

const textWithFile = new InvalidRequest({ field: "text", reason: "is not allowed with a file; use caption" })

const textContent = ({ text, ...rest }: Fields) =>
  Effect.gen(function* () {
    if (text === undefined)
      return yield* new InvalidRequest({ field: "text", reason: "is required, or else a file in media or mediaUrl" })
    const other = Object.keys(rest).find((field) => field !== "to")
    if (other !== undefined) return yield* new InvalidRequest({ field: other, reason: "is allowed only with a file" })
    return Effect.succeed<OutgoingContent>({ kind: "text", text })
  })

/** Keeps the file when the content runs. */
const fileContent = (fields: Fields, file: GivenFile) =>
  Effect.gen(function* () {
    const { text, kind: givenKind, filename = file.filename, caption, voiceNote } = fields
    if (text !== undefined) return yield* textWithFile
    if (file.problem?._tag === "FileTooLarge") return yield* file.problem
    if (file.problem) return yield* new InvalidRequest({ field: "media", reason: "is not base64" })
    const kind = givenKind ?? kindOf(file.detectedType)
    const sendable = sendableAs(kind, file.detectedType, filename ?? "")
    if (sendable === undefined) {
      const reason = `is ${kind}, but the file's type is ${file.detectedType}; every phone shows any file as document`
      return yield* new InvalidRequest({ field: "kind", reason })
    }
    const { mimetype } = sendable
    if (voiceNote === true && !isVoiceNote(sendable.kind, mimetype)) {
      const reason = `is only for audio in Ogg with Opus; the file's type is ${mimetype}`
      return yield* new InvalidRequest({ field: "voiceNote", reason })
    }
    return keptContent(file, { ...sendable, filename, caption, voiceNote })
  })

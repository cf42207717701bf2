/**
 * POST /v1/devices/:id/messages: a text, or a file in base64. 202 says that it is in the log and will be sent; its fate is at
 * `Location`. With `Prefer: wait=<seconds>` (RFC 7240) the answer waits for WhatsApp's word, and is 200 where that came.
 */
import { Effect, Schema } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { DeviceNotReady } from "../../../actors/device/commands.ts"
import { DeviceDirectory } from "../../../actors/directory.ts"
import { DeviceId } from "../../../events/ids.ts"
import { MediaKind, type OutgoingContent } from "../../../events/message.ts"
import { FileTooLarge } from "../../../store/media/media-folder.ts"
import { Messages } from "../../../store/messages.ts"
import { isNumber } from "../../../whatsapp/number.ts"
import { authenticate } from "../../access/authentication.ts"
import { deviceByReference } from "../../device-access.ts"
import type { Claim } from "../../idempotency.ts"
import { viewDevice } from "../../live-device.ts"
import { fateOf } from "../../message-fate.ts"
import { type HttpContext, originOf } from "../../runtime.ts"
import { acceptFiles, type FileBody, type GivenFile } from "../../uploads/file-body.ts"
import { isVoiceNote, kindOf, mediaType } from "../../uploads/media-type.ts"
import { FILENAME_MAX, keptContent, TEXT_MAX } from "../../uploads/outgoing-file.ts"
import { onceForKey } from "./idempotency-key.ts"
import { InvalidRequest, read } from "./input.ts"
import { MessageNotFound } from "./messages.ts"
import { messageBody } from "./representations.ts"

const WAIT_SECONDS_MAX = 60

const Text = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(TEXT_MAX))

const TextMessage = Schema.Struct({ to: Schema.String, text: Text })

/** Beside the file, which is in `media`. */
const FileMessage = Schema.Struct({
  to: Schema.String,
  kind: Schema.optionalKey(MediaKind),
  filename: Schema.optionalKey(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(FILENAME_MAX))),
  caption: Schema.optionalKey(Text),
  voiceNote: Schema.optionalKey(Schema.Boolean)
})

type Params = { readonly id: string }

export const sendingRoutes = (app: FastifyInstance, context: HttpContext): void => {
  const { run, authentication } = context
  const principalOf = (request: FastifyRequest) => run(authenticate(request, authentication))
  /** Before the body is read: nobody without a token makes the gateway take in a file. */
  const preParsing = async (request: FastifyRequest) => {
    await principalOf(request)
  }

  app.register(async (files) => {
    acceptFiles(files, context, "media")
    files.post<{ Params: Params; Body: FileBody }>("/devices/:id/messages", { preParsing }, async (request, reply) => {
      const principal = await principalOf(request)
      const { to, content } = contentOf(request.body)
      if (!isNumber(to)) {
        throw new InvalidRequest({ field: "to", reason: "must be 8 to 15 digits with country code, without plus" })
      }
      const waitMs = waitOf(request)
      const { fields, file } = request.body
      const asked = { request, principal, body: [fields, file?.sha256] }
      const { message, device } = await run(
        Effect.gen(function* () {
          const row = yield* deviceByReference(principal, request.params.id)
          const messages = yield* Messages
          const send = (claim: Claim | undefined) =>
            Effect.gen(function* () {
              const view = yield* viewDevice(row)
              // Before the file is kept. The actor looks again.
              if (!view.isReady) return yield* new DeviceNotReady({ state: view.state })
              const directory = yield* DeviceDirectory
              const message = {
                number: to,
                content: yield* content,
                ackTimeoutMs: waitMs,
                ...(claim === undefined ? {} : { claim })
              }
              return yield* directory.send(DeviceId.make(row.device_id), message, originOf(request, principal))
            })
          const outcome = yield* onceForKey(context, asked, send, (messageId) => fateOf(row, messageId, waitMs))
          const message = outcome && (yield* messages.sent(row.number_id, outcome.messageId))
          if (!message) return yield* new MessageNotFound({ messageId: outcome?.messageId ?? "" })
          return { message, device: row.device_id }
        })
      )
      if (waitMs > 0) reply.header("preference-applied", `wait=${waitMs / 1_000}`)
      return reply
        .code(message.status === "queued" ? 202 : 200)
        .header("location", `/v1/messages/${message.message_id}`)
        .send(messageBody(message, device))
    })
  })
}

/** Whom it is for and what it is; the file of it is kept when the content is asked for. Throws InvalidRequest and FileTooLarge. */
const contentOf = ({ fields, file }: FileBody) => {
  if (file) return fileContent({ ...fields }, file)
  if (fields.text === undefined) throw new InvalidRequest({ field: "text", reason: "is needed, or a file in media" })
  const { to, text } = read(TextMessage, { ...fields })
  return { to, content: Effect.succeed<OutgoingContent>({ kind: "text", text }) }
}

const fileContent = (fields: Readonly<Record<string, unknown>>, file: GivenFile) => {
  const { to, kind: givenKind, filename, caption, voiceNote } = read(FileMessage, fields)
  if (file.problem instanceof FileTooLarge) throw file.problem
  if (file.problem) throw new InvalidRequest({ field: "media", reason: "is not base64" })
  const kind = givenKind ?? kindOf(file.detectedType)
  const mimetype = mediaType(kind, file.detectedType, filename ?? "")
  if (mimetype === undefined) {
    throw new InvalidRequest({ field: "kind", reason: `is ${kind}, but the file is ${file.detectedType}` })
  }
  if (voiceNote === true && !isVoiceNote(kind, mimetype)) {
    throw new InvalidRequest({ field: "voiceNote", reason: `is for audio in Ogg with Opus; the file is ${mimetype}` })
  }
  const content = keptContent(file, { kind, mimetype, filename, caption, voiceNote })
  return { to, content }
}

/** Milliseconds to wait for WhatsApp's word; other preferences are not for us. */
const waitOf = (request: FastifyRequest): number => {
  const preferences = [request.headers.prefer ?? []].flat().join(",")
  const seconds = preferences.match(/(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?(?=$|[,;\s])/i)?.[1]
  return Math.min(Number(seconds ?? 0), WAIT_SECONDS_MAX) * 1_000
}

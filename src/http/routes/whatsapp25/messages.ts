/** Sending: POST /api/send-message and POST /api/send-whatsap, the latter under its right spelling too. */
import { Effect } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import type { OutgoingContent } from "../../../events/message.ts"
import { FileTooLarge } from "../../../store/media/media-folder.ts"
import { authenticateUser } from "../../access/authentication.ts"
import type { HttpContext } from "../../runtime.ts"
import { acceptFiles, type FileBody, type GivenFile } from "../../uploads/file-body.ts"
import { mediaType } from "../../uploads/media-type.ts"
import { FILENAME_MAX, keptContent, TEXT_MAX } from "../../uploads/outgoing-file.ts"
import { fileTooLarge, invalidFile, missingData, Refusal, textTooLong } from "./answers.ts"
import { bodyOf, optionalText, requiredNumber, requiredText, validNumber } from "./body.ts"
import { numberOf, send, senderOf } from "./sending.ts"

const mediaTypes = ["document", "image", "video", "audio"] as const
type MediaType = (typeof mediaTypes)[number]
const isMediaType = (given: string): given is MediaType => mediaTypes.includes(given as MediaType)

export const messageRoutes = (app: FastifyInstance, context: HttpContext): void => {
  const { run, authentication } = context
  /** Before the body is read: nobody without a token makes the gateway take in a file. */
  const preParsing = async (request: FastifyRequest) => {
    await run(authenticateUser(request, authentication))
  }

  app.post("/api/send-message", { preParsing }, async (request) => {
    const user = await run(authenticateUser(request, authentication))
    const body = bodyOf(request.body)
    const given = requiredNumber(body, "number")
    const text = requiredText(body, "message")
    const to = validNumber(given)
    if (text.length > TEXT_MAX) throw textTooLong()
    const from = await senderOf(context, user, body)
    const content = Effect.succeed<OutgoingContent>({ kind: "text", text })
    const messageId = await send(context, request, { user, from, to, asked: ["text", text], content })
    return { success: true, from: numberOf(from), to, messageId }
  })

  app.register(async (files) => {
    acceptFiles(files, context, "media")
    for (const path of ["/api/send-whatsap", "/api/send-whatsapp"]) {
      files.post<{ Body: FileBody }>(path, { preParsing }, async (request) => {
        const user = await run(authenticateUser(request, authentication))
        const { fields, file } = request.body
        const given = requiredNumber(fields, "number")
        const kind = requiredText(fields, "mediatype")
        if (!file) throw missingData()
        const filename = requiredText(fields, "filename")
        const caption = optionalText(fields, "caption")
        const to = validNumber(given)
        if (!isMediaType(kind)) throw new Refusal(400, "Tipo de archivo no soportado")
        if (caption !== undefined && caption.length > TEXT_MAX) throw textTooLong()
        const mimetype = typeOf(kind, file, filename)
        const from = await senderOf(context, user, fields)
        const content = keptContent(file, { kind, mimetype, filename: filename.slice(0, FILENAME_MAX), caption })
        const asked = [kind, file.sha256, filename, caption]
        const messageId = await send(context, request, { user, from, to, asked, content })
        return { success: true, succes: true, from: numberOf(from), to, filename, messageId }
      })
    }
  })
}

const typeOf = (kind: MediaType, { problem, detectedType }: GivenFile, filename: string): string => {
  if (problem instanceof FileTooLarge) throw fileTooLarge()
  if (problem) throw invalidFile()
  const type = mediaType(kind, detectedType, filename)
  if (type === undefined) throw invalidFile()
  return type
}

/** /v1/messages/:id: the fate of a message, and its file. */
import { createReadStream } from "node:fs"
import { create as contentDisposition } from "content-disposition"
import { Effect, Schema } from "effect"
import type { FastifyInstance } from "fastify"
import { fileNameOf, type IncomingContent, type OutgoingContent } from "../../../events/message.ts"
import { MediaFolder } from "../../../store/media/media-folder.ts"
import { Messages } from "../../../store/messages.ts"
import { ReceivedFiles } from "../../../whatsapp/received-files.ts"
import { MediaGone } from "../../../whatsapp/whatsapp.ts"
import type { Principal } from "../../access/accounts.ts"
import { authenticate } from "../../access/authentication.ts"
import { visibleTo } from "../../device-access.ts"
import type { HttpContext } from "../../runtime.ts"
import { messageBody } from "./representations.ts"

/** Rejection: no such message on the asker's devices. */
export class MessageNotFound extends Schema.TaggedError<MessageNotFound>()("MessageNotFound", {
  messageId: Schema.String
}) {
  override get message(): string {
    return `there is no message ${this.messageId}`
  }
}

/** Rejection: the message has no file. */
export class NoMedia extends Schema.TaggedError<NoMedia>()("NoMedia", { messageId: Schema.String }) {
  override get message(): string {
    return `${this.messageId} has no file`
  }
}

type Params = { readonly id: string }

export const messageRoutes = (app: FastifyInstance, { run, authentication }: HttpContext): void => {
  app.get<{ Params: Params }>("/messages/:id", async (request) =>
    run(
      Effect.gen(function* () {
        const principal = yield* authenticate(request, authentication)
        const { message, device } = yield* visibleMessage(principal, request.params.id)
        return messageBody(message, device)
      })
    )
  )

  app.get<{ Params: Params }>("/messages/:id/media", async (request, reply) => {
    const { content, file, path } = await run(
      Effect.gen(function* () {
        const principal = yield* authenticate(request, authentication)
        const { message } = yield* visibleMessage(principal, request.params.id)
        const messages = yield* Messages
        const content = yield* messages.contentOf(message)
        if (!content) return yield* new MediaGone()
        const file = yield* fileOf(content)
        if (!file) return yield* new NoMedia({ messageId: request.params.id })
        const folder = yield* MediaFolder
        return { content, file, path: folder.pathOf(file.name) }
      })
    )
    const etag = `"${file.name}"`
    reply.header("etag", etag).header("cache-control", "private, no-cache")
    if (request.headers["if-none-match"] === etag) return reply.code(304).send()
    return reply
      .header("content-type", safeType(content))
      .header("content-length", file.bytes)
      .header("content-disposition", contentDisposition(safeName(content)))
      .send(createReadStream(path))
  })
}

/** Of several of this id, the one that was sent, else the one that came first. */
const visibleMessage = (principal: Principal, messageId: string) =>
  Effect.gen(function* () {
    const messages = yield* Messages
    const [message] = yield* messages.byId(messageId, visibleTo(principal))
    return message ? { message, device: message.device_id } : yield* new MessageNotFound({ messageId })
  })

/** The file of a message in the media folder, fetched now if it was received and nobody wanted it before. */
const fileOf = (content: OutgoingContent | IncomingContent) =>
  Effect.gen(function* () {
    if ("remote" in content) {
      const received = yield* ReceivedFiles
      return yield* received.fetch(content)
    }
    const name = fileNameOf(content)
    if (name === undefined) return undefined
    const folder = yield* MediaFolder
    const bytes = yield* folder.sizeOf(name)
    return bytes === undefined ? yield* new MediaGone() : { name, bytes }
  })

/** Its name, as far as a header can hold it. */
const safeName = (content: OutgoingContent | IncomingContent): string | undefined =>
  "filename" in content ? content.filename?.toWellFormed().slice(0, FILENAME_MAX).toWellFormed() : undefined

const FILENAME_MAX = 255

/** What the sender says that it is, as far as that can stand in a header; nothing that a browser would run. */
const safeType = (content: OutgoingContent | IncomingContent): string => {
  const given = "remote" in content ? content.mimetype : "media" in content ? content.media.mimetype : null
  return given !== null && MIME.test(given) && !/html|svg|xml|script/i.test(given) ? given : "application/octet-stream"
}

const MIME = /^[a-z]+\/[\w.+-]{1,100}(; ?codecs=\w+)?$/i

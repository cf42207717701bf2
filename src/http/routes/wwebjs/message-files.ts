/** `/message/…`: the file of a message, in JSON or as it is. */
import { createReadStream } from "node:fs"
import { Transform } from "node:stream"
import { pipeline } from "node:stream/promises"
import { Effect, Schema } from "effect"
import type { FastifyReply } from "fastify"
import { listedFile, type MessageFile } from "../../../application/messages.ts"
import type { Operator } from "../../../application/principal.ts"
import { answer, bytes, type Route, route, WrittenByRoute } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { fileAnswer, fileAnswers } from "../../file-answer.ts"
import { callFailures, connectedSession } from "./call.ts"
import { SessionParams } from "./fields.ts"
import { messageExample, messageFields } from "./message-fields.ts"
import { findNamedIn, type Named } from "./message-lookup.ts"

const common = {
  method: "POST",
  tag: "wwebjs",
  access: { for: "operator", scope: "read" },
  params: SessionParams,
  body: Schema.Struct(messageFields),
  failures: [...callFailures, "NoAnswer"],
  examples: [
    {
      params: { sessionId: EXAMPLE.sessionId },
      body: { ...messageExample, messageId: EXAMPLE.sessionFile },
      status: 200
    }
  ],
  isLong: true
} as const

export const messageFileRoutes: readonly Route[] = [
  route({
    ...common,
    id: "wwebjsMessageDownloadMedia",
    path: "/message/downloadMedia/:sessionId",
    summary: "Get the file of a message, in base64",
    answers: { 200: bytes("`messageMedia`, as JSON.", "application/json") },
    handle: ({ principal, params, body }) =>
      Effect.map(fileOf(principal, params.sessionId, body), (file) =>
        answer(200, new WrittenByRoute((reply) => Effect.promise(() => writeMedia(reply, file))))
      )
  }),
  route({
    ...common,
    id: "wwebjsMessageDownloadMediaAsData",
    path: "/message/downloadMediaAsData/:sessionId",
    summary: "Get the file of a message",
    answers: fileAnswers,
    handle: ({ principal, params, body, raw }) =>
      Effect.map(fileOf(principal, params.sessionId, body), (file) => fileAnswer(file, raw))
  })
]

const fileOf = (principal: Operator, sessionId: string, named: Named) =>
  Effect.gen(function* () {
    const device = yield* connectedSession(principal, sessionId)
    const { row } = yield* findNamedIn(device, named)
    return yield* listedFile(device, row)
  })

/** A multiple of 3 bytes, so that the pieces of base64 are one text. */
const PIECE_BYTES = 48 * 1_024

/** A large file is never in memory as a whole. A client that hangs up ends it. */
const writeMedia = async ({ raw }: FastifyReply, { path, bytes: filesize, mimetype, filename }: MessageFile) => {
  const about = { mimetype: mimetype ?? "application/octet-stream", data: "", filename: filename ?? null, filesize }
  const [before = "", after = ""] = JSON.stringify({ success: true, messageMedia: about }).split('"data":""')
  raw.setHeader("content-type", "application/json; charset=utf-8")
  raw.write(`${before}"data":"`)
  try {
    await pipeline(createReadStream(path, { highWaterMark: PIECE_BYTES }), new Base64(), raw, { end: false })
    raw.end(`"${after}`)
  } catch {
    raw.destroy()
  }
}

class Base64 extends Transform {
  #rest: Buffer = Buffer.alloc(0)

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: (failure: null, text: string) => void): void {
    const all = Buffer.concat([this.#rest, piece])
    const whole = all.length - (all.length % 3)
    this.#rest = all.subarray(whole)
    done(null, all.toString("base64", 0, whole))
  }

  override _flush(done: (failure: null, text: string) => void): void {
    done(null, this.#rest.toString("base64"))
  }
}

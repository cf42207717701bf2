/** /v1/messages/:id: what a message says, its delivery status, and its file. */
import { createReadStream } from "node:fs"
import { create as contentDisposition } from "content-disposition"
import { Effect } from "effect"
import { receivedName } from "../../../events/file-name.ts"
import { findMessage, type MessageFile, messageFile, saidOf } from "../../../application/messages.ts"
import { answer, bytes, json, nothing, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { MessageParams } from "./fields.ts"
import { MessageModel, messageModel } from "./models.ts"

const tag = "Messages"

export const messageRoutes: readonly Route[] = [
  route({
    id: "getMessage",
    method: "GET",
    path: "/v1/messages/:id",
    tag,
    summary: "Get a message: what it says, and its delivery status",
    access: { for: "principal", scope: "read" },
    params: MessageParams,
    answers: { 200: json("The message.", MessageModel) },
    failures: ["MessageNotFound"],
    examples: [{ params: { id: EXAMPLE.message }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.gen(function* () {
        const message = yield* findMessage(principal, params.id)
        return answer(200, messageModel(message, yield* saidOf(message)))
      })
  }),
  route({
    id: "getMessageMedia",
    method: "GET",
    path: "/v1/messages/:id/media",
    tag,
    summary: "Get a message's file",
    description: "A received file is fetched from WhatsApp at the first request for it.",
    access: { for: "principal", scope: "read" },
    params: MessageParams,
    headers: { "If-None-Match": "The ETag of the client's copy." },
    answers: { 200: bytes("The file.", "application/octet-stream"), 304: nothing("The client's copy is up to date.") },
    failures: ["MessageNotFound", "NoMedia", "MediaGone", "MediaUnusable", "FileTooLarge", "NoAnswer"],
    examples: [{ params: { id: EXAMPLE.fileMessage }, status: 200 }],
    isLong: true,
    handle: ({ principal, params, raw }) =>
      Effect.map(messageFile(principal, params.id), (file) => {
        const etag = `"${file.name}"`
        const headers = { etag, "cache-control": "private, no-cache" }
        if (raw.headers["if-none-match"] === etag) return answer(304, undefined, headers)
        return answer(200, createReadStream(file.path), {
          ...headers,
          "content-type": safeType(file),
          "content-length": file.bytes,
          "content-disposition": contentDisposition(safeName(file))
        })
      })
  })
]

/** Names that clients gave, and that earlier releases recorded, are made safe here. */
const safeName = ({ filename }: MessageFile): string | undefined =>
  filename === undefined ? undefined : receivedName(filename)

/** The sender's MIME type, without parameters except the codec of a voice note. A type that a browser would run is replaced. */
const safeType = ({ mimetype }: MessageFile): string => {
  const [type = "", codec] = (mimetype ?? "")
    .toLowerCase()
    .split(";", 2)
    .map((part) => part.trim())
  const [, subtype = ""] = MIME.exec(type) ?? []
  if (subtype === "" || active.has(subtype) || subtype.endsWith("+xml")) return "application/octet-stream"
  return codec === OPUS ? `${type}; ${OPUS}` : type
}

const MIME = /^[a-z]+\/([\w.+-]{1,100})$/
const OPUS = "codecs=opus"
/** What a browser would show as a page, or run. SVG is `svg+xml`. */
const active = new Set([
  "html",
  "xml",
  "javascript",
  "x-javascript",
  "ecmascript",
  "x-ecmascript",
  "jscript",
  "livescript"
])

/**
 * How a kept file is served, in every dialect: whole or in part, with a type and a name that a browser can be trusted with.
 *
 * A file's name in the media folder follows from its content, so it is its ETag. helmet adds `nosniff`.
 */
import { createReadStream } from "node:fs"
import { Readable } from "node:stream"
import { create as contentDisposition } from "content-disposition"
import type { FastifyRequest } from "fastify"
import type { MessageFile } from "../application/messages.ts"
import { receivedName } from "../events/file-name.ts"
import { rangeOf } from "./byte-range.ts"
import { answer, bytes, nothing } from "./declaration.ts"

/** The request headers that `fileAnswer` reads, for the declaration of its route. */
export const fileHeaders = {
  Range: "`bytes=<first>-<last>`, `bytes=<first>-` or `bytes=-<count>`: a part of the file.",
  "If-Range": "The ETag of the part that the client has: if the file is another, all of it is returned.",
  "If-None-Match": "The ETag of the client's copy."
}

/** The responses of `fileAnswer`, for the declaration of its route. */
export const fileAnswers = {
  200: bytes("The file.", "application/octet-stream"),
  206: bytes("The part of the file that `Range` asks for.", "application/octet-stream"),
  304: nothing("The client's copy is up to date."),
  416: nothing("The file has no byte of the `Range`; `Content-Range` tells its size.")
}

export const fileAnswer = (file: MessageFile, { method, headers }: FastifyRequest) => {
  const etag = `"${file.name}"`
  const common = { etag, "cache-control": "private, no-cache", "accept-ranges": "bytes" }
  if (isNamed(etag, headers["if-none-match"])) return answer(304, undefined, common)
  const described = {
    ...common,
    "content-type": safeType(file),
    "content-disposition": contentDisposition(safeName(file))
  }
  // A part of another file is of no use. An `If-Range` with a date never matches, because files have no date here.
  const isSame = headers["if-range"] === undefined || headers["if-range"] === etag
  const range = method === "GET" && isSame ? rangeOf(headers.range, file.bytes) : undefined
  if (range === "unsatisfiable") return answer(416, undefined, { ...common, "content-range": `bytes */${file.bytes}` })
  if (range === undefined) {
    const whole = method === "HEAD" ? Readable.from([]) : createReadStream(file.path)
    return answer(200, whole, { ...described, "content-length": file.bytes })
  }
  const { first, last } = range
  return answer(206, createReadStream(file.path, { start: first, end: last }), {
    ...described,
    "content-length": last - first + 1,
    "content-range": `bytes ${first}-${last}/${file.bytes}`
  })
}

/** `If-None-Match` compares weakly (RFC 9110, 13.1.2). */
const isNamed = (etag: string, given: string | undefined): boolean =>
  given?.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === etag) ?? false

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

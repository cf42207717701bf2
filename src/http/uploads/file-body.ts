/**
 * JSON bodies with a file in base64 as one field. The file is written to disk while it arrives, so that 100 MB are never in memory.
 *
 * The route responds to a problem with the file in its dialect, after the problems of the other fields. Therefore the rest of such a
 * body is read and dropped.
 */
import type { IncomingMessage } from "node:http"
import { Effect } from "effect"
import { errorCodes, type FastifyInstance, type FastifyRequest } from "fastify"
import type { ArrivedFile } from "../../application/outgoing-file.ts"
import { FileTooLarge, MediaFolder, type MediaSink, type StoredFile } from "../../store/media/media-folder.ts"
import type { Run } from "../runtime.ts"
import { Base64Decoder, NotBase64 } from "./base64-decoder.ts"
import { FieldReader } from "./field-reader.ts"

/** A body as routes get it. */
export interface FileBody {
  readonly fields: Readonly<Record<string, unknown>>
  /** Undefined when the field is missing, empty or not a text. */
  readonly file: GivenFile | undefined
}

export interface GivenFile extends ArrivedFile {
  /** Why the file cannot be kept. */
  readonly problem: NotBase64 | FileTooLarge | undefined
}

declare module "fastify" {
  interface FastifyRequest {
    uploadedFile: UploadedFile | undefined
  }
}

const { FST_ERR_CTP_BODY_TOO_LARGE, FST_ERR_CTP_INVALID_CONTENT_LENGTH } = errorCodes

/** For everything in the body except the file. */
const FIELDS_BYTES_MAX = 1_000_000

interface FileLimits {
  readonly field: string
  readonly attachmentBytesMax: number
}

/** Makes the routes of this instance accept such bodies, with the file in `field`. Replaces the instance's JSON parser. */
export const acceptFiles = (app: FastifyInstance, run: Run, { field, attachmentBytesMax }: FileLimits): void => {
  const bodyBytesMax = Math.ceil((attachmentBytesMax * 4) / 3) + FIELDS_BYTES_MAX
  const begin = () => run(Effect.flatMap(MediaFolder, (folder) => folder.begin(attachmentBytesMax)))
  app.decorateRequest("uploadedFile", undefined)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("application/json", (request: FastifyRequest, payload: IncomingMessage) => {
    request.uploadedFile = new UploadedFile(begin)
    const reader = new FieldReader(field, request.headers["content-type"], request.declared?.dialect.numbersAreTexts)
    return readBody(payload, bodyBytesMax, reader, request.uploadedFile)
  })
  // A request without a body counts as one with an empty object.
  app.addHook("preValidation", async (request) => {
    request.body ??= { fields: {}, file: undefined } satisfies FileBody
  })
  // When the response is sent. For a client that has hung up nothing is sent, but the hook still runs.
  app.addHook("onSend", async ({ uploadedFile }) => uploadedFile?.discard())
}

const readBody = async (
  payload: IncomingMessage,
  bytesMax: number,
  reader: FieldReader,
  file: UploadedFile
): Promise<FileBody> => {
  if (Number(payload.headers["content-length"]) > bytesMax) throw new FST_ERR_CTP_BODY_TOO_LARGE()
  let received = 0
  try {
    // The response still needs the connection, even if the body is wrong.
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      received += chunk.length
      if (received > bytesMax) throw new FST_ERR_CTP_BODY_TOO_LARGE()
      await file.write(reader.read(chunk))
    }
  } catch (failure) {
    await file.discard()
    throw payload.errored === failure ? new FST_ERR_CTP_INVALID_CONTENT_LENGTH() : failure
  }
  // An empty body counts as an empty object, as on every route.
  if (received > 0) await file.write(reader.end())
  await file.end()
  return { fields: reader.fields, file: file.isEmpty ? undefined : file }
}

class UploadedFile implements GivenFile {
  problem: NotBase64 | FileTooLarge | undefined
  detectedType: string | null = null
  sha256 = ""
  isEmpty = true
  readonly #begin: () => Promise<MediaSink>
  readonly #decoder = new Base64Decoder()
  #sink: MediaSink | undefined
  #kept: MediaSink | undefined
  #isOver = false

  constructor(begin: () => Promise<MediaSink>) {
    this.#begin = begin
  }

  async write(text: string): Promise<void> {
    if (text === "") return
    this.isEmpty = false
    await this.#put(() => this.#decoder.push(text))
  }

  async end(): Promise<void> {
    if (this.isEmpty) return
    await this.#put(() => this.#decoder.end())
    if (this.#sink === undefined) this.problem ??= new NotBase64()
    else {
      this.detectedType = await this.#sink.detectType()
      this.sha256 = this.#sink.sha256()
    }
  }

  async keep(): Promise<StoredFile> {
    const sink = this.#sink
    if (sink === undefined || this.problem) throw new Error("there is no file to keep")
    this.#sink = undefined
    this.#kept = sink
    return sink.finish()
  }

  async discard(): Promise<void> {
    this.#isOver = true
    this.#kept?.release()
    const sink = this.#sink
    this.#sink = undefined
    await sink?.abort()
  }

  async #put(decode: () => Uint8Array): Promise<void> {
    if (this.#isOver) return
    try {
      const bytes = decode()
      if (bytes.length === 0) return
      this.#sink ??= await this.#begin()
      await this.#sink.write(bytes)
    } catch (failure) {
      await this.discard()
      if (!(failure instanceof NotBase64 || failure instanceof FileTooLarge)) throw failure
      this.problem = failure
    }
  }
}

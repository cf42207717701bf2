/** Bodies with a file: JSON with the file in base64 as one field, or a form (multipart/form-data) with the file as one part. */
import type { IncomingMessage } from "node:http"
import { Effect } from "effect"
import { errorCodes, type FastifyInstance, type FastifyRequest } from "fastify"
import { MediaFolder } from "../../store/media/media-folder.ts"
import type { Run } from "../runtime.ts"
import type { BodyReader } from "./body-reader.ts"
import { FieldReader } from "./field-reader.ts"
import { FormReader } from "./form-reader.ts"
import { type GivenFile, UploadedFile } from "./uploaded-file.ts"

/** A body as routes get it. */
export interface FileBody {
  readonly fields: Readonly<Record<string, unknown>>
  /** Undefined when the field is missing, empty or not a text. */
  readonly file: GivenFile | undefined
  /** The fields come from a form, so that all are texts. */
  readonly isForm?: boolean
  /** Takes a file that the client names instead of sending it, as if it had come with the body. Rejects as `pieces` does. */
  readonly receive: UploadedFile["receive"]
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
  /** The field with the file in base64. */
  readonly field: string
  /** The part of a form with the file; undefined: forms are refused. */
  readonly part: string | undefined
  readonly attachmentBytesMax: number
}

/** Makes the routes of this instance accept such bodies. Replaces the instance's JSON parser. */
export const acceptFiles = (app: FastifyInstance, run: Run, { field, part, attachmentBytesMax }: FileLimits): void => {
  const begin = () => run(Effect.flatMap(MediaFolder, (folder) => folder.begin(attachmentBytesMax)))
  const base64BytesMax = Math.ceil((attachmentBytesMax * 4) / 3) + FIELDS_BYTES_MAX
  app.decorateRequest("uploadedFile", undefined)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("application/json", (request: FastifyRequest, payload: IncomingMessage) => {
    const reader = new FieldReader(field, request.headers["content-type"], request.declared?.dialect.numbersAreTexts)
    const file = new UploadedFile(begin)
    request.uploadedFile = file
    return readBody(payload, base64BytesMax, file, {
      fields: reader.fields,
      read: (chunk) => file.writeText(reader.read(chunk)),
      // An empty body counts as an empty object, as on every route.
      end: async (received) => (received > 0 ? file.writeText(reader.end()) : undefined)
    })
  })
  if (part !== undefined) {
    app.addContentTypeParser("multipart/form-data", async (request: FastifyRequest, payload: IncomingMessage) => {
      const file = new UploadedFile(begin)
      request.uploadedFile = file
      const reader = new FormReader(request.headers["content-type"] ?? "", { field, part }, file)
      return { ...(await readBody(payload, base64BytesMax, file, reader)), isForm: true } satisfies FileBody
    })
  }
  // A request without a body counts as one with an empty object.
  app.addHook("preValidation", async (request) => {
    const file = (request.uploadedFile ??= new UploadedFile(begin))
    request.body ??= bodyOf({}, file)
  })
  // When the response is sent, or its client has hung up.
  app.addHook("onSend", async ({ uploadedFile }) => uploadedFile?.discard())
  app.addHook("onRequest", async (request, reply) => {
    const discard = async () => request.uploadedFile?.discard()
    reply.raw.once("close", () => {
      discard().catch((failure: unknown) => request.log.warn({ err: failure }, "a file of a request was not deleted"))
    })
  })
}

const readBody = async (
  payload: IncomingMessage,
  bytesMax: number,
  file: UploadedFile,
  reader: BodyReader
): Promise<FileBody> => {
  if (Number(payload.headers["content-length"]) > bytesMax) throw new FST_ERR_CTP_BODY_TOO_LARGE()
  let received = 0
  try {
    // The response still needs the connection, even if the body is wrong.
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      received += chunk.length
      if (received > bytesMax) throw new FST_ERR_CTP_BODY_TOO_LARGE()
      await reader.read(chunk)
    }
    await reader.end(received)
    await file.end()
  } catch (failure) {
    await file.discard()
    throw payload.errored === failure ? new FST_ERR_CTP_INVALID_CONTENT_LENGTH() : failure
  }
  return bodyOf(reader.fields, file)
}

const bodyOf = (fields: FileBody["fields"], file: UploadedFile): FileBody => ({
  fields,
  file: file.hasArrived ? file : undefined,
  receive: (pieces, filename) => file.receive(pieces, filename)
})

/** Reads a form (multipart/form-data) while it arrives: its texts become fields, its file goes to the disk. */
import { Busboy, type BusboyFileStream } from "@fastify/busboy"
import { errorCodes } from "fastify"
import { fittingName } from "../../events/file-name.ts"
import type { BodyReader } from "./body-reader.ts"
import type { UploadedFile } from "./uploaded-file.ts"

const { FST_ERR_CTP_BODY_TOO_LARGE } = errorCodes

/** Rejection: the body is not a form, or not a complete one. */
export class NotMultipart extends Error {
  readonly code = "NOT_MULTIPART"
  readonly statusCode = 400
  constructor(reason: string) {
    super(`the body is not multipart/form-data: ${reason}`)
  }
}

/** Of all texts together. */
const TEXT_BYTES_MAX = 1_000_000
const PARTS_MAX = 50
const HEADERS_MAX = 20
const HEADER_BYTES_MAX = 16_384

interface FileParts {
  /** The part with the file in base64, if it comes as a text. */
  readonly field: string
  /** The part with the file itself. */
  readonly part: string
}

export class FormReader implements BodyReader {
  readonly fields: Record<string, unknown> = Object.create(null)
  readonly #parser: InstanceType<typeof Busboy>
  readonly #file: UploadedFile
  readonly #parts: FileParts
  /** Ends with the form, or fails with what is wrong with it. */
  readonly #parsed: Promise<void>
  #failure: Error | undefined
  #reading: Promise<void> = Promise.resolve()
  #textBytes = 0
  #hasFile = false

  /** Throws NotMultipart when the content type has no boundary. */
  constructor(contentType: string, parts: FileParts, file: UploadedFile) {
    this.#file = file
    this.#parts = parts
    try {
      this.#parser = new Busboy({
        headers: { "content-type": contentType },
        isPartAFile: (name, _type, filename) => this.#isFile(name, filename),
        limits: {
          fieldSize: TEXT_BYTES_MAX,
          parts: PARTS_MAX,
          headerPairs: HEADERS_MAX,
          headerSize: HEADER_BYTES_MAX
        }
      })
    } catch {
      throw new NotMultipart("its content type has no boundary")
    }
    this.#parsed = new Promise((resolve) => {
      const fail = (failure: Error) => {
        this.#failure ??= failure
        resolve()
      }
      this.#parser.on("finish", resolve)
      this.#parser.on("error", (failure) => fail(new NotMultipart(messageOf(failure))))
      this.#parser.on("partsLimit", () => fail(new NotMultipart(`it has more than ${PARTS_MAX} parts`)))
      this.#parser.on("field", (name, text, _, isCut) => {
        this.#textBytes += Buffer.byteLength(text)
        if (isCut || this.#textBytes > TEXT_BYTES_MAX) fail(new FST_ERR_CTP_BODY_TOO_LARGE())
        else if (name === "__proto__") fail(new NotMultipart("a part has a name that is not allowed"))
        else this.fields[name] = text
      })
      this.#parser.on("file", (name, stream, filename) => {
        // The parser emits the error, but does not end the stream with it.
        stream.on("error", (failure) => {
          fail(new NotMultipart(messageOf(failure)))
          stream.destroy(failure)
        })
        if (this.#hasFile || !this.#isWanted(name)) {
          stream.resume()
          fail(new NotMultipart(`the only file that it may have is one part ${this.#parts.part}`))
          return
        }
        this.#hasFile = true
        this.#reading = this.#readFile(stream, filename).catch(fail)
      })
    })
  }

  async read(chunk: Buffer): Promise<void> {
    // The parser takes the next chunk when the disk has taken this one.
    const isTaken = new Promise<void>((resolve) => this.#parser.write(chunk, () => resolve()))
    await Promise.race([isTaken, this.#parsed])
    if (this.#failure) throw this.#failure
  }

  async end(): Promise<void> {
    this.#parser.end()
    await this.#parsed
    await this.#reading
    if (this.#failure) throw this.#failure
  }

  #isFile(name: string | undefined, filename: string | undefined): boolean {
    return filename !== undefined || this.#isWanted(name)
  }

  #isWanted(name: string | undefined): boolean {
    return name === this.#parts.part || name === this.#parts.field
  }

  async #readFile(stream: BusboyFileStream, filename: string | undefined): Promise<void> {
    if (filename === undefined) {
      // A text, in base64.
      for await (const piece of stream as AsyncIterable<Buffer>) await this.#file.writeText(piece.toString("latin1"))
      return
    }
    this.#file.filename = fittingName(filename) || undefined
    // A file of no bytes is a file, and a form without a chosen file has an empty one without a name.
    if (filename !== "") await this.#file.write(new Uint8Array(0))
    for await (const piece of stream as AsyncIterable<Buffer>) await this.#file.write(piece)
  }
}

const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))

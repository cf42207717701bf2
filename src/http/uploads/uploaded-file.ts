/**
 * The file of a request. It is written to disk while it arrives, so that 100 MB are never in memory, and is deleted at the end of the
 * request unless it was kept.
 *
 * The route responds to a problem with the file in its dialect, after the problems of the other fields. Therefore a problem is recorded
 * here, and the rest of the file is dropped.
 */
import type { ArrivedFile } from "../../application/outgoing-file.ts"
import { FileTooLarge, type MediaSink, type StoredFile } from "../../store/media/media-folder.ts"
import { Base64Decoder, NotBase64 } from "./base64-decoder.ts"

export interface GivenFile extends ArrivedFile {
  /** Why the file cannot be kept. */
  readonly problem: NotBase64 | FileTooLarge | undefined
  /** The client's name for it, where it came with the file. */
  readonly filename: string | undefined
}

export class UploadedFile implements GivenFile {
  problem: NotBase64 | FileTooLarge | undefined
  filename: string | undefined
  detectedType: string | null = null
  sha256 = ""
  hasArrived = false
  readonly #begin: () => Promise<MediaSink>
  #decoder: Base64Decoder | undefined
  #sink: MediaSink | undefined
  #kept: MediaSink | undefined
  #isOver = false

  constructor(begin: () => Promise<MediaSink>) {
    this.#begin = begin
  }

  get path(): string {
    return this.#sink?.path ?? ""
  }

  /** Takes a part of the file's base64. An empty text is no file. */
  async writeText(text: string): Promise<void> {
    if (text === "") return
    this.hasArrived = true
    this.#decoder ??= new Base64Decoder()
    const decoder = this.#decoder
    await this.#put(() => decoder.push(text))
  }

  /** Takes a part of the file itself. */
  async write(bytes: Uint8Array): Promise<void> {
    this.hasArrived = true
    await this.#put(() => bytes)
  }

  /** Call it after the last part. */
  async end(): Promise<void> {
    if (!this.hasArrived) return
    const decoder = this.#decoder
    if (decoder) await this.#put(() => decoder.end())
    if (this.#sink === undefined) {
      this.problem ??= new NotBase64()
      return
    }
    this.detectedType = await this.#sink.detectType()
    this.sha256 = this.#sink.sha256()
  }

  /** Takes a whole file that comes in another way than with the body. Rejects as `pieces` does. */
  async receive(pieces: AsyncIterable<Uint8Array>, filename: string | undefined): Promise<GivenFile> {
    this.filename = filename
    await this.write(new Uint8Array(0))
    for await (const piece of pieces) {
      await this.write(piece)
      if (this.problem || this.#isOver) break
    }
    await this.end()
    return this
  }

  async replace(bytes: Uint8Array): Promise<void> {
    const sink = await this.#begin()
    try {
      await sink.write(bytes)
    } catch (failure) {
      await sink.abort()
      throw failure
    }
    const given = this.#sink
    this.#sink = sink
    await given?.abort()
    if (this.#isOver) await this.discard()
  }

  async keep(): Promise<StoredFile> {
    const sink = this.#sink
    if (sink === undefined || this.problem) throw new Error("there is no file to keep")
    this.#sink = undefined
    this.#kept = sink
    return sink.finish()
  }

  /** Deletes the file if it was not kept. What arrives afterwards is dropped. */
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
      // Nothing decoded yet is no file yet; no bytes of a file are a file.
      if (bytes.length === 0 && this.#decoder) return
      this.#sink ??= await this.#begin()
      await this.#sink.write(bytes)
      if (this.#isOver) await this.discard()
    } catch (failure) {
      await this.discard()
      if (!(failure instanceof NotBase64 || failure instanceof FileTooLarge)) throw failure
      this.problem = failure
    }
  }
}

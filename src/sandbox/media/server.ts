/**
 * The media server: HTTPS on 127.0.0.1. It stores encrypted media and serves it; it has no keys.
 * `POST /mms/<type>/<token>?auth=…` answers `{url, direct_path}` (messages-media.js getWAUploadToServer); `GET
 * <direct_path>` answers the bytes, or a part of them for a Range. Bodies are streamed to files, so large media needs no
 * memory. An upload over `uploadBytesMax` is refused. When all media is over `mediaBytesMax`, the oldest is deleted.
 */
import { randomBytes } from "node:crypto"
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync } from "node:fs"
import { rename, rm } from "node:fs/promises"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer, type Server } from "node:https"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { Readable, Transform } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { ArmedFaults } from "../faults/armed-faults.ts"
import type { Settings } from "../settings.ts"
import type { Counters } from "../state/counters.ts"
import type { State } from "../state/store.ts"
import type { TlsIdentity } from "./certificates.ts"

/** What the media server needs. No other part writes to `folder`. */
export interface MediaServerParts {
  readonly folder: string
  readonly tls: TlsIdentity
  readonly state: State
  readonly settings: Settings
  readonly counters: Counters
  readonly faults: ArmedFaults
}

interface StoredFile {
  readonly file: string
  readonly bytes: number
  /** The status with which downloads are answered, because the file has expired. */
  readonly goneWith?: number
}

const AGAIN = "/again/"

class TooLarge extends Error {}

/** The server. Its media survives when the state does. */
export class MediaServer {
  /** The token that uploads must carry. Clients get it in `media_conn`. */
  readonly auth: string
  readonly #parts: MediaServerParts
  readonly #server: Server
  readonly #files = new Map<string, StoredFile>()
  #bytes = 0
  #host = ""

  /** Loads what survived. */
  constructor(parts: MediaServerParts) {
    this.#parts = parts
    this.auth =
      (parts.state.get("network", "media-auth") as string | undefined) ?? randomBytes(24).toString("base64url")
    parts.state.put("network", "media-auth", this.auth)
    mkdirSync(parts.folder, { recursive: true, mode: 0o700 })
    for (const [path, stored] of parts.state.rows("media")) {
      this.#files.set(path, stored as StoredFile)
      this.#bytes += (stored as StoredFile).bytes
    }
    this.#deleteOrphans()
    this.#server = createServer({ key: parts.tls.key, cert: parts.tls.certificate }, (request, response) => {
      void this.#answer(request, response).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500)
        response.end()
        parts.settings.log(`sandbox: the media server failed: ${String(error)}`)
      })
    })
  }

  /** `127.0.0.1:<port>`. Empty before `start`. */
  get host(): string {
    return this.#host
  }

  /** Bytes stored now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Lets every file expire that is there: downloads get this status. A phone can upload it again. */
  expireAll(status: number): void {
    for (const [path, stored] of this.#files) this.#register(path, { ...stored, goneWith: status })
  }

  /** Keeps a file that is not encrypted, such as a picture, and returns its path. */
  async keep(bytes: Uint8Array): Promise<string> {
    return this.#store("/pps", Readable.from([bytes]))
  }

  /** Listens and returns the port. */
  start(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen(port, "127.0.0.1", () => {
        const address = this.#server.address() as AddressInfo
        this.#host = `127.0.0.1:${address.port}`
        resolve(address.port)
      })
    })
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  /** Deletes files without an entry: uploads that were interrupted. */
  #deleteOrphans(): void {
    const known = new Set([...this.#files.values()].map(({ file }) => file))
    for (const file of readdirSync(this.#parts.folder)) {
      if (!known.has(file)) rmSync(join(this.#parts.folder, file), { force: true })
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "https://media")
    if (request.method === "POST" && url.pathname.startsWith(AGAIN)) this.#uploadAgain(url, response)
    else if (request.method === "POST") await this.#upload(url, request, response)
    else if (request.method === "GET") await this.#download(url.pathname, request, response)
    else response.writeHead(405).end()
  }

  async #upload(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults, counters } = this.#parts
    const fault = faults.trigger("upload_error")
    const status = fault === undefined ? this.#refusal(url) : (fault.code ?? 503)
    if (status !== undefined) {
      request.resume()
      response.writeHead(status, { "content-type": "application/json" }).end("{}")
      return
    }
    try {
      const path = await this.#store(url.pathname, request)
      counters.uploads++
      const body = JSON.stringify({ url: `https://${this.#host}${path}`, direct_path: path })
      response.writeHead(200, { "content-type": "application/json" }).end(body)
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error
      response.writeHead(413, { "content-type": "application/json", connection: "close" }).end("{}")
      request.destroy()
    }
  }

  /**
   * `POST /again<direct_path>`: a phone that still has the file uploads it again. In place of the phone this server has kept it, and gives
   * it another path.
   */
  #uploadAgain(url: URL, response: ServerResponse): void {
    const path = url.pathname.slice(AGAIN.length - 1)
    const stored = this.#files.get(path)
    if (stored === undefined || url.searchParams.get("auth") !== this.auth) {
      response.writeHead(404).end("{}")
      return
    }
    this.#files.delete(path)
    this.#parts.state.remove("media", path)
    const again = `${path.slice(0, path.lastIndexOf("/"))}/${randomBytes(16).toString("hex")}`
    this.#register(again, { file: stored.file, bytes: stored.bytes })
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ direct_path: again }))
  }

  #register(path: string, stored: StoredFile): void {
    this.#files.set(path, stored)
    this.#parts.state.put("media", path, stored)
  }

  #refusal(url: URL): number | undefined {
    if (!/^\/(?:mms|product|pps)\/[\w-]+\/[\w%.~=-]+$/.test(url.pathname)) return 404
    return url.searchParams.get("auth") === this.auth ? undefined : 401
  }

  async #store(uploadPath: string, request: Readable): Promise<string> {
    const { folder, settings } = this.#parts
    const name = randomBytes(16).toString("hex")
    const partial = join(folder, `${name}.part`)
    let bytes = 0
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        bytes += chunk.length
        next(bytes > settings.uploadBytesMax ? new TooLarge() : null, chunk)
      }
    })
    try {
      await pipeline(request, counted, createWriteStream(partial, { mode: 0o600 }), { end: true })
    } catch (error) {
      await rm(partial, { force: true })
      throw error
    }
    await rename(partial, join(folder, name))
    const path = `/d${uploadPath}/${name}`
    this.#register(path, { file: name, bytes })
    this.#bytes += bytes
    await this.#dropOldest()
    return path
  }

  async #dropOldest(): Promise<void> {
    const { folder, settings, state, counters } = this.#parts
    for (const [path, { file, bytes }] of this.#files) {
      if (this.#bytes <= settings.mediaBytesMax) return
      this.#files.delete(path)
      state.remove("media", path)
      this.#bytes -= bytes
      counters.droppedMedia++
      settings.log(`sandbox: the media is over its bound; the oldest, ${path}, is deleted`)
      await rm(join(folder, file), { force: true })
    }
  }

  async #download(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults, counters } = this.#parts
    const stored = this.#files.get(path)
    const fault = faults.trigger("download_error")
    if (fault !== undefined || stored === undefined || stored.goneWith !== undefined) {
      response.writeHead(fault === undefined ? (stored?.goneWith ?? 404) : (fault.code ?? 503)).end()
      return
    }
    counters.downloads++
    const file = join(this.#parts.folder, stored.file)
    const range = partOf(request.headers.range, stored.bytes)
    if (range === undefined) {
      response.writeHead(200, { "content-length": stored.bytes, "accept-ranges": "bytes" })
      await this.#send(file, stored.bytes, response)
    } else if (range.start > range.end) {
      response.writeHead(416, { "content-range": `bytes */${stored.bytes}` }).end()
    } else {
      const length = range.end - range.start + 1
      const contentRange = `bytes ${range.start}-${range.end}/${stored.bytes}`
      response.writeHead(206, { "content-length": length, "content-range": contentRange })
      await pipeline(createReadStream(file, range), response)
    }
  }

  /** The whole file, unless the faults `download_cut` and `download_altered` say otherwise. */
  async #send(file: string, bytes: number, response: ServerResponse): Promise<void> {
    const middle = Math.floor(bytes / 2)
    if (this.#parts.faults.trigger("download_cut") !== undefined) {
      for await (const chunk of createReadStream(file, { end: middle })) response.write(chunk)
      response.destroy()
    } else if (this.#parts.faults.trigger("download_altered") !== undefined) {
      await pipeline(createReadStream(file), withFlippedByte(middle), response)
    } else await pipeline(createReadStream(file), response)
  }
}

function withFlippedByte(position: number): Transform {
  let before = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      const flipped = Buffer.from(chunk)
      const at = position - before
      before += chunk.length
      if (at >= 0 && at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ 1
      next(null, flipped)
    }
  })
}

/** The first and last byte that a Range header asks for; undefined without a valid header. */
function partOf(header: string | undefined, bytes: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? "")
  if (match === null) return undefined
  const last = match[2] === "" ? bytes - 1 : Number(match[2])
  return { start: Number(match[1]), end: Math.min(last, bytes - 1) }
}

/**
 * The media client of phones and contacts. It uploads and downloads over TLS, as a gateway does, and trusts only the
 * network's own authority.
 */
import { Agent, request } from "node:https"
import { MEDIA_PATH_MAP, type MediaType, sha256 } from "@whiskeysockets/baileys"
import { decryptMedia, type EncryptedMedia, encryptMedia } from "./encryption.ts"

/** Where an encrypted upload is, in the fields of a media message. */
export type EncryptedUpload = Omit<EncryptedMedia, "encrypted"> & { readonly url: string; readonly directPath: string }

/** The same for any upload. What is not encrypted has only one hash and no key. */
export type UploadedMedia = Pick<EncryptedUpload, "fileSha256" | "url" | "directPath"> & Partial<EncryptedUpload>

/** Where the media of a message is, and the key that decrypts it. */
export interface MediaReference {
  readonly type: "image" | "video" | "ptv" | "audio" | "document" | "sticker"
  readonly directPath: string
  /** Missing for the media of channels, which is not encrypted. */
  readonly mediaKey?: Uint8Array
}

/** The address of the media server, and what it demands. */
export interface MediaClientOptions {
  /** `127.0.0.1:<port>` of the media server. */
  readonly host: string
  /** The token that uploads must carry. */
  readonly auth: string
  readonly authority: string
  readonly bytesMax: number
}

/** The client. It keeps connections open until `close`. */
export class MediaClient {
  readonly #options: MediaClientOptions
  readonly #agent: Agent

  constructor(options: MediaClientOptions) {
    this.#options = options
    this.#agent = new Agent({ ca: options.authority, keepAlive: true })
  }

  /** Encrypts and uploads. Fails when the server refuses. */
  async upload(plain: Uint8Array, type: MediaType): Promise<EncryptedUpload> {
    const { encrypted, ...media } = await encryptMedia(plain, type)
    return { ...media, ...(await this.#store(encrypted, media.fileEncSha256, type)) }
  }

  /** Uploads as it is, for a channel. */
  async uploadPlain(plain: Uint8Array, type: MediaType): Promise<UploadedMedia> {
    const fileSha256 = sha256(Buffer.from(plain))
    return { fileSha256, ...(await this.#store(Buffer.from(plain), fileSha256, type)) }
  }

  async #store(bytes: Buffer, hash: Uint8Array, type: MediaType): Promise<{ url: string; directPath: string }> {
    const token = Buffer.from(hash).toString("base64url")
    const path = `${MEDIA_PATH_MAP[type]}/${token}?auth=${encodeURIComponent(this.#options.auth)}&token=${token}`
    const answer = JSON.parse((await this.#fetch("POST", path, bytes)).toString("utf8")) as {
      url: string
      direct_path: string
    }
    return { url: answer.url, directPath: answer.direct_path }
  }

  /** Downloads and decrypts. Fails when the server no longer has the media, or its HMAC is wrong. */
  async download({ type, directPath, mediaKey }: MediaReference): Promise<Buffer> {
    const stored = await this.#fetch("GET", directPath)
    return mediaKey === undefined ? stored : decryptMedia(stored, mediaKey, type)
  }

  /** Uploads a file again that was uploaded before; where it is then. Undefined when the phone no longer has it. */
  async uploadAgain(directPath: string): Promise<string | undefined> {
    try {
      const path = `/again${directPath}?auth=${encodeURIComponent(this.#options.auth)}`
      return (JSON.parse((await this.#fetch("POST", path)).toString("utf8")) as { direct_path: string }).direct_path
    } catch {
      return undefined
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  #fetch(method: "GET" | "POST", path: string, body?: Buffer): Promise<Buffer> {
    const { host, bytesMax } = this.#options
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-length": body.length }
      const call = request(`https://${host}${path}`, { method, agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on("data", (chunk: Buffer) => {
          size += chunk.length
          chunks.push(chunk)
          if (size > bytesMax) response.destroy(new Error(`the media is larger than ${bytesMax} bytes`))
        })
        response.on("error", reject)
        response.on("end", () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks))
          else
            reject(new Error(`the media server answered ${method} ${path} with ${response.statusCode ?? "no status"}`))
        })
      })
      call.on("error", reject)
      call.end(body)
    })
  }
}

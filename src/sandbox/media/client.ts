/**
 * How phones and contacts use the media server: over TLS, as any client does, trusting the network's own authority and
 * nothing else.
 */
import { Agent, request } from "node:https"
import { MEDIA_PATH_MAP, type MediaType } from "@whiskeysockets/baileys"
import { openMedia, type SealedMedia, sealMedia } from "./encryption.ts"

/** Where an upload went, in the words of a media message. */
export type UploadedMedia = Omit<SealedMedia, "sealed"> & { readonly url: string; readonly directPath: string }

/** What a media message says about its media. */
export interface MediaReference {
  readonly type: "image" | "video" | "audio" | "document" | "sticker"
  readonly directPath: string
  readonly mediaKey: Uint8Array
}

/** Where the media server is, and how to be let in. */
export interface MediaClientOptions {
  /** `127.0.0.1:<port>` of the media server. */
  readonly host: string
  /** Token that uploads must carry. */
  readonly auth: string
  readonly authority: string
  readonly bytesMax: number
}

/** A client of the media server; it keeps connections open until it is closed. */
export class MediaClient {
  readonly #options: MediaClientOptions
  readonly #agent: Agent

  constructor(options: MediaClientOptions) {
    this.#options = options
    this.#agent = new Agent({ ca: options.authority, keepAlive: true })
  }

  /** Seals and uploads. Fails when the server refuses. */
  async upload(plain: Uint8Array, type: MediaType): Promise<UploadedMedia> {
    const { sealed, ...media } = await sealMedia(plain, type)
    const token = Buffer.from(media.fileEncSha256).toString("base64url")
    const path = `${MEDIA_PATH_MAP[type]}/${token}?auth=${encodeURIComponent(this.#options.auth)}&token=${token}`
    const answer = JSON.parse((await this.#fetch("POST", path, sealed)).toString("utf8")) as {
      url: string
      direct_path: string
    }
    return { ...media, url: answer.url, directPath: answer.direct_path }
  }

  /** Downloads and opens. Fails when it is gone or was changed. */
  async download({ type, directPath, mediaKey }: MediaReference): Promise<Buffer> {
    return openMedia(await this.#fetch("GET", directPath), mediaKey, type)
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
          if (size > bytesMax) response.destroy(new Error("the media is too large"))
        })
        response.on("error", reject)
        response.on("end", () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks))
          else reject(new Error(`the media server answered ${response.statusCode ?? "nothing"} to ${method} ${path}`))
        })
      })
      call.on("error", reject)
      call.end(body)
    })
  }
}

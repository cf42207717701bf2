/** A client of `/v1/stream`: it keeps every frame, and how the socket ended. */
import type { IncomingMessage } from "node:http"
import { WebSocket } from "ws"
import type { TestGateway } from "../../support/gateway.ts"
import type { Answer, RecordedJson } from "../../support/gateway-client.ts"
import { until } from "../../support/until.ts"

export interface FollowOptions {
  readonly token?: string
  readonly headers?: Record<string, string>
  /** `/v1/stream` by default. */
  readonly path?: string
}

/** A frame without a position: a QR or a pairing code. */
export interface SecretJson {
  readonly type: string
  readonly device: string
  readonly qr?: string
  readonly code?: string
  readonly expiresAt: string
}

type Frame = RecordedJson | SecretJson

const isEvent = (frame: Frame): frame is RecordedJson => "position" in frame

export class Follower implements AsyncDisposable {
  readonly #socket: WebSocket
  readonly #frames: Frame[] = []
  /** How the server closed the socket. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on("message", (data: Buffer) => void this.#frames.push(JSON.parse(data.toString("utf8")) as Frame))
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") }))
    })
  }

  get events(): readonly RecordedJson[] {
    return this.#frames.filter(isEvent)
  }

  get frames(): readonly Frame[] {
    return this.#frames
  }

  get secrets(): readonly SecretJson[] {
    return this.#frames.filter((frame): frame is SecretJson => !isEvent(frame))
  }

  get positions(): readonly number[] {
    return this.events.map(({ position }) => position)
  }

  get lastPosition(): number {
    return this.events.at(-1)?.position ?? 0
  }

  /** Waits until an event at or after this position has come. */
  async reach(position: number): Promise<void> {
    await until(() => this.lastPosition >= position, `position ${position}`)
  }

  /** Stops reading; `resume` reads on. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  send(text: string | Buffer): void {
    this.#socket.send(text)
  }

  /** Closes the socket, and waits for its end. */
  async leave(): Promise<void> {
    this.#socket.close()
    await this.closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate()
    await this.closed
  }
}

export interface Refusal {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: Answer["body"]
}

/** Opens the stream. Rejects if the gateway refuses. */
export const follow = async (gateway: TestGateway, query = "", options: FollowOptions = {}): Promise<Follower> => {
  const answer = await connect(gateway, query, options)
  if (answer instanceof Follower) return answer
  throw new Error(`the stream was refused: ${JSON.stringify(answer)}`)
}

/** The plain HTTP response instead of an upgrade. Rejects if the gateway opens the stream. */
export const refusal = async (gateway: TestGateway, query = "", options: FollowOptions = {}): Promise<Refusal> => {
  const answer = await connect(gateway, query, options)
  if (!(answer instanceof Follower)) return answer
  await answer.leave()
  throw new Error(`the stream was opened: ${query}`)
}

const connect = (
  gateway: TestGateway,
  query: string,
  { token, headers, path = "/v1/stream" }: FollowOptions
): Promise<Follower | Refusal> =>
  new Promise((resolve, reject) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const url = `${gateway.url.replace("http", "ws")}${path}${query}`
    const socket = new WebSocket(url, { headers: { ...authorization, ...headers } })
    const follower = new Follower(socket)
    socket.once("open", () => resolve(follower))
    socket.once("error", reject)
    socket.once("unexpected-response", (_request, response: IncomingMessage) => {
      let text = ""
      response.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")))
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, contentType: headers["content-type"], body: text === "" ? undefined : JSON.parse(text) })
        socket.terminate()
      })
    })
  })

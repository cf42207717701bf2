/** A receiver of webhooks on loopback that records what it gets, and responds as a test tells it. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { until } from "./until.ts"

export interface Got {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The parsed body. */
  // oxlint-disable-next-line typescript/no-explicit-any -- each test checks the bodies that it reads
  readonly body: any
  readonly id: string
  readonly at: number
}

/** Responds to one request. */
export type Respond = (response: ServerResponse, got: Got) => void

export const ok: Respond = (response) => response.end("ok")
export const status =
  (code: number, text = "", headers: Record<string, string> = {}): Respond =>
  (response) =>
    response.writeHead(code, headers).end(text)

export class Receiver implements AsyncDisposable {
  readonly got: Got[] = []
  respond: Respond
  #server: Server
  #port = 0

  private constructor(respond: Respond) {
    this.respond = respond
    this.#server = this.#make()
  }

  static async start(respond: Respond = ok): Promise<Receiver> {
    const receiver = new Receiver(respond)
    await receiver.listen()
    return receiver
  }

  /** `OUTBOUND_ALLOW` for it. */
  static readonly allow = "127.0.0.1/32"

  url(path = "/"): string {
    return `http://127.0.0.1:${this.#port}${path}`
  }

  /** Listens again, on the same port. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Refuses connections until it listens again. */
  async down(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    this.#server = this.#make()
  }

  async until(count: number, timeoutMs = 15_000): Promise<readonly Got[]> {
    await until(() => this.got.length >= count, `${count} deliveries`, timeoutMs)
    return this.got
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #make(): Server {
    return createServer((request, response) => {
      const pieces: Buffer[] = []
      request.on("data", (piece: Buffer) => pieces.push(piece))
      request.on("end", () => {
        const text = Buffer.concat(pieces).toString()
        const { headers, url: path = "" } = request
        const id = String(headers["webhook-id"])
        const got = { path, headers, text, body: JSON.parse(text) as unknown, id, at: Date.now() }
        this.got.push(got)
        this.respond(response, got)
      })
    })
  }
}

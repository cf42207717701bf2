/**
 * The HTTP side of the control API, on its own port of 127.0.0.1. It obeys whoever asks, so it refuses what a web page
 * could send: any request with an Origin header, and any whose Host is not loopback (which a rebound DNS name is not).
 * Answers are JSON; errors are `{error}` with 400, 403, 404, 405, 409, 413 or 500.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { ControlBody } from "./body.ts"
import { type ControlRequest, RawJson, type Route, ROUTES } from "./routes.ts"
import type { Network } from "../network.ts"
import { InvalidRequest, NotFound } from "../request-errors.ts"
import type { Settings } from "../settings.ts"

/** A refusal with its status. */
class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"])

/** The server. It takes requests from `start` to `stop`. */
export class ControlServer {
  readonly #network: Network
  readonly #settings: Settings
  readonly #server: Server
  #port = 0

  constructor(network: Network, settings: Settings) {
    this.#network = network
    this.#settings = settings
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Listens and gives the port. */
  start(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen(port, "127.0.0.1", () => {
        this.#port = (this.#server.address() as AddressInfo).port
        resolve(this.#port)
      })
    })
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      refuseStrangers(request)
      const { route, params } = match(request)
      const body = new ControlBody(await this.#readJson(request))
      const result = await route.run({ network: this.#network, params, body } satisfies ControlRequest)
      send(response, 200, result instanceof RawJson ? result.text : JSON.stringify(result))
    } catch (error) {
      const status = statusOf(error)
      if (status === 500) this.#settings.log(`sandbox: ${request.method} ${request.url} failed: ${String(error)}`)
      send(response, status, JSON.stringify({ error: error instanceof Error ? error.message : String(error) }))
      if (status === 413) request.destroy()
    }
  }

  async #readJson(request: IncomingMessage): Promise<unknown> {
    const limit = this.#settings.controlBodyBytesMax
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit) throw new HttpError(413, `the body is larger than ${limit} bytes`)
      chunks.push(chunk)
    }
    if (size === 0) return {}
    try {
      return JSON.parse(Buffer.concat(chunks).toString("utf8"))
    } catch {
      throw new HttpError(400, "the body is not JSON")
    }
  }
}

function refuseStrangers({ headers }: IncomingMessage): void {
  if (headers.origin !== undefined) throw new HttpError(403, "requests from web pages are refused")
  const host = (headers.host ?? "").replace(/:\d+$/, "")
  if (!LOOPBACK_HOSTS.has(host)) throw new HttpError(403, "the Host header must be a loopback address")
}

function match({ method, url }: IncomingMessage): { route: Route; params: Record<string, string> } {
  const path = new URL(url ?? "/", "http://loopback").pathname.split("/").filter((part) => part !== "")
  const candidates = ROUTES.flatMap((route) => {
    const params = paramsOf(route, path)
    return params === undefined ? [] : [{ route, params }]
  })
  if (candidates.length === 0) throw new HttpError(404, `there is no ${url ?? "/"}; GET / lists what there is`)
  const found = candidates.find(({ route }) => route.method === method)
  if (found !== undefined) return found
  throw new HttpError(405, `${url ?? "/"} takes ${candidates.map(({ route }) => route.method).join(", ")}`)
}

function paramsOf(route: Route, path: string[]): Record<string, string> | undefined {
  const pattern = route.path.split("/").filter((part) => part !== "")
  if (pattern.length !== path.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const actual = path[index] ?? ""
    if (part.startsWith(":")) params[part.slice(1)] = actual
    else if (part !== actual) return undefined
  }
  return params
}

function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status
  if (error instanceof NotFound) return 404
  if (error instanceof InvalidRequest) return 400
  return 500
}

function send(response: ServerResponse, status: number, json: string): void {
  response
    .writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(json) })
    .end(json)
}

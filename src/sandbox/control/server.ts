/**
 * The HTTP server of the control API, on its own port of 127.0.0.1. It has no authentication, so it refuses the requests
 * that a web page could send: those with an Origin header, and those whose Host is not loopback (DNS rebinding).
 * Responses are JSON; errors are `{error}` with 400, 403, 404, 405, 413 or 500.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Conflict, InvalidRequest, NotFound } from "../request-errors.ts"
import type { Settings } from "../settings.ts"
import { ControlBody } from "./body.ts"
import type { ControlledNetwork } from "./controlled-network.ts"
import type { ControlRequest, Route } from "./route.ts"
import { RawJson, ROUTES } from "./routes.ts"

/** An error with its HTTP status. */
class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"])

/** The server. It accepts requests from `start` until `stop`. */
export class ControlServer {
  readonly #network: ControlledNetwork
  readonly #settings: Settings
  readonly #server: Server
  #port = 0

  constructor(network: ControlledNetwork, settings: Settings) {
    this.#network = network
    this.#settings = settings
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  /** `http://127.0.0.1:<port>`, after `start`. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Listens and returns the port. */
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
      refuseWebPages(request)
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

function refuseWebPages({ headers }: IncomingMessage): void {
  if (headers.origin !== undefined)
    throw new HttpError(403, "requests from web pages are refused; send no Origin header")
  const host = (headers.host ?? "").replace(/:\d+$/, "")
  if (!LOOPBACK_HOSTS.has(host)) throw new HttpError(403, "the Host header must name a loopback address")
}

function match({ method, url }: IncomingMessage): { route: Route; params: Record<string, string> } {
  const path = new URL(url ?? "/", "http://loopback").pathname.split("/").filter((part) => part !== "")
  const candidates = ROUTES.flatMap((route) => {
    const params = paramsOf(route, path)
    return params === undefined ? [] : [{ route, params }]
  })
  if (candidates.length === 0) throw new HttpError(404, `there is no route ${url ?? "/"}; GET / lists the routes`)
  const found = candidates.find(({ route }) => route.method === method)
  if (found !== undefined) return found
  throw new HttpError(405, `${url ?? "/"} accepts ${candidates.map(({ route }) => route.method).join(", ")}`)
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
  if (error instanceof Conflict) return 409
  return 500
}

function send(response: ServerResponse, status: number, json: string): void {
  response
    .writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(json) })
    .end(json)
}

/**
 * Refuses requests that never reach a route: bytes that are not HTTP, paths that cannot be read, and upgrades where there is no
 * WebSocket. The dialect that owns the path words the response.
 */
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import { Schema } from "effect"
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { isLoopback } from "../../host.ts"
import { type Dialect, sendFailure } from "../dialect.ts"
import { InvalidRequest } from "../input.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route is a WebSocket. */
    isStream?: boolean
  }
}

/** Rejection: the client requests a WebSocket on a route that is none. */
export class NoStreamHere extends Schema.TaggedError<NoStreamHere>()("NoStreamHere", {}) {
  override get message(): string {
    return "there is no WebSocket at this path; the stream is at /v1/stream"
  }
}

/** Rejection: the request is for another server. */
export class HostNotAllowed extends Schema.TaggedError<HostNotAllowed>()("HostNotAllowed", { host: Schema.String }) {
  override get message(): string {
    return `this server does not answer for the host ${this.host}; the operator can allow it with ALLOWED_HOSTS`
  }
}

/** Rejection: a page of another site opens a WebSocket. Browsers leave it to the server to refuse that. */
export class OriginNotAllowed extends Schema.TaggedError<OriginNotAllowed>()("OriginNotAllowed", {
  origin: Schema.String
}) {
  override get message(): string {
    return `pages of ${this.origin} may not open a WebSocket here; the operator can allow them with ALLOWED_ORIGINS`
  }
}

/** The dialect that owns the path. The last dialect owns every path that no other owns. */
export const dialectOf = (path: string, dialects: readonly Dialect[]): Dialect => {
  const found = dialects.find(({ owns }) => owns(path)) ?? dialects.at(-1)
  if (found === undefined) throw new Error("there is no dialect")
  return found
}

/** For a path that Fastify's router rejects. */
export const answerUnroutable =
  (dialects: readonly Dialect[]) =>
  (failure: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const dialect = dialectOf(request.url, dialects)
    return sendFailure(reply, dialect, dialect.answer(failure, request))
  }

/** A request that could not be read, with the bytes that were read last. */
type Unreadable = Error & { readonly code?: string; readonly rawPacket?: unknown }

/** For bytes that are not an HTTP request, and for a request that does not end. The bytes are not logged, as they may hold a token. */
export const answerUnreadable =
  (dialects: readonly Dialect[]) =>
  (failure: Unreadable, socket: Socket): void => {
    if (failure.code === "ECONNRESET" || !socket.writable) {
      socket.destroy()
      return
    }
    const { rawPacket } = failure
    const line = rawPacket instanceof Buffer ? rawPacket.toString("latin1", 0, 50) : ""
    const path = line.split(" ")[1] ?? ""
    endUnreadable(socket, dialectOf(path, dialects), line.startsWith("HEAD "))
  }

/** After HEAD, a client would read a body as the response to its next request. */
const endUnreadable = (socket: Duplex, { failureType, unreadable }: Dialect, isHead = false): void => {
  const text = JSON.stringify(unreadable.body)
  const head = ["HTTP/1.1 400 Bad Request", "connection: close", `content-type: ${failureType}; charset=utf-8`]
  const length = Buffer.byteLength(text)
  socket.on("error", () => {})
  socket.end(`${head.join("\r\n")}\r\ncontent-length: ${length}\r\n\r\n${isHead ? "" : text}`, () => socket.destroy())
}

/** Answers what Node would answer by itself, without a body: tunnels, and expectations other than to continue. */
export const answerOddRequests = (app: FastifyInstance, dialects: readonly Dialect[]): void => {
  app.server.on("connect", (_request, socket) => endUnreadable(socket, dialectOf("", dialects)))
  app.server.on("checkExpectation", ({ url = "" }, { socket }) => {
    if (socket) endUnreadable(socket, dialectOf(url, dialects))
  })
}

/**
 * Refuses requests that do not name this server. A gateway on loopback trusts that only programs of this machine reach it; a page in a
 * browser here could, under a name that its owner points to 127.0.0.1 (DNS rebinding).
 */
export const refuseOtherHosts = (app: FastifyInstance, { host, allowedHosts }: HostSettings): void => {
  const isChecked = isLoopback(host) && !allowedHosts.includes("*")
  app.addHook("onRequest", async (request) => {
    const given = request.headers.host
    if (given === undefined && request.raw.httpVersion !== "1.0") {
      throw new InvalidRequest({ field: "Host", reason: "is required" })
    }
    if (!isChecked || given === undefined) return
    const name = hostnameIn(given)
    if (!isLoopback(name) && !allowedHosts.includes(name)) throw new HostNotAllowed({ host: name.slice(0, 255) })
  })
}

interface HostSettings {
  readonly host: string
  readonly allowedHosts: readonly string[]
}

/** In lower case, without the port. */
const hostnameIn = (header: string): string => {
  const [, name = ""] = /^(\[[^\]]*\]|[^:]*)/.exec(header.toLowerCase()) ?? []
  return name.replace(/^\[|\]$/g, "")
}

/** RFC 6455, 4.2.1: what a server has to find in the request. */
const isHandshake = ({ headers }: FastifyRequest): boolean =>
  headers.upgrade?.toLowerCase() === "websocket" &&
  headers["sec-websocket-version"] === "13" &&
  /^[A-Za-z0-9+/]{22}==$/.test(headers["sec-websocket-key"] ?? "")

/** Whether a page of this server, or of an allowed origin, opens the WebSocket; or a program, which names no origin. */
const isOriginAllowed = ({ headers: { origin }, host }: FastifyRequest, allowed: readonly string[]): boolean =>
  origin === undefined ||
  allowed.includes("*") ||
  allowed.includes(origin) ||
  (URL.canParse(origin) && new URL(origin).host === host)

/** Without this hook, any client could open a WebSocket on any route; the server would close it only afterwards. */
export const refuseOtherUpgrades = (app: FastifyInstance, allowedOrigins: readonly string[]): void => {
  app.addHook("onRequest", async (request, reply) => {
    if (!request.ws) return
    // Node gives the connection away with the upgrade: after a refusal it is closed, and a client must not send more on it.
    reply.header("connection", "close")
    if (request.is404) return
    if (request.routeOptions.config.isStream !== true) throw new NoStreamHere()
    if (!isHandshake(request)) throw new InvalidRequest({ field: null, reason: "the WebSocket handshake is not valid" })
    if (!isOriginAllowed(request, allowedOrigins)) {
      throw new OriginNotAllowed({ origin: (request.headers.origin ?? "").slice(0, 255) })
    }
  })
}

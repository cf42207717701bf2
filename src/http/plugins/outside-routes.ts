/**
 * Refuses requests that never reach a route: bytes that are not HTTP, paths that cannot be read, and upgrades where there is no
 * WebSocket. The dialect that owns the path words the response.
 */
import type { Socket } from "node:net"
import { Schema } from "effect"
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { type Dialect, sendFailure } from "../dialect.ts"

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
    const { failureType, unreadable } = dialectOf(path, dialects)
    const text = JSON.stringify(unreadable.body)
    const head = ["HTTP/1.1 400 Bad Request", "connection: close", `content-type: ${failureType}; charset=utf-8`]
    // After HEAD, a client would read a body as the response to its next request.
    const body = line.startsWith("HEAD ") ? "" : text
    const length = Buffer.byteLength(text)
    socket.end(`${head.join("\r\n")}\r\ncontent-length: ${length}\r\n\r\n${body}`, () => socket.destroy())
  }

/** Without this hook, any client could open a WebSocket on any route; the server would close it only afterwards. */
export const refuseOtherUpgrades = (app: FastifyInstance): void => {
  app.addHook("onRequest", async (request) => {
    if (request.ws && !request.is404 && request.routeOptions.config.isStream !== true) throw new NoStreamHere()
  })
}

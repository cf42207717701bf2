/**
 * Refuses what never reaches a route: bytes that are no HTTP request, paths that cannot be read, upgrades where there is no
 * WebSocket. Answers in the words of the dialect that the path belongs to.
 */
import type { Socket } from "node:net"
import { Schema } from "effect"
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { type Dialect, sendFailure } from "../dialect.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** A WebSocket can be opened here. */
    isStream?: boolean
  }
}

/** Rejection: the client asks for a WebSocket where there is none. */
export class NoStreamHere extends Schema.TaggedError<NoStreamHere>()("NoStreamHere", {}) {
  override get message(): string {
    return "there is no WebSocket here"
  }
}

/** The dialect that a path belongs to; the last one owns all others. */
export const dialectOf = (path: string, dialects: readonly Dialect[]): Dialect => {
  const found = dialects.find(({ owns }) => owns(path)) ?? dialects.at(-1)
  if (found === undefined) throw new Error("there is no dialect")
  return found
}

/** For a path that Fastify's router gives up on. */
export const answerUnroutable =
  (dialects: readonly Dialect[]) =>
  (failure: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const dialect = dialectOf(request.url, dialects)
    return sendFailure(reply, dialect, dialect.answer(failure, request))
  }

/** A request that could not be read: why, and the bytes that were looked at last. */
type Unreadable = Error & { readonly code?: string; readonly rawPacket?: unknown }

/** For bytes that are not an HTTP request, or one that does not end. None of them is logged: they may hold a token. */
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
    // A client that asked with HEAD would take a body for the answer to its next request.
    const body = line.startsWith("HEAD ") ? "" : text
    const length = Buffer.byteLength(text)
    socket.end(`${head.join("\r\n")}\r\ncontent-length: ${length}\r\n\r\n${body}`, () => socket.destroy())
  }

/** Without this, a WebSocket would be opened on any route, for any client, only to be closed. */
export const refuseOtherUpgrades = (app: FastifyInstance): void => {
  app.addHook("onRequest", async (request) => {
    if (request.ws && !request.is404 && request.routeOptions.config.isStream !== true) throw new NoStreamHere()
  })
}

/**
 * What is refused before any route sees it: requests that are no HTTP, paths that cannot be read, upgrades of what is no stream.
 *
 * Answers in the words of the dialect that the path belongs to; where not even that can be read, in those of the older one.
 */
import type { Socket } from "node:net"
import { Schema } from "effect"
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { answerProblem, problemText } from "../routes/v1/problem.ts"
import { answerFailure } from "../routes/whatsapp25/answers.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** A WebSocket can be opened here. */
    isStream?: boolean
  }
}

/** Rejection: a WebSocket is asked for where there is none. */
export class NoStreamHere extends Schema.TaggedError<NoStreamHere>()("NoStreamHere", {}) {
  override get message(): string {
    return "there is no WebSocket here"
  }
}

/** For a path that Fastify's router gives up on. */
export const answerUnroutable = (failure: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  (/^\/v1(\/|\?|$)/.test(request.url) ? answerProblem : answerFailure)(failure, request, reply)

/** Of a request that came to nothing: why, and the bytes that were looked at last. */
type Unreadable = Error & { readonly code?: string; readonly rawPacket?: unknown }

/**
 * For bytes that are not an HTTP request, or one that does not end. Nothing of them is logged: they may hold a token.
 */
export const answerUnreadable = (failure: Unreadable, socket: Socket): void => {
  if (failure.code === "ECONNRESET" || !socket.writable) {
    socket.destroy()
    return
  }
  const { rawPacket } = failure
  const line = rawPacket instanceof Buffer ? rawPacket.toString("latin1", 0, 50) : ""
  const isV1 = /^[A-Z]+ \/v1[/? ]/.test(line)
  const type = isV1 ? "application/problem+json" : "application/json"
  const text = isV1
    ? problemText(400, "bad-request", "this cannot be read as an HTTP request")
    : JSON.stringify({ error: "Solicitud inválida" })
  const length = Buffer.byteLength(text)
  const head = ["HTTP/1.1 400 Bad Request", "connection: close", `content-type: ${type}; charset=utf-8`]
  // Whoever asks with HEAD would take a body for an answer that he has not asked for.
  const body = line.startsWith("HEAD ") ? "" : text
  socket.end(`${head.join("\r\n")}\r\ncontent-length: ${length}\r\n\r\n${body}`, () => socket.destroy())
}

/** Without this, a WebSocket would be opened on any route, by anybody, only to be closed. */
export const refuseOtherUpgrades = (app: FastifyInstance): void => {
  app.addHook("onRequest", async (request) => {
    if (request.ws && !request.is404 && request.routeOptions.config.isStream !== true) throw new NoStreamHere()
  })
}

/**
 * What is refused before any route sees it: requests that are no HTTP, paths that cannot be read, upgrades of what is no stream.
 *
 * Answers in the words of the dialect that the path belongs to; where not even that can be read, in those of the older one.
 */
import type { Socket } from "node:net"
import { Schema } from "effect"
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { answerProblem } from "../routes/v1/problem.ts"
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

/**
 * For bytes that are not an HTTP request, or one that does not end. Nothing of them is logged: they may hold a token.
 */
export const answerUnreadable = (failure: Error & { readonly code?: string }, socket: Socket): void => {
  if (failure.code === "ECONNRESET" || !socket.writable) {
    socket.destroy()
    return
  }
  const body = Buffer.from(JSON.stringify({ error: "Solicitud inválida" }))
  socket.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n")
  socket.write(`Content-Length: ${body.length}\r\n\r\n`)
  socket.end(body, () => socket.destroy())
}

/** Without this, a WebSocket would be opened on any route, by anybody, only to be closed. */
export const refuseOtherUpgrades = (app: FastifyInstance): void => {
  app.addHook("onRequest", async (request) => {
    if (request.ws && !request.is404 && request.routeOptions.config.isStream !== true) throw new NoStreamHere()
  })
}

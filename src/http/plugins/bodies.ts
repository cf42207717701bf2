/**
 * Reads bodies: only of admitted requests, within the size that the route declares, a few large ones at a time, and within a time
 * limit. A client that is refused before its body is read gets a moment to read the response; then the connection is closed.
 *
 * Registered after the plugins that admit a request: their hooks run first.
 */
import { Effect, Schema, Semaphore } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { isFileBody } from "../declaration.ts"

/** Rejection: the body did not arrive in time. */
export class BodyTimeout extends Schema.TaggedError<BodyTimeout>()("BodyTimeout", { seconds: Schema.Int }) {
  /** Without it Fastify responds to a failing parser with 400. */
  readonly statusCode = 408
  override get message(): string {
    return `no more of the body arrived for ${this.seconds} s; send the request again`
  }
}

declare module "fastify" {
  interface FastifyRequest {
    /** Called once the body is read, or will not be read. */
    bodyIsRead: (() => void) | undefined
  }
}

/** For routes that declare no size. */
export const SMALL_BODY_BYTES = 16_384
/** Larger bodies are read a few at a time, because each occupies memory until it is parsed. */
const LARGE_BODY_BYTES = 65_536
const LARGE_AT_ONCE = 8
/** At most this much of a refused body is read and dropped, so that the connection can be used again. */
const DROPPED_BYTES_MAX = 262_144
const DROPPING_MAX_MS = 10_000
/** How long the client then has to read the response, before the connection is closed. */
const LINGER_MS = 2_000

/** `timeoutMs`: the time limit for a body; for a file, between two pieces of it. */
export const boundBodies = (app: FastifyInstance, timeoutMs: number): void => {
  const large = Semaphore.makeUnsafe(LARGE_AT_ONCE)
  app.decorateRequest("bodyIsRead", undefined)
  app.addHook("preParsing", async (request) => {
    if (!hasBody(request)) return
    const isHeld = isLarge(request) && !isFile(request)
    if (isHeld) await Effect.runPromise(large.take(1))
    const stopWatching = isFile(request) ? watchSilence(request, timeoutMs) : watchTime(request, timeoutMs)
    request.bodyIsRead = () => {
      request.bodyIsRead = undefined
      stopWatching()
      if (isHeld) Effect.runSync(large.release(1))
    }
    request.raw.once("close", () => request.bodyIsRead?.())
  })
  app.addHook("preValidation", async (request) => request.bodyIsRead?.())
  app.addHook("onSend", async (request, _reply, payload) => {
    request.bodyIsRead?.()
    return payload
  })
  app.addHook("onResponse", async (request) => {
    if (!request.raw.complete) dropRest(request)
  })
}

const dropRest = ({ raw }: FastifyRequest): void => {
  let dropped = 0
  const close = () => raw.complete || raw.destroy()
  setTimeout(close, DROPPING_MAX_MS).unref()
  raw.on("data", (chunk: Buffer) => {
    const before = dropped
    dropped += chunk.length
    if (before > DROPPED_BYTES_MAX || dropped <= DROPPED_BYTES_MAX) return
    raw.socket.pause()
    setTimeout(close, LINGER_MS).unref()
  })
}

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0

const isLarge = ({ headers }: FastifyRequest): boolean =>
  headers["content-length"] === undefined || Number(headers["content-length"]) > LARGE_BODY_BYTES

const isFile = ({ declared }: FastifyRequest): boolean => isFileBody(declared?.route.body)

/** Makes the parser fail. */
const interrupt = ({ raw }: FastifyRequest, timeoutMs: number): void => {
  raw.emit("error", new BodyTimeout({ seconds: Math.ceil(timeoutMs / 1_000) }))
}

const watchTime = (request: FastifyRequest, timeoutMs: number): (() => void) => {
  const timer = setTimeout(() => interrupt(request, timeoutMs), timeoutMs)
  return () => clearTimeout(timer)
}

/** While received data waits for the disk, the client is not silent. */
const watchSilence = (request: FastifyRequest, timeoutMs: number): (() => void) => {
  const { socket } = request.raw
  let seen = socket.bytesRead
  const timer = setInterval(() => {
    if (socket.bytesRead === seen && request.raw.readableLength === 0) interrupt(request, timeoutMs)
    seen = socket.bytesRead
  }, timeoutMs)
  return () => clearInterval(timer)
}

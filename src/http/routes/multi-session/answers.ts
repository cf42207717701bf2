/** How this dialect words failures: the status and the English sentence of each. No other file here knows statuses of failures. */
import type { FastifyRequest } from "fastify"
import type { FailureAnswer } from "../../dialect.ts"
import type { InputProblem } from "../../input.ts"

/** Rejection in the dialect's own words. `details` are added to the body after `error`. */
export class Refusal extends Error {
  readonly _tag = "Refusal"
  readonly status: number
  readonly details: Readonly<Record<string, unknown>>

  constructor(status: number, text: string, details: Readonly<Record<string, unknown>> = {}) {
    super(text)
    this.status = status
    this.details = details
  }
}

export const unfit = (text: string) => new Refusal(422, text)

/** Names the first field that is wrong; a client that sends no field at all learns of the first. */
export const refuseInput = ([{ field, reason }]: readonly [InputProblem, ...InputProblem[]]): Refusal =>
  unfit(field === "" ? `the body ${reason}` : `${field} ${reason}`)

interface Answer {
  readonly status: number
  readonly error: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds?: number
}

const STORE_RETRY_SECONDS = 5

/** By the failure's tag. A failure that is not listed is a bug: 500. */
const answers: Readonly<Record<string, (failure: never, request?: FastifyRequest) => Answer>> = {
  Refusal: ({ status, message, details }: Refusal) => ({ status, error: message, details }),
  TokenMissing: (_: never, request) => no(401, isShared(request) ? "Token requerido" : "API key required"),
  TokenInvalid: () => no(401, "Invalid API key"),
  OperatorOnly: () => no(401, "Invalid API key"),
  ScopeMissing: () => no(401, "API key without permission"),
  ScopeExceeded: () => no(401, "API key without permission"),
  DeviceSetFixed: () => no(401, "API key without permission"),
  DeviceSetLimited: () => no(401, "API key without permission"),
  DeviceNotFound: () => no(404, "Session not found"),
  MessageNotFound: () => no(404, "Message not found"),
  DeviceNotReady: notReady,
  MessageIdTaken: () => no(409, "Message exists already"),
  AccountRestricted: ({ until }: { until: string }) => ({
    status: 409,
    error: "Account restricted by WhatsApp",
    details: { until }
  }),
  CommandRefused: notReady,
  DeviceExists: () => no(409, "Session not ready"),
  FileTooLarge: () => no(413, "File too large"),
  MessageUnknown: ({ messageId }: { messageId: string }) =>
    no(422, `before: there is no received message ${messageId}`),
  NotOnWhatsApp: ({ number }: { number: string }) => no(422, `${number} is not on WhatsApp`),
  InvalidRequest: ({ message }: { message: string }) => no(422, message),
  KeyReused: () => no(422, "Idempotency-Key was used for another request"),
  TooManyDevices: () => no(429, "Too many sessions"),
  TooManyNewDevices: (failure: { retryAfterSeconds: number }) => later(429, "Too many new sessions", failure),
  TooManyFailures: (failure: { retryAfterSeconds: number }) => later(429, "Too many requests", failure),
  TooManyRequests: (failure: { retryAfterSeconds: number }) => later(429, "Too many requests", failure),
  TooManyKeys: (failure: { retryAfterSeconds: number }) => later(429, "Too many requests", failure),
  TooManyReadings: () => later(429, "Too many requests", { retryAfterSeconds: 1 }),
  TooManyUploads: () => later(429, "Too many requests", { retryAfterSeconds: 1 }),
  BodyTimeout: () => no(408, "The request did not arrive in time"),
  HostNotAllowed: () => no(400, "Host not allowed"),
  NoStreamHere: () => no(400, "There is no WebSocket at this path"),
  // The gateway accepted nothing. A 504 would mean that it is still sending a message.
  NoAnswer: () => later(503, "Service unavailable", { retryAfterSeconds: 1 }),
  AskedTooOften: () => later(503, "Service unavailable", { retryAfterSeconds: 60 }),
  KeyInUse: () => later(503, "Service unavailable", { retryAfterSeconds: 1 }),
  DuplicateKey: () => later(503, "Service unavailable", { retryAfterSeconds: 1 }),
  DeviceBusy: () => later(503, "Service unavailable", { retryAfterSeconds: 1 }),
  NotConnected: () => later(503, "Service unavailable", { retryAfterSeconds: 1 }),
  StoreUnavailable: () => later(503, "Service unavailable", { retryAfterSeconds: STORE_RETRY_SECONDS })
}

/** Failures of Fastify itself, by their codes. */
const fastifyAnswers: Readonly<Record<string, Answer>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 422, error: "The body is not valid JSON" },
  NOT_MULTIPART: { status: 422, error: "The body is not a valid form" },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { status: 415, error: "Unsupported media type" },
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, error: "File too large" },
  FST_ERR_MAX_PARAM_LENGTH: { status: 422, error: "sessionId is too long" }
}

function notReady({ state }: { state: string }): Answer {
  return { status: 409, error: "Session not ready", details: { state } }
}

const no = (status: number, error: string): Answer => ({ status, error })

const later = (status: number, error: string, { retryAfterSeconds }: { retryAfterSeconds: number }): Answer => ({
  ...no(status, error),
  retryAfterSeconds
})

/** WHATSAPP25 has the path too. Without a credential nothing tells which dialect the client speaks, so both read this response. */
const isShared = (request: FastifyRequest | undefined): boolean =>
  (request?.routeOptions.config.declared?.length ?? 0) > 1

export const answerFailure = (failure: unknown, request: FastifyRequest): FailureAnswer => {
  const { _tag, code, statusCode } = failure as { _tag?: string; code?: string; statusCode?: number }
  const answer =
    (_tag && answers[_tag]?.(failure as never, request)) ||
    (code && fastifyAnswers[code]) ||
    (statusCode !== undefined && statusCode < 500 && no(422, "Invalid request"))
  if (!answer) request.log.error({ err: failure }, "a request failed unexpectedly")
  const { status, error, details, retryAfterSeconds } = answer || no(500, "Internal server error")
  return {
    status,
    body: { success: false, error, ...details },
    headers: retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }
  }
}

/** The sentence of a failure, for documentation. */
export const documentFailure = (tag: string): { readonly status: number; readonly code: string } | undefined => {
  if (tag === "Refusal") return undefined
  const sample = {
    message: "Invalid request",
    messageId: "with this id",
    number: "The number",
    state: "NONE",
    retryAfterSeconds: 1
  }
  const answer = answers[tag]?.(sample as never)
  return answer && { status: answer.status, code: answer.error }
}

export const failureSchema = {
  type: "object",
  required: ["success", "error"],
  properties: {
    success: { type: "boolean", const: false },
    error: { type: "string", description: "A sentence in English." },
    state: { type: "string", description: "The session's state, where it is the reason." }
  },
  additionalProperties: true
} as const

const plain = (status: number, error: string): FailureAnswer => ({
  status,
  body: { success: false, error },
  headers: {}
})

export const unreadable = plain(400, "Bad request")
export const unknownRoute = plain(404, "Route not found")

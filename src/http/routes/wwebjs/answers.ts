/** How this dialect words failures: `{"success":false,"error":"<text>"}`, with the statuses and texts of wwebjs-api. */
import { Schema } from "effect"
import type { FastifyRequest } from "fastify"
import type { FailureAnswer } from "../../dialect.ts"
import { type InputProblem, InvalidRequest } from "../../input.ts"

/** Rejection: the name in the path cannot be a session's. */
export class SessionNameUnfit extends Error {
  readonly _tag = "SessionNameUnfit"
}

/** Rejection: the session's state is not CONNECTED. */
export class SessionNotConnected extends Schema.TaggedError<SessionNotConnected>()("SessionNotConnected", {}) {}

/** Rejection in the dialect's own words. */
export class Refusal extends Error {
  readonly _tag = "Refusal"
  readonly status: number

  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}

/** What only a browser's page can do. */
export const withoutBrowser = (name: string): Refusal => new Refusal(501, `Not supported without a browser: ${name}`)

interface Known {
  readonly status: number
  readonly error: string
  readonly retryAfterSeconds?: number
}

const INVALID_KEY: Known = { status: 403, error: "Invalid API key" }
const TOO_MANY: Known = {
  status: 429,
  error: "You can't make any more requests at the moment. Try again later",
  retryAfterSeconds: 5
}
const BAD_REQUEST: Known = { status: 400, error: "Bad Request" }
const TOO_LARGE: Known = { status: 413, error: "Payload Too Large" }
const NOT_CONNECTED: Known = { status: 404, error: "session_not_connected" }
const BUSY: Known = { status: 503, error: "Service Unavailable", retryAfterSeconds: 1 }

/** Failures whose own message is the answer. */
const worded: Readonly<Record<string, number>> = {
  CodeRefused: 500,
  DeviceExists: 422,
  OperationRefused: 500,
  OperationUnfit: 400,
  NotOnWhatsApp: 500,
  AccountRestricted: 500,
  MessageIdTaken: 500,
  FetchProblem: 400,
  OtherNumber: 400
}

/** By the failure's tag, or by the code of one of Fastify's own. */
const known: Readonly<Record<string, Known>> = {
  SessionNameUnfit: { status: 422, error: "Session should be alphanumerical or -" },
  TokenMissing: INVALID_KEY,
  TokenInvalid: INVALID_KEY,
  OperatorOnly: INVALID_KEY,
  ScopeMissing: INVALID_KEY,
  DeviceSetLimited: INVALID_KEY,
  DeviceSetFixed: INVALID_KEY,
  OriginNotAllowed: { status: 403, error: "Origin not allowed" },
  UpgradeNeeded: { status: 404, error: "Cannot GET <path>" },
  DeviceNotFound: { status: 404, error: "session_not_found" },
  SessionNotConnected: NOT_CONNECTED,
  DeviceNotReady: NOT_CONNECTED,
  CommandRefused: NOT_CONNECTED,
  ChatNotFound: { status: 404, error: "Chat not Found" },
  ContactNotFound: { status: 500, error: "Contact not found" },
  GroupNotFound: { status: 500, error: "The chat is not a group" },
  MessageNotFound: { status: 500, error: "Message not found" },
  NoMedia: { status: 500, error: "Message media not found" },
  MediaGone: { status: 500, error: "Message media not found" },
  MediaUnusable: { status: 500, error: "Message media not found" },
  FileTooLarge: TOO_LARGE,
  FST_ERR_CTP_BODY_TOO_LARGE: TOO_LARGE,
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 400, error: "The body is not valid JSON" },
  TooManyCodes: TOO_MANY,
  TooManyDevices: TOO_MANY,
  TooManyNewDevices: TOO_MANY,
  TooManyReadings: TOO_MANY,
  TooManyUploads: TOO_MANY,
  TooManyKeys: TOO_MANY,
  KeyReused: BAD_REQUEST,
  KeyInUse: BUSY,
  DuplicateKey: BUSY,
  DeviceBusy: BUSY,
  NotConnected: BUSY,
  NoAnswer: BUSY,
  AskedTooOften: { ...BUSY, retryAfterSeconds: 60 },
  TooManyFailures: TOO_MANY,
  TooManyRequests: TOO_MANY,
  TooManyStreams: TOO_MANY,
  InvalidRequest: BAD_REQUEST,
  HostNotAllowed: BAD_REQUEST,
  NoStreamHere: BAD_REQUEST,
  StoreUnavailable: { status: 503, error: "Service Unavailable", retryAfterSeconds: 5 }
}

export const answerFailure = (failure: unknown, request: FastifyRequest): FailureAnswer => {
  const {
    _tag,
    code = "",
    statusCode,
    retryAfterSeconds
  } = failure as {
    readonly _tag?: string
    readonly code?: string
    readonly statusCode?: number
    readonly retryAfterSeconds?: number
  }
  if (_tag === "UpgradeNeeded") return unknownRoute(request)
  if (failure instanceof InvalidRequest && failure.field !== null)
    return answerOf(400, `${failure.field} ${failure.reason}`)
  if (failure instanceof Refusal) return answerOf(failure.status, failure.message)
  if (_tag !== undefined && worded[_tag] !== undefined) return answerOf(worded[_tag], (failure as Error).message)
  const entry = known[_tag ?? code] || (statusCode !== undefined && statusCode < 500 && BAD_REQUEST)
  if (!entry) request.log.error({ err: failure }, "a request failed unexpectedly")
  const { status, error, ...wait } = entry || { status: 500, error: "Internal Server Error" }
  return answerOf(status, error, retryAfterSeconds ?? (wait as Partial<Known>).retryAfterSeconds)
}

export const documentFailure = (tag: string): { readonly status: number; readonly code: string } | undefined => {
  if (worded[tag] !== undefined) return { status: worded[tag], code: "the reason" }
  const entry = known[tag]
  return entry && { status: entry.status, code: entry.error }
}

/** A session's name has a status of its own. */
export const refuseInput = ([{ field, reason }]: readonly [InputProblem, ...InputProblem[]]): Error =>
  field === "sessionId"
    ? new SessionNameUnfit(field)
    : new Refusal(400, field === "" ? `the body ${reason}` : `${field} ${reason}`)

export const unknownRoute = ({ method, url }: FastifyRequest): FailureAnswer =>
  answerOf(404, `Cannot ${method} ${url.split("?")[0]}`)

const answerOf = (status: number, error: string, retryAfterSeconds?: number): FailureAnswer => ({
  status,
  body: { success: false, error },
  headers: retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }
})

export const unreadable: FailureAnswer = answerOf(400, "Bad Request")

export const failureSchema = {
  type: "object",
  required: ["success", "error"],
  properties: { success: { type: "boolean", const: false }, error: { type: "string" } }
} as const

/** How this dialect words failures: `{"success":false,"error":"<text>"}`, with the statuses and texts of wwebjs-api. */
import type { FastifyRequest } from "fastify"
import type { FailureAnswer } from "../../dialect.ts"

/** Rejection: the name in the path cannot be a session's. */
export class SessionNameUnfit extends Error {
  readonly _tag = "SessionNameUnfit"
}

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

/** By the failure's tag. */
const known: Readonly<Record<string, Known>> = {
  SessionNameUnfit: { status: 422, error: "Session should be alphanumerical or -" },
  TokenMissing: INVALID_KEY,
  TokenInvalid: INVALID_KEY,
  OperatorOnly: INVALID_KEY,
  ScopeMissing: INVALID_KEY,
  DeviceSetLimited: INVALID_KEY,
  OriginNotAllowed: { status: 403, error: "Origin not allowed" },
  UpgradeNeeded: { status: 404, error: "Cannot GET <path>" },
  DeviceNotFound: { status: 404, error: "session_not_found" },
  TooManyFailures: TOO_MANY,
  TooManyRequests: TOO_MANY,
  TooManyStreams: TOO_MANY,
  InvalidRequest: BAD_REQUEST,
  HostNotAllowed: BAD_REQUEST,
  NoStreamHere: BAD_REQUEST,
  StoreUnavailable: { status: 503, error: "Service Unavailable", retryAfterSeconds: 5 }
}

export const answerFailure = (failure: unknown, request: FastifyRequest): FailureAnswer => {
  const { _tag, statusCode, retryAfterSeconds } = failure as {
    readonly _tag?: string
    readonly statusCode?: number
    readonly retryAfterSeconds?: number
  }
  if (_tag === "UpgradeNeeded") return unknownRoute(request)
  const entry = (_tag && known[_tag]) || (statusCode !== undefined && statusCode < 500 && BAD_REQUEST)
  if (!entry) request.log.error({ err: failure }, "a request failed unexpectedly")
  const { status, error, ...wait } = entry || { status: 500, error: "Internal Server Error" }
  return answerOf(status, error, retryAfterSeconds ?? (wait as Partial<Known>).retryAfterSeconds)
}

export const documentFailure = (tag: string): { readonly status: number; readonly code: string } | undefined => {
  const entry = known[tag]
  return entry && { status: entry.status, code: entry.error }
}

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

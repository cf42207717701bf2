/** Problems of the /v1 API: RFC 9457, with a stable `code`. The only file of it that knows status codes. */
import { STATUS_CODES } from "node:http"
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify"

interface Known {
  readonly status: number
  /** Where it is not the tag in kebab case. */
  readonly code?: string
  /** Fields of the failure that stand in the problem. */
  readonly fields?: readonly string[]
  readonly retryAfterSeconds?: number
}

/** By the failure's tag. */
const known: Readonly<Record<string, Known>> = {
  InvalidRequest: { status: 400, fields: ["field"] },
  TokenMissing: { status: 401 },
  TokenInvalid: { status: 401 },
  TicketInvalid: { status: 401 },
  OperatorOnly: { status: 403 },
  DeviceNotFound: { status: 404 },
  MessageNotFound: { status: 404 },
  NoMedia: { status: 404 },
  MediaGone: { status: 410 },
  HistoryTrimmed: { status: 410, fields: ["start"] },
  MediaUnusable: { status: 502 },
  CommandRefused: { status: 409, fields: ["command", "state"] },
  DeviceNotReady: { status: 409, fields: ["state"] },
  TooManyDevices: { status: 409, fields: ["max"] },
  DeviceExists: { status: 409, fields: ["device"] },
  KeyInUse: { status: 409, retryAfterSeconds: 1 },
  KeyReused: { status: 422 },
  NotOnWhatsApp: { status: 422, code: "not-on-whatsapp", fields: ["number"] },
  FileTooLarge: { status: 413, fields: ["bytesMax"] },
  NoStreamHere: { status: 400 },
  UpgradeNeeded: { status: 426 },
  TooManyFailures: { status: 429, fields: ["retryAfterSeconds"] },
  TooManyCodes: { status: 429, fields: ["retryAfterSeconds"] },
  TooManyKeys: { status: 429, fields: ["retryAfterSeconds"] },
  TooManyNewDevices: { status: 429, fields: ["max", "retryAfterSeconds"] },
  TooManyReadings: { status: 429, fields: ["max"], retryAfterSeconds: 1 },
  TooManyStreams: { status: 429, fields: ["max"], retryAfterSeconds: 5 },
  TooManyRequests: { status: 429, fields: ["retryAfterSeconds"] },
  MessageUnderWay: { status: 409 },
  VerificationRunning: { status: 503, retryAfterSeconds: 5 },
  DeviceBusy: { status: 503, retryAfterSeconds: 1 },
  StoreUnavailable: { status: 503, retryAfterSeconds: 5 },
  StoreFull: { status: 507, retryAfterSeconds: 30 },
  NotConnected: { status: 503, retryAfterSeconds: 5 },
  NoAnswer: { status: 504 }
}

/** What Fastify itself refuses. */
const fastifyCodes: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: "invalid-json",
  FST_ERR_CTP_EMPTY_JSON_BODY: "invalid-json",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported-media-type",
  FST_ERR_CTP_BODY_TOO_LARGE: "body-too-large",
  FST_ERR_BAD_URL: "bad-url",
  FST_ERR_MAX_PARAM_LENGTH: "uri-too-long"
}

export const answerProblem = (failure: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const { code, statusCode } = failure as { code?: string; statusCode?: number }
  const _tag = tagOf(failure)
  const entry = _tag === undefined ? undefined : known[_tag]
  if (entry && _tag) {
    const given = failure as unknown as Record<string, unknown>
    const extra = Object.fromEntries((entry.fields ?? []).map((field) => [field, given[field]]))
    const retryAfter = entry.retryAfterSeconds ?? given.retryAfterSeconds
    if (typeof retryAfter === "number") reply.header("retry-after", String(retryAfter))
    return send(reply, entry.status, entry.code ?? kebab(_tag), failure.message, extra)
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return send(reply, statusCode, (code && fastifyCodes[code]) ?? "bad-request", failure.message)
  }
  request.log.error({ err: failure }, "a request failed unexpectedly")
  return send(reply, 500, "internal", "something went wrong here; it was logged")
}

/** A store without room is told from one that is away: waiting does not help. */
const tagOf = (failure: unknown): string | undefined => {
  const { _tag, isFull } = failure as { _tag?: string; isFull?: boolean }
  return _tag === "StoreUnavailable" && isFull === true ? "StoreFull" : _tag
}

export const answerUnknownRoute = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  send(reply, 404, "not-found", `there is no ${request.method} ${request.url.split("?")[0]}`)

const send = (
  reply: FastifyReply,
  status: number,
  code: string,
  detail: string,
  extra: Readonly<Record<string, unknown>> = {}
): FastifyReply =>
  reply
    .code(status)
    .header("content-type", "application/problem+json; charset=utf-8")
    .send(problemText(status, code, detail, extra))

/** A problem as it goes over the wire. */
export const problemText = (
  status: number,
  code: string,
  detail: string,
  extra: Readonly<Record<string, unknown>> = {}
): string =>
  JSON.stringify({ type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, code, detail, ...extra })

const kebab = (tag: string): string => tag.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase()

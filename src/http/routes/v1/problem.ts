/** The problems of the /v1 API: RFC 9457, with a stable `code`. No other file of the API knows the status codes of failures. */
import { STATUS_CODES } from "node:http"
import type { FastifyRequest } from "fastify"
import { CodeRefusal } from "../../../whatsapp/codes.ts"
import type { FailureAnswer } from "../../dialect.ts"
import { KeyInUse } from "../../../application/idempotency.ts"

interface Known {
  readonly status: number
  /** The status of one failure, if it depends on more than the tag. */
  readonly statusOf?: (failure: Readonly<Record<string, unknown>>) => number
  /** The problem's code, if it is not the tag in kebab case. */
  readonly code?: string
  /** The failure's fields that the problem shows. */
  readonly fields?: readonly string[]
  /** The field of the request that is wrong. */
  readonly field?: string
  readonly retryAfterSeconds?: number
  /** Replaces the failure's own message. */
  readonly detail?: string
  /** What the client can do; follows the failure's own message. */
  readonly advice?: string
}

const KEY_IN_USE = new KeyInUse().message

/** By the failure's tag. */
const known: Readonly<Record<string, Known>> = {
  InvalidRequest: { status: 400, fields: ["field"] },
  EmptyRange: { status: 400, code: "invalid-request", field: "from" },
  OtherNumber: { status: 400, code: "invalid-request", field: "number" },
  PasswordUnfit: { status: 400, code: "invalid-request", field: "password" },
  QueryUnfit: { status: 400, code: "invalid-request", field: "q" },
  ExpiryPast: { status: 400, code: "invalid-request", field: "expiresAt" },
  TokenMissing: { status: 401 },
  TokenInvalid: { status: 401 },
  InvalidCredentials: { status: 401 },
  RegistrationClosed: { status: 403 },
  ForeignPage: { status: 403 },
  TicketInvalid: { status: 401, advice: "get a new one with POST /v1/stream/ticket" },
  OperatorOnly: { status: 403 },
  ScopeMissing: { status: 403, fields: ["scope"] },
  ScopeExceeded: { status: 403, fields: ["scope"] },
  DeviceSetFixed: { status: 403 },
  DeviceSetLimited: { status: 403 },
  DeviceNotFound: { status: 404, advice: "list your devices with GET /v1/devices" },
  MessageNotFound: { status: 404 },
  NoMessageYet: { status: 409 },
  WebhookNotFound: { status: 404, advice: "list your webhooks with GET /v1/webhooks" },
  DeliveryNotFound: { status: 404 },
  ReceivedNotFound: { status: 404 },
  NotTestReceiver: { status: 409 },
  NothingToSend: { status: 410 },
  WebhookUnfit: { status: 400, code: "invalid-request", fields: ["field"] },
  WebhookOfSettings: { status: 409, fields: ["setting"] },
  WebhookDisabledNow: { status: 409, code: "webhook-disabled" },
  ReplayRunning: { status: 409, fields: ["upTo"] },
  TooManyWebhooks: { status: 409, fields: ["max"] },
  BulkNotFound: { status: 404, advice: "list the bulk sends with GET /v1/devices/:id/bulk-sends" },
  BulkOver: { status: 409, fields: ["state"] },
  TooManyBulkSends: { status: 409, fields: ["max"] },
  ChatNotFound: { status: 404, advice: "list the chats with GET /v1/devices/:id/chats" },
  CallNotFound: { status: 404 },
  ContactNotFound: { status: 404, advice: "list the contacts with GET /v1/devices/:id/contacts" },
  GroupNotFound: { status: 404, advice: "list the groups with GET /v1/devices/:id/groups" },
  AssetNotFound: { status: 404 },
  TokenNotFound: { status: 404, advice: "list your tokens with GET /v1/tokens" },
  AccountNotFound: { status: 404, advice: "list the accounts with GET /v1/users" },
  NoMedia: { status: 404 },
  FetchProblem: { status: 422, code: "media-not-fetched", field: "mediaUrl" },
  MediaGone: { status: 410, advice: "ask the sender to send it again" },
  CodeExpired: { status: 410 },
  HistoryTrimmed: { status: 410, fields: ["start"], advice: "use this position or a later one" },
  MediaUnusable: { status: 502, advice: "ask the sender to send it again" },
  CommandRefused: {
    status: 409,
    fields: ["command", "state"],
    advice: "read the device's state with GET /v1/devices/:id"
  },
  DeviceNotReady: { status: 409, fields: ["state"], advice: "start the device and wait until it is CONNECTED" },
  AccountRestricted: { status: 409, fields: ["kind", "until"], advice: "GET /v1/devices/:id/health tells more" },
  MessageIdTaken: { status: 409, fields: ["messageId"], advice: "GET /v1/messages/:id tells what became of it" },
  NotForwardable: { status: 422, fields: ["messageId", "kind"] },
  OperationRefused: {
    status: 422,
    statusOf: ({ whatsappCode }) => (whatsappCode === 404 || whatsappCode === 409 ? whatsappCode : 422),
    fields: ["operation", "whatsappCode"]
  },
  OperationUnfit: { status: 422, fields: ["field"] },
  PasskeyNotAsked: { status: 409, fields: ["step"] },
  LinkInvalid: { status: 410 },
  AssertionUnfit: { status: 422 },
  PasskeyRefused: { status: 422, fields: ["whatsappCode"] },
  CodeRefused: {
    status: 422,
    statusOf: ({ whatsappCode }) => (whatsappCode === CodeRefusal.rateOverlimit ? 429 : 422),
    fields: ["whatsappCode"]
  },
  NumberMissing: { status: 409 },
  NumberTaken: { status: 409, fields: ["number"] },
  NoQrShown: { status: 409, fields: ["state"] },
  PhoneRefused: { status: 422 },
  SandboxUnavailable: { status: 503, retryAfterSeconds: 5, advice: "see whether npm run sandbox still runs" },
  TooManyDevices: { status: 409, fields: ["max"] },
  TooManyTokens: { status: 409, fields: ["max"] },
  DeviceExists: { status: 409, fields: ["device"] },
  AccountExists: { status: 409, fields: ["number"], advice: "set its password with PUT /v1/users/:id/password" },
  KeyInUse: { status: 409, retryAfterSeconds: 1 },
  DuplicateKey: { status: 409, code: "key-in-use", retryAfterSeconds: 1, detail: KEY_IN_USE },
  KeyReused: { status: 422 },
  NotOnWhatsApp: { status: 422, code: "not-on-whatsapp", fields: ["number"], advice: "check the country code" },
  FileTooLarge: { status: 413, fields: ["bytesMax"] },
  NoStreamHere: { status: 400 },
  UpgradeNeeded: { status: 426 },
  TooManyFailures: { status: 429, fields: ["retryAfterSeconds"] },
  TooManyLogins: { status: 429, retryAfterSeconds: 1 },
  TooManyCodes: { status: 429, fields: ["retryAfterSeconds"] },
  TooManyKeys: { status: 429, fields: ["retryAfterSeconds"] },
  TooManyNewDevices: { status: 429, fields: ["max", "retryAfterSeconds"] },
  TooManyUploads: { status: 429, fields: ["max"], retryAfterSeconds: 1 },
  TooManyReadings: { status: 429, fields: ["max"], retryAfterSeconds: 1 },
  TooManyWatched: { status: 400, code: "invalid-request", field: "presence", fields: ["max"] },
  TooManyStreams: { status: 429, fields: ["max"], retryAfterSeconds: 5 },
  TooManyRequests: { status: 429, fields: ["retryAfterSeconds"] },
  MessageUnderWay: { status: 409 },
  BackupRunning: { status: 409, fields: ["name"] },
  BackupElsewhere: { status: 409 },
  VerificationRunning: { status: 503, retryAfterSeconds: 5 },
  DeviceBusy: { status: 503, retryAfterSeconds: 1, advice: "try again in a moment" },
  StoreUnavailable: {
    status: 503,
    retryAfterSeconds: 5,
    advice: "try again in a few seconds, a POST with the same Idempotency-Key"
  },
  StoreFull: { status: 507, retryAfterSeconds: 30, advice: "the operator has to make room on the disk" },
  NotConnected: { status: 503, retryAfterSeconds: 5, advice: "wait until the device is CONNECTED" },
  HostNotAllowed: { status: 421 },
  OriginNotAllowed: { status: 403 },
  BodyTimeout: { status: 408 },
  NoAnswer: { status: 503, retryAfterSeconds: 5, advice: "try again" },
  AskedTooOften: { status: 503, retryAfterSeconds: 60, advice: "ask for less within a minute" }
}

/** Failures of Fastify itself, by their codes. */
const fastifyCodes: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: "invalid-json",
  FST_ERR_CTP_EMPTY_JSON_BODY: "invalid-json",
  NOT_MULTIPART: "invalid-multipart",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported-media-type",
  FST_ERR_CTP_BODY_TOO_LARGE: "body-too-large",
  FST_ERR_BAD_URL: "bad-url",
  FST_ERR_MAX_PARAM_LENGTH: "uri-too-long"
}

export const answerProblem = (failure: unknown, request: FastifyRequest): FailureAnswer => {
  const { code, statusCode, message } = failure as { code?: string; statusCode?: number; message: string }
  const tag = tagOf(failure)
  const entry = tag === undefined ? undefined : known[tag]
  if (entry && tag !== undefined) {
    const given = failure as Record<string, unknown>
    const extra = Object.fromEntries((entry.fields ?? []).map((field) => [field, given[field]]))
    const field = entry.field === undefined ? {} : { field: entry.field }
    const retryAfter = entry.retryAfterSeconds ?? given.retryAfterSeconds
    const headers: Record<string, string> = typeof retryAfter === "number" ? { "retry-after": String(retryAfter) } : {}
    const text = entry.detail ?? [message, ...(entry.advice === undefined ? [] : [entry.advice])].join("; ")
    const detail = entry.field === undefined ? text : `${entry.field}: ${text}`
    const status = entry.statusOf?.(given) ?? entry.status
    return problem(status, entry.code ?? kebab(tag), detail, { ...field, ...extra }, headers)
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return problem(statusCode, (code && fastifyCodes[code]) ?? "bad-request", message)
  }
  request.log.error({ err: failure }, "a request failed unexpectedly")
  return problem(500, "internal", "the gateway failed unexpectedly; the operator finds the cause in the gateway's log")
}

/** Distinguishes a full store from an unavailable one: a full store needs the operator. */
const tagOf = (failure: unknown): string | undefined => {
  const { _tag, isFull } = failure as { _tag?: string; isFull?: boolean }
  return _tag === "StoreUnavailable" && isFull === true ? "StoreFull" : _tag
}

export const unknownRoute = (request: FastifyRequest): FailureAnswer =>
  problem(
    404,
    "not-found",
    `there is no route ${request.method} ${request.url.split("?")[0]}; GET /openapi.json lists all of them`
  )

export const documentProblem = (tag: string): { readonly status: number; readonly code: string } | undefined => {
  const entry = known[tag]
  return entry && { status: entry.status, code: entry.code ?? kebab(tag) }
}

export const problem = (
  status: number,
  code: string,
  detail: string,
  extra: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {}
): FailureAnswer => ({
  status,
  body: { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, code, detail, ...extra },
  headers
})

/** For the documentation. */
export const problemSchema = {
  type: "object",
  description:
    "A problem (RFC 9457). Let programs decide by `code`, which is stable. `detail` is text for people and may change.",
  required: ["type", "title", "status", "code", "detail"],
  properties: {
    type: { type: "string", const: "about:blank" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string" },
    detail: { type: "string" },
    field: { type: ["string", "null"], description: "The field of the request that is wrong." }
  }
} as const

const kebab = (tag: string): string => tag.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase()

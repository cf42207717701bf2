/** How this dialect words failures: the status and the Spanish sentence of each. No other file here knows statuses of failures. */
import type { FastifyRequest } from "fastify"
import type { FailureAnswer } from "../../dialect.ts"
import type { InputProblem } from "../../input.ts"

/** Rejection in the dialect's own words. `details` are added to the body beside `error`. */
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

export const missingData = () => new Refusal(400, "Faltan datos")
export const invalidNumber = () => new Refusal(400, "Número inválido")
export const invalidFile = () => new Refusal(400, "Archivo inválido")
export const textTooLong = () => new Refusal(400, "Mensaje demasiado largo")

/** Marks the problem of a field that holds no valid telephone number. */
export const INVALID_NUMBER = "Número inválido"

/** Missing fields come before wrong fields, as clients of this dialect expect. */
export const refuseInput = (problems: readonly [InputProblem, ...InputProblem[]]): Refusal => {
  if (problems.some(({ kind }) => kind === "missing")) return missingData()
  const [{ field, reason }] = problems
  if (reason === INVALID_NUMBER) return invalidNumber()
  return new Refusal(400, "Datos inválidos", { field })
}

interface Answer {
  readonly status: number
  readonly body: { readonly error: string; readonly [detail: string]: unknown }
  readonly retryAfterSeconds?: number
}

const STORE_RETRY_SECONDS = 5

/** By the failure's tag. A failure that is not listed is a bug: 500. */
const answers: Readonly<Record<string, (failure: never) => Answer>> = {
  Refusal: ({ status, message, details }: Refusal) => ({ status, body: { error: message, ...details } }),
  TokenMissing: () => no(401, "Token requerido"),
  TokenInvalid: () => no(401, "Token inválido"),
  ScopeMissing: () => no(401, "Token sin permiso"),
  DeviceSetFixed: () => no(401, "Token sin permiso"),
  DeviceSetLimited: () => no(401, "Token sin permiso"),
  InvalidCredentials: () => no(401, "Credenciales inválidas"),
  AccountNotFound: () => no(401, "Credenciales inválidas"),
  // Another request registered the number at the same moment.
  AccountExists: () => no(401, "Credenciales inválidas"),
  PasswordUnfit: ({ min, max }: { min: number; max: number }) =>
    no(400, `La contraseña debe tener entre ${min} y ${max} caracteres`),
  DeviceNotFound: () => no(404, "Dispositivo no encontrado"),
  DeviceExists: () => no(400, "El dispositivo ya existe"),
  DeviceNotReady: () => no(400, "Sesión de WhatsApp no lista"),
  MessageIdTaken: () => no(400, "El mensaje ya existe"),
  AccountRestricted: ({ until }: { until: string }) => ({
    status: 400,
    body: { error: "Cuenta restringida por WhatsApp", hasta: until }
  }),
  CommandRefused: () => no(400, "Sesión de WhatsApp no lista"),
  OriginNotAllowed: () => no(400, "Solicitud inválida"),
  HostNotAllowed: () => no(400, "Solicitud inválida"),
  BodyTimeout: () => no(408, "Solicitud inválida"),
  NoStreamHere: () => no(400, "Solicitud inválida"),
  InvalidRequest: () => no(400, "Solicitud inválida"),
  TooManyDevices: () => no(400, "Límite de dispositivos alcanzado"),
  TooManyNewDevices: () => no(400, "Límite de dispositivos alcanzado"),
  KeyReused: () => no(400, "Idempotency-Key ya usada"),
  KeyInUse: () => later(503, "Servicio no disponible", { retryAfterSeconds: 1 }),
  DuplicateKey: () => later(503, "Servicio no disponible", { retryAfterSeconds: 1 }),
  NotOnWhatsApp: ({ number }: { number: string }) => ({
    status: 404,
    body: { error: "Número no registrado en WhatsApp", number }
  }),
  FileTooLarge: () => no(413, "Archivo demasiado grande"),
  // The gateway accepted nothing. A 504 would mean that it is still sending a message.
  NoAnswer: () => later(503, "Servicio no disponible", { retryAfterSeconds: 1 }),
  AskedTooOften: () => ({
    status: 503,
    body: { error: "WhatsApp no responde: demasiadas consultas", code: "429" },
    retryAfterSeconds: 60
  }),
  TooManyFailures: (failure: { retryAfterSeconds: number }) => later(429, "Demasiadas solicitudes", failure),
  TooManyRequests: (failure: { retryAfterSeconds: number }) => later(429, "Demasiadas solicitudes", failure),
  TooManyKeys: (failure: { retryAfterSeconds: number }) => later(429, "Demasiadas solicitudes", failure),
  TooManyStreams: () => later(429, "Demasiadas solicitudes", { retryAfterSeconds: 5 }),
  // The events after the position that a Socket.IO client named are gone.
  HistoryTrimmed: () => ({ status: 400, body: { error: "Datos inválidos", field: "after" } }),
  TooManyReadings: () => later(429, "Demasiadas solicitudes", { retryAfterSeconds: 1 }),
  TooManyUploads: () => later(429, "Demasiadas solicitudes", { retryAfterSeconds: 1 }),
  TooManyLogins: () => later(429, "Demasiadas solicitudes", { retryAfterSeconds: 1 }),
  DeviceBusy: () => later(503, "Servicio no disponible", { retryAfterSeconds: 1 }),
  NotConnected: () => later(503, "Servicio no disponible", { retryAfterSeconds: 1 }),
  StoreUnavailable: () => later(503, "Servicio no disponible", { retryAfterSeconds: STORE_RETRY_SECONDS })
}

/** Failures of Fastify itself, by their codes. */
const fastifyAnswers: Readonly<Record<string, () => Answer>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: () => no(400, "JSON inválido"),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => no(400, "Se espera application/json"),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => no(400, "JSON inválido"),
  FST_ERR_CTP_BODY_TOO_LARGE: () => no(413, "Archivo demasiado grande")
}

const no = (status: number, error: string): Answer => ({ status, body: { error } })

const later = (status: number, error: string, { retryAfterSeconds }: { retryAfterSeconds: number }): Answer => ({
  ...no(status, error),
  retryAfterSeconds
})

export const answerFailure = (failure: unknown, request: FastifyRequest): FailureAnswer => {
  const { _tag, code, statusCode } = failure as { _tag?: string; code?: string; statusCode?: number }
  const answer =
    (_tag && answers[_tag]?.(failure as never)) ||
    (code && fastifyAnswers[code]?.()) ||
    (statusCode !== undefined && statusCode < 500 && no(400, "Solicitud inválida"))
  if (!answer) request.log.error({ err: failure }, "a request failed unexpectedly")
  const { status, body, retryAfterSeconds } = answer || no(500, "Error interno del servidor")
  return {
    status,
    body,
    headers: retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }
  }
}

/** The sentence of a failure, for documentation. */
export const documentFailure = (tag: string): { readonly status: number; readonly code: string } | undefined => {
  if (tag === "Refusal") return undefined
  const sample = { message: "", details: {}, status: 400, number: "", retryAfterSeconds: 1, min: 8, max: 128 }
  const answer = answers[tag]?.(sample as never)
  return answer && { status: answer.status, code: answer.body.error }
}

export const failureSchema = {
  type: "object",
  required: ["error"],
  properties: { error: { type: "string", description: "A sentence in Spanish." } },
  additionalProperties: true
} as const

export const unreadable: FailureAnswer = { status: 400, body: { error: "Solicitud inválida" }, headers: {} }
export const unknownRoute: FailureAnswer = { status: 404, body: { error: "Ruta no encontrada" }, headers: {} }

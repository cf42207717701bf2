/** How this dialect says no: which status and which Spanish sentence each failure has. No other file here knows statuses. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify"

/** Rejection with the dialect's own words; `details` stand beside `error` in the body. */
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
export const fileTooLarge = () => new Refusal(413, "Archivo demasiado grande")
export const textTooLong = () => new Refusal(400, "Mensaje demasiado largo")
export const unknownDevice = () => new Refusal(404, "Dispositivo no encontrado")
export const registrationClosed = () => new Refusal(401, "Registro cerrado")
export const invalidCredentials = () => new Refusal(401, "Credenciales inválidas")

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds?: number
}

const STORE_RETRY_SECONDS = 5

/** Failures that every route may meet, by their tags. What is not here is a mistake of ours: 500. */
const answers: Readonly<Record<string, (failure: never) => Answer>> = {
  Refusal: ({ status, message, details }: Refusal) => ({ status, body: { error: message, ...details } }),
  TokenMissing: () => no(401, "Token requerido"),
  TokenInvalid: () => no(401, "Token inválido"),
  InvalidCredentials: () => no(401, "Credenciales inválidas"),
  DeviceNotFound: () => no(404, "Dispositivo no encontrado"),
  NoStreamHere: () => no(400, "Solicitud inválida"),
  TooManyDevices: () => no(400, "Límite de dispositivos alcanzado"),
  TooManyNewDevices: () => no(400, "Límite de dispositivos alcanzado"),
  NotOnWhatsApp: ({ number }: { number: string }) => ({
    status: 404,
    body: { error: "Número no registrado en WhatsApp", number }
  }),
  NoAnswer: () => no(504, "Sin confirmación de WhatsApp"),
  TooManyFailures: (failure: { retryAfterSeconds: number }) => later(429, "Demasiadas solicitudes", failure),
  TooManyRequests: (failure: { retryAfterSeconds: number }) => later(429, "Demasiadas solicitudes", failure),
  TooManyLogins: () => later(429, "Demasiadas solicitudes", { retryAfterSeconds: 1 }),
  DeviceBusy: () => later(503, "Servicio no disponible", { retryAfterSeconds: 1 }),
  StoreUnavailable: () => later(503, "Servicio no disponible", { retryAfterSeconds: STORE_RETRY_SECONDS })
}

/** Failures of Fastify itself, by their codes. */
const fastifyAnswers: Readonly<Record<string, () => Answer>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: () => no(400, "JSON inválido"),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => no(400, "JSON inválido"),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => no(400, "JSON inválido"),
  FST_ERR_CTP_BODY_TOO_LARGE: () => no(413, "Archivo demasiado grande")
}

const no = (status: number, error: string): Answer => ({ status, body: { error } })

const later = (status: number, error: string, { retryAfterSeconds }: { retryAfterSeconds: number }): Answer => ({
  ...no(status, error),
  retryAfterSeconds
})

export const answerFailure = (failure: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const { _tag, code, statusCode } = failure as { _tag?: string; code?: string; statusCode?: number }
  const answer =
    (_tag && answers[_tag]?.(failure as never)) ||
    (code && fastifyAnswers[code]?.()) ||
    (statusCode !== undefined && statusCode < 500 && no(400, "Solicitud inválida"))
  if (!answer) request.log.error({ err: failure }, "a request failed unexpectedly")
  const { status, body, retryAfterSeconds } = answer || no(500, "Error interno del servidor")
  if (retryAfterSeconds !== undefined) reply.header("retry-after", String(retryAfterSeconds))
  return reply.code(status).send(body)
}

export const answerUnknownRoute = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  reply.code(404).send({ error: "Ruta no encontrada" })

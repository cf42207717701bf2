/** Reading this dialect's bodies: fields that are missing come before fields that are wrong, as its clients expect. */
import { isNumber } from "../../../whatsapp/number.ts"
import { invalidNumber, missingData } from "./answers.ts"

export type Body = Readonly<Record<string, unknown>>

/** The request's body as an object; anything else has no fields. */
export const bodyOf = (given: unknown): Body =>
  typeof given === "object" && given !== null && !Array.isArray(given) ? (given as Body) : {}

/** A text that must be there and not be empty. */
export const requiredText = (body: Body, field: string): string => {
  const value = body[field]
  if (typeof value !== "string" || value === "") throw missingData()
  return value
}

/** A text that may be absent. */
export const optionalText = (body: Body, field: string): string | undefined => {
  const value = body[field]
  return typeof value === "string" && value !== "" ? value : undefined
}

/** A telephone number that must be there, as a string or as a JSON number. Not checked yet: first everything must be there. */
export const requiredNumber = (body: Body, field: string): string => {
  const value = body[field]
  if (typeof value === "number") return String(value)
  return requiredText(body, field)
}

/** 8 to 15 digits, or "Número inválido". */
export const validNumber = (given: string): string => {
  if (!isNumber(given)) throw invalidNumber()
  return given
}

/** A device's `fromNumber`: base64 of its number, or the digits themselves. */
export const decodeInstance = (given: string): string => {
  if (isNumber(given)) return given
  return validNumber(Buffer.from(given, "base64").toString("utf8"))
}

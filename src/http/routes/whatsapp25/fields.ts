/** The fields of this dialect's bodies. A JSON number is read as its digits, because PHP's JSON_NUMERIC_CHECK writes some texts so. */
import { Schema, SchemaGetter } from "effect"
import { isNumber } from "../../../whatsapp/number.ts"
import { INVALID_NUMBER, invalidNumber } from "./answers.ts"

const Given = Schema.Union([Schema.String, Schema.Finite])

const asText = {
  decode: SchemaGetter.transform((given: string | number) => String(given)),
  encode: SchemaGetter.transform((text: string) => text)
}

export const Text = Given.pipe(Schema.decodeTo(Schema.String, asText))

/** 8 to 15 digits, as a text or a JSON number. */
export const PhoneNumber = Given.annotate({ message: INVALID_NUMBER }).pipe(
  Schema.decodeTo(Schema.String.check(Schema.makeFilter((text: string) => isNumber(text) || INVALID_NUMBER)), asText)
)

/** Removes what this dialect counts as missing: empty texts and null. A field of another type is wrong, not missing. */
export const withoutEmptyFields = (given: unknown): unknown =>
  typeof given === "object" && given !== null && !Array.isArray(given)
    ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "" && value !== null))
    : {}

/** `fromNumber` names a device: base64 of its number, or its digits. */
export const decodeInstance = (given: string): string => {
  const number = isNumber(given) ? given : Buffer.from(given, "base64").toString("utf8")
  if (!isNumber(number)) throw invalidNumber()
  return number
}

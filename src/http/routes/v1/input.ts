/** Checking what a /v1 request brings, by schema: what is wrong is named by its field. */
import { Result, Schema } from "effect"
import { isEventType } from "../../../events/catalog.ts"

/** Rejection: a field is missing or wrong. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", {
  field: Schema.NullOr(Schema.String),
  reason: Schema.String
}) {
  override get message(): string {
    return this.field === null ? this.reason : `${this.field}: ${this.reason}`
  }
}

/** The value as the schema reads it; throws InvalidRequest. Fields that the schema does not know are refused. */
export const read = <S extends Schema.Decoder<unknown>>(schema: S, given: unknown): S["Type"] => {
  const result = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })(given ?? {})
  if (Result.isSuccess(result)) return result.success
  const [reason = "is wrong", place] = result.failure.message.split("\n")
  const field = place
    ?.match(/at (.+)$/)?.[1]
    ?.replace(/\["([^"]+)"\]/g, ".$1")
    .replace(/^\./, "")
  throw new InvalidRequest({ field: field ?? null, reason })
}

/** `?types=`, comma-separated: events of the catalogue, or one of `others`. Throws InvalidRequest. */
export const typesOf = (given: string | undefined, others: readonly string[] = []): readonly string[] | undefined => {
  if (given === undefined) return undefined
  const types = [...new Set(given.split(","))]
  const unknown = types.find((type) => !isEventType(type) && !others.includes(type))
  if (unknown !== undefined) throw new InvalidRequest({ field: "types", reason: `there is no event ${unknown}` })
  return types
}

const wholeNumber = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))

/** `?after=`: a position, or what a page gave as `next`. */
export const After = Schema.optionalKey(wholeNumber(0, Number.MAX_SAFE_INTEGER))

/** A place in the log, from 1. */
export const Position = wholeNumber(1, Number.MAX_SAFE_INTEGER)

/** `?limit=`: 1 to `max`. */
export const limitUpTo = (max: number) => Schema.optionalKey(wholeNumber(1, max))

/** Fields that several /v1 requests share, and checks that a schema cannot express. */
import { Effect, Schema, SchemaGetter } from "effect"
import { isEventType } from "../../../events/catalog.ts"
import { isoTime } from "../../../events/iso-time.ts"
import { isNumber } from "../../../whatsapp/number.ts"
import { InvalidRequest } from "../../input.ts"

const wholeNumber = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))

/** `?after=`: a position, or the `next` of a page. */
export const After = Schema.optionalKey(
  wholeNumber(0, Number.MAX_SAFE_INTEGER).annotate({
    description: "Continue after this position: the `next` of the previous page."
  })
)

/** `?after=` of a list that is not ordered by numbers. */
export const Cursor = Schema.optionalKey(
  Schema.String.check(Schema.isMaxLength(300)).annotate({ description: "The `next` of the previous page." })
)

/** `?…=true` or `false`. */
export const Flag = (description: string) =>
  Schema.optionalKey(
    Schema.Literals(["true", "false"])
      .annotate({ description })
      .pipe(
        Schema.decodeTo(Schema.Boolean, {
          decode: SchemaGetter.transform((given: "true" | "false") => given === "true"),
          encode: SchemaGetter.transform((is: boolean) => (is ? "true" : "false"))
        })
      )
  )

/** A position in the log, from 1. */
export const Position = wholeNumber(1, Number.MAX_SAFE_INTEGER)

/** `?limit=`: 1 to `max`. */
export const limitUpTo = (max: number, otherwise: number) =>
  Schema.optionalKey(wholeNumber(1, max).annotate({ description: `At most ${max}; ${otherwise} by default.` }))

export const DeviceParams = Schema.Struct({
  id: Schema.String.annotate({
    description: "The device's id (`dev_…`), or its telephone number if the device is yours."
  })
})
export const MessageParams = Schema.Struct({ id: Schema.String.annotate({ description: "The message's id." }) })

export const NUMBER_RULE = "must be 8 to 15 digits with country code, without plus"
/** A telephone number. */
export const PhoneNumber = Schema.String.check(
  Schema.makeFilter((text: string) => isNumber(text) || NUMBER_RULE, {
    description: "Digits with country code, without plus"
  })
)

/** For bodies without fields: an empty Struct would accept any object. */
export const NoFields = Schema.Record(Schema.String, Schema.Never)

/** `?types=`, comma-separated: event types of the catalogue, or one of `others`. */
export const typesOf = (
  given: string | undefined,
  others: readonly string[] = []
): Effect.Effect<readonly string[] | undefined, InvalidRequest> => {
  if (given === undefined) return Effect.succeed(undefined)
  const types = [...new Set(given.split(","))]
  const unknown = types.find((type) => !isEventType(type) && !others.includes(type))
  if (unknown === undefined) return Effect.succeed(types)
  return new InvalidRequest({ field: "types", reason: `there is no event ${unknown}; docs/EVENTS.md lists the types` })
}

/** A time that a client gives, as epoch milliseconds. */
export const timeOf = (field: string, given: string | undefined): Effect.Effect<number | undefined, InvalidRequest> => {
  const time = given === undefined ? undefined : isoTime(given)
  if (given !== undefined && time === undefined) {
    return new InvalidRequest({ field, reason: "must be an ISO 8601 time, such as 2026-01-31T09:30:00Z" })
  }
  return Effect.succeed(time)
}

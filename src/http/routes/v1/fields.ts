/** Fields that several /v1 requests have, and what reads more than a schema can say. */
import { Effect, Schema, SchemaGetter } from "effect"
import { isEventType } from "../../../events/catalog.ts"
import { isoTime } from "../../../events/iso-time.ts"
import { isNumber } from "../../../whatsapp/number.ts"
import { InvalidRequest } from "../../input.ts"

const wholeNumber = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))

/** `?after=`: a position, or what a page gave as `next`. */
export const After = Schema.optionalKey(
  wholeNumber(0, Number.MAX_SAFE_INTEGER).annotate({ description: "Where to go on: the `next` of the page before." })
)

/** `?after=` of a list whose order is not that of numbers. */
export const Cursor = Schema.optionalKey(
  Schema.String.check(Schema.isMaxLength(300)).annotate({ description: "The `next` of the page before." })
)

/** `?…=true` or `false`. */
export const Flag = (description: string) =>
  Schema.optionalKey(
    Schema.Literals(["true", "false"])
      .pipe(
        Schema.decodeTo(Schema.Boolean, {
          decode: SchemaGetter.transform((given: "true" | "false") => given === "true"),
          encode: SchemaGetter.transform((is: boolean) => (is ? "true" : "false"))
        })
      )
      .annotate({ description })
  )

/** A place in the log, from 1. */
export const Position = wholeNumber(1, Number.MAX_SAFE_INTEGER)

/** `?limit=`: 1 to `max`. */
export const limitUpTo = (max: number, otherwise: number) =>
  Schema.optionalKey(wholeNumber(1, max).annotate({ description: `At most ${max}; ${otherwise} by default.` }))

export const DeviceParams = Schema.Struct({
  id: Schema.String.annotate({ description: "`dev_…`, or the telephone number of a device of one's own." })
})
export const MessageParams = Schema.Struct({ id: Schema.String.annotate({ description: "The message's id." }) })

export const NUMBER_RULE = "must be 8 to 15 digits with country code, without plus"
/** A telephone number. */
export const PhoneNumber = Schema.String.check(
  Schema.makeFilter((text: string) => isNumber(text) || NUMBER_RULE, {
    description: "Digits with country code, without plus"
  })
)

/** For bodies without fields: an empty Struct would take anything. */
export const NoFields = Schema.Record(Schema.String, Schema.Never)

/** `?types=`, comma-separated: events of the catalogue, or one of `others`. */
export const typesOf = (
  given: string | undefined,
  others: readonly string[] = []
): Effect.Effect<readonly string[] | undefined, InvalidRequest> => {
  if (given === undefined) return Effect.succeed(undefined)
  const types = [...new Set(given.split(","))]
  const unknown = types.find((type) => !isEventType(type) && !others.includes(type))
  if (unknown === undefined) return Effect.succeed(types)
  return new InvalidRequest({ field: "types", reason: `there is no event ${unknown}` })
}

/** A time that a client gives, as epoch milliseconds. */
export const timeOf = (field: string, given: string | undefined): Effect.Effect<number | undefined, InvalidRequest> => {
  const time = given === undefined ? undefined : isoTime(given)
  if (given !== undefined && time === undefined) {
    return new InvalidRequest({ field, reason: "must be an ISO 8601 time" })
  }
  return Effect.succeed(time)
}

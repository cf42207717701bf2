/** Where a page ended, as a text that a client gives back and does not read. */
import { Effect, Schema } from "effect"
import { InvalidRequest } from "../../input.ts"

export const cursorOf = (place: unknown): string | null =>
  place === undefined ? null : Buffer.from(JSON.stringify(place)).toString("base64url")

/** Reads what `cursorOf` has written. */
export const placeIn = <S extends Schema.Top & { readonly DecodingServices: never }>(
  schema: S,
  cursor: string | undefined
): Effect.Effect<S["Type"] | undefined, InvalidRequest> => {
  if (cursor === undefined) return Effect.succeed(undefined)
  const text = Buffer.from(cursor, "base64url").toString()
  return Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text).pipe(
    Effect.mapError(() => new InvalidRequest({ field: "after", reason: "must be what a page gave as `next`" }))
  )
}

/** Input that no route should be able to take badly: for fast-check. */
import fc from "fast-check"

export type Fields = Readonly<Record<string, unknown>>

/** Texts that have broken parsers. */
export const nasty = fc.constantFrom(
  "",
  " ",
  "\0",
  "\ud800",
  "\udfff x",
  "\u202e",
  "'; DROP TABLE device; --",
  "%s%n",
  "${7*7}",
  "../../../etc/passwd",
  "__proto__",
  "constructor",
  "NaN",
  "-0",
  "1e999",
  "9007199254740993",
  "0x10",
  "null",
  "true",
  "{}",
  "51948907640\n",
  "data:;base64,",
  "=".repeat(50),
  "a".repeat(5_000),
  "ñ".repeat(300),
  "👨‍👩‍👧‍👦".repeat(40)
)

export const value: fc.Arbitrary<unknown> = fc.oneof(
  nasty,
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.double(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.constant("51948907640"),
  fc.array(fc.anything({ maxDepth: 2 }), { maxLength: 4 }),
  fc.object({ maxDepth: 2, maxKeys: 4 })
)

/** The body with some fields replaced, some missing and some unknown. */
export const bent = (complete: Fields) =>
  fc
    .record({
      replaced: fc.record(Object.fromEntries(Object.keys(complete).map((field) => [field, value])), {
        requiredKeys: []
      }),
      gone: fc.subarray(Object.keys(complete)),
      more: fc.dictionary(fc.oneof(nasty, fc.string({ maxLength: 10 })), value, { maxKeys: 2 })
    })
    .map(({ replaced, gone, more }) => {
      const body: Record<string, unknown> = { ...more, ...complete, ...replaced }
      for (const field of gone) delete body[field]
      return body
    })

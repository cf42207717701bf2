import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FieldReader } from "../../../src/http/uploads/field-reader.ts"
import { times } from "../../support/soak.ts"

const value = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 4, stringUnit: "grapheme" }).filter((given) => !JSON.stringify(given).includes("__proto__"))
)
const key = fc.string({ unit: "grapheme" }).filter((name) => name !== "media" && name !== "__proto__")
const cuts = fc.array(fc.nat(200), { maxLength: 20 })

/** The reader's result for a text in pieces of these lengths. */
const readInPieces = (text: string, lengths: readonly number[]) => {
  const reader = new FieldReader("media")
  const bytes = Buffer.from(text)
  let long = ""
  let at = 0
  for (const length of [...lengths, bytes.length]) {
    long += reader.read(bytes.subarray(at, at + length))
    at += length
  }
  long += reader.end()
  return { long, fields: { ...reader.fields } }
}

describe("reading a body's fields as they arrive", () => {
  it("gives the same as JSON.parse, with the long field apart, wherever the text is cut", () => {
    fc.assert(
      fc.property(
        fc.dictionary(key, value),
        fc.string({ unit: "grapheme" }),
        cuts,
        fc.boolean(),
        (fields, media, lengths, isFirst) => {
          const text = JSON.stringify(isFirst ? { media, ...fields } : { ...fields, media })
          expect(readInPieces(text, lengths)).toEqual({ long: media, fields: JSON.parse(JSON.stringify(fields)) })
        }
      ),
      { numRuns: times(300, 10_000) }
    )
  })

  it("accepts every JSON text that JSON.parse accepts, and no other", () => {
    const almost = fc.tuple(fc.json(), cuts, fc.nat(), fc.constantFrom("", "{", "}", ",", '"', "x", "\\"))
    fc.assert(
      fc.property(almost, ([json, lengths, place, wrong]) => {
        const at = place % (json.length + 1)
        const text = json.slice(0, at) + wrong + json.slice(at)
        if (text.includes("__proto__")) return
        const attempt = (read: () => unknown): boolean => {
          try {
            read()
            return true
          } catch {
            return false
          }
        }
        expect(attempt(() => readInPieces(text, lengths))).toBe(attempt(() => JSON.parse(text)))
      }),
      { numRuns: times(500, 20_000) }
    )
  })

  it("reads nested values, and takes for the long field only that of the body itself", () => {
    const { fields, long } = readInPieces('{"a":{"media":"x","b":[1,{"c":2}]},"media":"yes","d":[]}', [7, 3])
    expect({ fields, long }).toEqual({ fields: { a: { media: "x", b: [1, { c: 2 }] }, d: [] }, long: "yes" })
  })

  it("bounds the length of the fields and the depth", () => {
    expect(() => readInPieces(JSON.stringify({ text: "x".repeat(1_000_001) }), [])).toThrow(/too large/)
    expect(() => readInPieces(`{"list":[${"[],".repeat(100_000)}0]}`, [])).toThrow(/too large/)
    expect(() => readInPieces("[".repeat(100_000), [])).toThrow(/JSON/)
  })
})

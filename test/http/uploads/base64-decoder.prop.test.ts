/** However a text is cut into pieces, the result is what Node decodes from the whole. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Base64Decoder, NotBase64 } from "../../../src/http/uploads/base64-decoder.ts"
import { times } from "../../support/soak.ts"

const decode = (pieces: readonly string[]): Buffer => {
  const decoder = new Base64Decoder()
  const bytes = pieces.map((piece) => decoder.push(piece))
  return Buffer.concat([...bytes, decoder.end()])
}

const cut = (text: string, places: readonly number[]): readonly string[] => {
  const ends = [...new Set(places.map((place) => Math.round(place * text.length)))].toSorted((a, b) => a - b)
  return [...ends, text.length].map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end))
}

const bytes = fc.uint8Array({ maxLength: 300 })
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 })
const forms: Readonly<Record<string, (base64: string) => string>> = {
  plain: (base64) => base64,
  "without padding": (base64) => base64.replace(/=+$/, ""),
  "of the other alphabet": (base64) => base64.replaceAll("+", "-").replaceAll("/", "_"),
  "as a data URI": (base64) => `data:application/pdf;name=a.pdf;base64,${base64}`,
  "in lines": (base64) => base64.replace(/.{1,7}/g, "$&\r\n")
}

describe("base64 in pieces", () => {
  it.each(Object.entries(forms))("%s", (_name, form) => {
    fc.assert(
      fc.property(bytes, places, (given, at) => {
        const text = form(Buffer.from(given).toString("base64"))
        expect(decode(cut(text, at))).toEqual(Buffer.from(given))
      }),
      { numRuns: times(200, 20_000) }
    )
  })

  it("refuses any other character, wherever it is", () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.constantFrom("*", "ñ", ",", "\u0000", "="), places, (given, at, wrong, cuts) => {
        const base64 = Buffer.from(given).toString("base64")
        const index = at % Math.max(1, base64.replace(/=+$/, "").length)
        const text = `${base64.slice(0, index)}${wrong}A${base64.slice(index)}A`
        expect(() => decode(cut(text, cuts))).toThrow(NotBase64)
      }),
      { numRuns: times(200, 20_000) }
    )
  })

  it.each(["A", "AAAAA", "AAAA===", "AA=A", "data:text/plain,AAAA", "data:;base64"])("refuses %j", (text) => {
    expect(() => decode([text])).toThrow(NotBase64)
  })

  it("decodes an empty text to no bytes", () => {
    expect(decode([])).toHaveLength(0)
    expect(decode(["", " "])).toHaveLength(0)
  })
})

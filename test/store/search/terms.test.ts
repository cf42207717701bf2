/** What a query finds in a text, without a database. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { matches, termsOf } from "../../../src/store/search/terms.ts"
import { wordsIn, wordsOf } from "../../../src/store/search/words.ts"

const finds = (query: string, ...texts: readonly string[]): boolean => {
  const terms = termsOf(query)
  return terms.length > 0 && matches(wordsOf(texts), terms)
}

describe("a query finds a text", () => {
  it.each([
    ["café", "CAFE con leche"],
    ["cafe", "un Café"],
    ["ANO nuevo", "año Nuevo"],
    ["leche café", "café con leche"],
    ['"con leche"', "café con leche"],
    ["“con leche”", "café con leche"],
    ['"con leche', "leche con café"],
    ["fact*", "la factura de enero"],
    ["f*", "la letra f"],
    ["ana@example.com", "escribe a Ana@Example.com."],
    ["12.500", "son S/ 12.500"],
    ["don't", "I don’t know"],
    ["STRASSE", "Straße"],
    ["ΟΔΟΣ", "οδός"],
    ["ёлка", "Елка"],
    ["京都", "東京都"],
    ["ラーメン", "ﾗｰﾒﾝを食べる"],
    ["한국", "한국 사람"],
    ["🎉", "¡listo!🎉🎉"],
    ["a AND b", "and b or a"],
    ["NEAR(hola", "near hola"]
  ])("%s in: %s", (query, text) => {
    expect(finds(query, text)).toBe(true)
  })

  it.each([
    ["café té", "café"],
    ['"leche con"', "café con leche"],
    ['"café leche"', "café con leche"],
    ["factur", "la factura"],
    ["f*", "la factura"],
    ["*tura", "la factura"],
    ["example.ana", "ana@example.com"],
    ["都京", "東京都"],
    ['"uno dos"', "uno"],
    ["w_hola", "hola"],
    ["b_b", "hola"]
  ])("but not %s in: %s", (query, text) => {
    expect(finds(query, text)).toBe(false)
  })

  it("a phrase within one of its texts, and words in several", () => {
    expect([finds('"uno dos"', "uno", "dos"), finds("uno dos", "uno", "dos")]).toEqual([false, true])
  })

  it.each(["", " ", "…", '""', "*", '"*" - +', "\0", "\u0301"])("nothing is a query without a word: %j", (query) => {
    expect(termsOf(query)).toEqual([])
  })
})

describe("a word of the index", () => {
  const anyText = fc.string({ unit: "binary", maxLength: 200 })

  it("is one word for every parser, and none too short or too long for MySQL", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const word of wordsIn(text)) expect(word).toMatch(/^w_[a-z0-9_]{1,80}$/)
      })
    )
  })

  it("begins as the word begins that it stands for, and is that of no other", () => {
    const letter = fc.constantFrom(...Array.from("abzñяж9ʒ가𐐷"))
    const word = fc.array(letter, { minLength: 1, maxLength: 8 }).map((letters) => letters.join(""))
    fc.assert(
      fc.property(word, word, (one, other) => {
        const plain = (text: string) => text.replaceAll("ñ", "n")
        const [first = ""] = wordsIn(one)
        const [second = ""] = wordsIn(other)
        expect(second.startsWith(first)).toBe(plain(other).startsWith(plain(one)))
      })
    )
  })

  it("is found by any of its texts' own words, whatever text it is", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(finds(text.replaceAll(/["“”*]/g, " "), text)).toBe(wordsIn(text).length > 0)
      })
    )
  })
})

/**
 * The words of a text as the index has them. The gateway cuts and folds texts itself, so that both databases find the same: their own
 * parsers differ in accents, in what a word is, and in words that they leave out. Pure.
 *
 * A word in the index is `w_` and letters, digits and underscores of ASCII. Every parser takes that for one word, none for a stop word or
 * for too short, and nothing in it is an operator of a query.
 */

/** The words of some texts, in their order. Between two texts stands a word that no query has: a phrase is found within one text. */
export const wordsOf = (texts: readonly string[]): readonly string[] => {
  const words: string[] = []
  for (const text of texts) {
    const found = wordsIn(text)
    if (words.length > 0 && found.length > 0) words.push(BREAK)
    for (const word of found) words.push(word)
  }
  return words
}

const BREAK = "b_b"

/** The words of one text. */
export const wordsIn = (text: string): readonly string[] =>
  (fold(text).match(WORD) ?? []).map((word) => `w_${encode(word)}`)

/** Whether it is a letter of a script that writes no spaces, or a pictograph: such a character is a word of its own. */
export const isSingle = (character: string): boolean => SINGLE.test(character)

const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}"
const ONE = `[${UNSPACED}\\p{Extended_Pictographic}]`
const WORD = new RegExp(`${ONE}|(?:(?!${ONE})[\\p{L}\\p{M}\\p{N}])+`, "gu")
const SINGLE = new RegExp(`${ONE}\\**$`, "u")

/** Latin, Greek and Cyrillic accents, Hebrew points and Arabic vowels. The vowels of Indian scripts are letters like others. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]/g

/** The same for upper and lower case, with and without accents, full and half width. */
const fold = (text: string): string =>
  isAscii(text)
    ? text.toLowerCase()
    : text
        .normalize("NFKD")
        .toUpperCase()
        .toLowerCase()
        .normalize("NFKD")
        .replaceAll(ACCENTS, "")
        .replaceAll("ς", "σ")
        .normalize("NFC")

// oxlint-disable-next-line no-control-regex
const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text)

/** MySQL leaves out words of more than 84 characters. A longer word is found by its beginning: 80 Latin letters, 20 of others. */
const LENGTH_MAX = 80

/** No letter's code is the beginning of another's, so the beginning of a word is the beginning of its code. */
const encode = (word: string): string => {
  if (/^[a-z0-9]*$/.test(word)) return word.slice(0, LENGTH_MAX)
  let encoded = ""
  for (const character of word) {
    const code = codeOf(character)
    if (encoded.length + code.length > LENGTH_MAX) break
    encoded += code
  }
  return encoded
}

const codeOf = (character: string): string => {
  if (/^[a-z0-9]$/.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  return code < 36 ** 3 ? `_${code.toString(36).padStart(3, "0")}` : `__${code.toString(36).padStart(4, "0")}`
}

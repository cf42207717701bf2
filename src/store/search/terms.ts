/** What a client searches for: words that all have to occur, `"phrases"`, and the beginnings of words (`fact*`). Pure. */
import { isSingle, wordsIn } from "./words.ts"

/** Words that stand one after the other. `isPrefix`: the only word is the beginning of one. */
export interface Term {
  readonly words: readonly string[]
  readonly isPrefix: boolean
}

/**
 * Any text is a query. Signs separate words, and what they joined is a phrase (`ana@example.com`). A quotation mark without its second
 * half, and a `*` after fewer than two letters, are signs like others. Returns no term for a text without a word.
 */
export const termsOf = (query: string): readonly Term[] => {
  const parts = query.split(/["“”]/)
  const terms = parts.flatMap((part, i) =>
    i % 2 === 1 && i < parts.length - 1 ? phrase(wordsIn(part)) : part.split(/\s+/).flatMap(bare)
  )
  const known = new Map(terms.map((term) => [`${term.words.join(" ")}${term.isPrefix ? "*" : ""}`, term]))
  return [...known.values()]
}

/** A database reads all words with a beginning: those with one letter are a large part of its index. */
const PREFIX_LENGTH_MIN = 2

const BEGINNING = new RegExp(`[\\p{L}\\p{M}\\p{N}]{${PREFIX_LENGTH_MIN}}\\*+$`, "u")

const phrase = (words: readonly string[]): readonly Term[] => (words.length === 0 ? [] : [{ words, isPrefix: false }])

const bare = (text: string): readonly Term[] => {
  const words = wordsIn(text)
  const last = words.at(-1)
  if (last === undefined || !BEGINNING.test(text.normalize("NFC")) || isSingle(text)) return phrase(words)
  return [...phrase(words.slice(0, -1)), { words: [last], isPrefix: true }]
}

/** Whether all terms occur in these words (`wordsOf`): what both databases have to agree with. */
export const matches = (words: readonly string[], terms: readonly Term[]): boolean =>
  terms.every((term) =>
    words.some((word, at) =>
      term.isPrefix ? word.startsWith(term.words[0] ?? "") : term.words.every((each, i) => words[at + i] === each)
    )
  )

/** The texts in the language of the person: as chosen, else as the browser says, else Spanish. */
import { effect, signal } from "@preact/signals"
import { en } from "./en.ts"
import { es, type TextKey } from "./es.ts"

export type Language = "es" | "en"
export type { TextKey }

const KEPT = "language"
const texts: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { es, en }

const chosen = (): Language => {
  const kept = localStorage.getItem(KEPT)
  if (kept === "es" || kept === "en") return kept
  return navigator.language.startsWith("en") ? "en" : "es"
}

export const language = signal<Language>(chosen())

effect(() => {
  document.documentElement.lang = language.value
})

export const chooseLanguage = (next: Language): void => {
  localStorage.setItem(KEPT, next)
  language.value = next
}

/** Values stand in braces in the text. They are inserted as they are, whatever signs are in them. */
export const text = (key: TextKey, values: Readonly<Record<string, unknown>> = {}): string =>
  Object.entries(values).reduce(
    (done, [name, value]) => done.replaceAll(`{${name}}`, () => String(value)),
    texts[language.value][key]
  )

export const hasText = (key: string): key is TextKey => key in es

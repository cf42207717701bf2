/** The texts of the dashboard: both languages say the same things. */
import { expect, it } from "vitest"
import { en } from "../../dashboard/src/i18n/en.ts"
import { es } from "../../dashboard/src/i18n/es.ts"

const texts = { es: Object.entries(es), en: Object.entries(en) }
const valuesIn = (text: string): readonly string[] => (text.match(/\{\w+\}/g) ?? []).toSorted()

it("Spanish and English have the same keys, with the same values in them", () => {
  const shapeOf = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([key, text]) => [key, ...valuesIn(text)]).toSorted()
  expect(shapeOf(texts.en)).toEqual(shapeOf(texts.es))
})

it("no text is empty", () => {
  expect([...texts.es, ...texts.en].filter(([, text]) => text.trim() === "")).toEqual([])
})

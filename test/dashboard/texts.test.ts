/** The texts of the dashboard: both languages say the same things. */
import { readdirSync, readFileSync } from "node:fs"
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

it("every text is used: by its key, or for a word of the gateway", () => {
  const folder = new URL("../../dashboard/src/", import.meta.url)
  const isSource = (name: string) => /\.tsx?$/.test(name) && !/i18n[\\/](es|en)(\.ts$|[\\/])/.test(name)
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(isSource)
  const source = names.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n")
  const isForWord = (key: string) => /^(state|health|reason|advice|problem|step|proof)\./.test(key)
  expect(Object.keys(es).filter((key) => !isForWord(key) && !source.includes(`"${key}"`))).toEqual([])
})

it("no key is in two files of a language, where one would hide the other", () => {
  for (const language of ["es", "en"]) {
    const folder = new URL(`../../dashboard/src/i18n/${language}`, import.meta.url)
    const files = [`${folder.pathname}.ts`, ...readdirSync(folder).map((name) => `${folder.pathname}/${name}`)]
    const keys = files.flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(/^  "([^"]+)":/gm)].map(([, key]) => key)
    )
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([])
  }
})

it("no text is empty", () => {
  expect([...texts.es, ...texts.en].filter(([, text]) => text.trim() === "")).toEqual([])
})

import { globSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")
const root = new URL("..", import.meta.url).pathname

describe("docs/PROMISES.md", () => {
  const promised = new Set([...read("docs/PROMISES.md").matchAll(/^- \*\*([A-Z]+-\d+)\*\*/gm)].map(([, id]) => id))
  const titles = globSync("test/**/*.ts", { cwd: root })
    .map(read)
    .flatMap((text) => [...text.matchAll(/\b(?:it|test|describe)(?:\.\w+)*(?:\([^)]*\))?\(\s*(["'`])(.*?)\1/gs)])
    .map(([, , title]) => title ?? "")
  const tested = new Set(titles.flatMap((title) => [...title.matchAll(/\[([A-Z]+-\d+)\]/g)].map(([, id]) => id)))

  it("promises nothing that no test shows", () => {
    expect([...promised].filter((id) => !tested.has(id))).toEqual([])
  })

  it("knows every promise that a test names", () => {
    expect([...tested].filter((id) => !promised.has(id))).toEqual([])
  })
})

describe("README.md", () => {
  it("explains every setting", () => {
    const settings = [...read("src/config.ts").matchAll(/"([A-Z][A-Z0-9_]{2,})"/g)].map(([, name]) => name ?? "")
    const text = read("README.md")
    expect([...new Set(settings)].filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  })

  it("names folders and files that exist", () => {
    for (const document of ["README.md", "docs/ARCHITECTURE.md"]) {
      const paths = [
        ...read(document).matchAll(/`((?:src|docs|test|migrations|examples|bench|scripts)(?:\/[\w.-]+)*)`/g)
      ]
      for (const [, path] of paths) expect(globSync(path ?? "", { cwd: root }), `${document}: ${path}`).not.toEqual([])
    }
  })
})

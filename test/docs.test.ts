import { globSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { knownCodes } from "../src/actors/device/disconnect-policy.ts"
import { FAULT_KINDS } from "../src/sandbox/control/fault-body.ts"
import { listed } from "./faults/support/catalogue.ts"
import { faultNames, readDocument } from "./faults/support/document.ts"
import { listed as listedLinks } from "./linking/support/catalogue.ts"
import { readDocument as readLinking, rowNames } from "./linking/support/document.ts"

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")
const root = new URL("..", import.meta.url).pathname

describe("docs/PROMISES.md", () => {
  const promised = new Set([...read("docs/PROMISES.md").matchAll(/^- \*\*([A-Z]+-\d+)\*\*/gm)].map(([, id]) => id))
  const titles = globSync("test/**/*.ts", { cwd: root })
    .map(read)
    .flatMap((text) => [...text.matchAll(/\b(?:it|test|describe)(?:\.\w+)*(?:\([^)]*\))?\(\s*(["'`])(.*?)\1/gs)])
    .map(([, , title]) => title ?? "")
  const tested = new Set(titles.flatMap((title) => [...title.matchAll(/\[([A-Z]+-\d+)\]/g)].map(([, id]) => id)))

  it("contains only promises that a test shows", () => {
    expect([...promised].filter((id) => !tested.has(id))).toEqual([])
  })

  it("contains every promise that a test names", () => {
    expect([...tested].filter((id) => !promised.has(id))).toEqual([])
  })
})

describe("docs/PROPERTY-TESTING.md", () => {
  it("shows an example that the tests run", () => {
    const [, example] = read("docs/PROPERTY-TESTING.md").match(/```ts\n(.*?)```/s) ?? []
    expect(example).toBe(read("test/actors/device/property-example.test.ts"))
  })

  it("names files that export what it lists", () => {
    for (const [, names = "", path = ""] of read("docs/PROPERTY-TESTING.md").matchAll(
      /^\| (`.*?`) \| `([\w/.-]+)`/gm
    )) {
      const source = read(path)
      for (const [, name] of names.matchAll(/`(\w+)/g))
        expect(source, path).toMatch(new RegExp(`export .*\\b${name}\\b`))
    }
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

describe("docs/FAULTS.md", () => {
  const rows = Object.values(listed)

  it("has a complete row for every fault of the catalogue, and no other row", () => {
    expect([...readDocument().keys()]).toEqual(faultNames)
    for (const columns of readDocument().values()) expect(columns.filter((column) => column !== "")).toHaveLength(6)
  })

  it("shows every code that the disconnect policy knows", () => {
    const shown = new Set(rows.flatMap(({ code }) => code ?? []))
    expect(knownCodes.filter((code) => !shown.has(code))).toEqual([])
  })

  it("shows every fault that the sandbox can cause, here or in docs/LINKING.md", () => {
    const links = Object.values(listedLinks)
    const shown = new Set([...rows, ...links].flatMap(({ kind }) => kind ?? []))
    expect(FAULT_KINDS.filter((kind) => !shown.has(kind))).toEqual([])
  })
})

describe("docs/LINKING.md", () => {
  it("has two rows for every refusal of the catalogue, for a client and for a hosted link, and no other row", () => {
    const rows = readLinking()
    expect([...rows.keys()]).toEqual(rowNames.map(([refusal, door]) => `${refusal} ${door}`))
    for (const columns of rows.values()) expect(columns.filter((column) => column !== "")).toHaveLength(7)
  })

  it("explains everything that a person may have to do about a link", () => {
    const text = read("docs/LINKING.md")
    const actions = ["scan", "scan_again", "enter_code", "new_code", "passkey", "confirm_code"]
    expect(actions.filter((action) => !text.includes(`| \`${action}\` |`))).toEqual([])
  })
})

describe("docs/COMPLAINTS.md", () => {
  const rows = read("docs/COMPLAINTS.md")
    .split("\n")
    .filter((line) => /^\| \d/.test(line))
    .map((line) => line.split(" | "))

  it("has a test or a reason for each of the fifteen complaints", () => {
    expect(rows.map(([number]) => Number(number?.slice(2)))).toEqual(Array.from({ length: 15 }, (_, i) => i + 1))
    for (const [, , answer = ""] of rows) expect(answer).toMatch(/“|Cannot happen/)
  })

  it("names tests that exist in the files that it names", () => {
    for (const [, , answer = ""] of rows) {
      let source = ""
      for (const [, file, title] of answer.matchAll(/`(test\/[^`]+)`|“([^”]+)”/g)) {
        if (file !== undefined) source = read(file)
        else expect(source.includes(title ?? ""), title).toBe(true)
      }
    }
  })
})

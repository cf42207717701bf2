/**
 * docs/COMPAT-WWEBJS.md: which calls of wwebjs-api the gateway answers, as its tests have seen it. Each test file has rows of its own. With
 * COMPAT_DOCUMENT=write it writes them into the document, otherwise it compares them. What stands above the table is written by hand.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { expect, it } from "vitest"

/** `yes`: as wwebjs-api. `partial`: the note says what is missing. `501`: only a browser can do it. */
export type Verdict = "yes" | "partial" | "501"

interface Row {
  readonly method: string
  readonly path: string
  readonly verdict: Verdict
  readonly note: string
}

const FILE = new URL("../../../docs/COMPAT-WWEBJS.md", import.meta.url)
const HEAD = "| method | path | served | note |\n|---|---|---|---|\n"

const rows = new Map<string, Row>()

/** Notes what a test has seen of a call. `path` without the session. */
export const row = (method: string, path: string, verdict: Verdict, note = ""): void => {
  const known = rows.get(`${method} ${path}`)
  if (known !== undefined) expect(known).toEqual({ method, path, verdict, note })
  rows.set(`${method} ${path}`, { method, path, verdict, note })
}

/** Call it after the tests that note rows. */
export const checkRows = (): void => {
  it("docs/COMPAT-WWEBJS.md says so", () => {
    const known = readRows()
    if (process.env.COMPAT_DOCUMENT === "write") {
      for (const [name, noted] of rows) known.set(name, noted)
      writeRows(known)
    }
    for (const [name, noted] of rows) expect([name, readRows().get(name)]).toEqual([name, noted])
  })
}

/** Every row of the document, by method and path. */
export const readRows = (): Map<string, Row> => {
  const [, table = ""] = readFileSync(FILE, "utf8").split(HEAD)
  const lines = table.split("\n").filter((line) => line.startsWith("| "))
  return new Map(
    lines.map((line): [string, Row] => {
      const [method = "", path = "", verdict = "", note = ""] = line
        .slice(2, -2)
        .split(" | ")
        .map((cell) => cell.trim().replace(/^`(.*)`$/, "$1"))
      return [`${method} ${path}`, { method, path, verdict: verdict as Verdict, note }]
    })
  )
}

const writeRows = (known: ReadonlyMap<string, Row>): void => {
  const [preface] = readFileSync(FILE, "utf8").split(HEAD)
  const sorted = [...known.values()].toSorted((a, b) =>
    a.path === b.path ? (a.method < b.method ? -1 : 1) : a.path < b.path ? -1 : 1
  )
  const lines = sorted.map(({ method, path, verdict, note }) => `| ${method} | \`${path}\` | ${verdict} | ${note} |\n`)
  writeFileSync(FILE, `${preface}${HEAD}${lines.join("")}`)
}

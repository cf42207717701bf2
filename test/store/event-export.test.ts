import { describe, expect, it } from "vitest"
import { csvCell, type ExportFormat, exportFormats, exportPage } from "../../src/store/log/event-export.ts"
import { appendTo, openTestStore, received, type TestStore } from "../support/store.ts"

describe("a CSV cell", () => {
  it.each([
    ["=1+1", "'=1+1"],
    ["+51999999999", "'+51999999999"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", '"\'\r=1"'],
    ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
    ["a,b", '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ["two\nlines", '"two\nlines"'],
    ["plain = text", "plain = text"],
    ["", ""]
  ])("%j is written %j", (value, written) => {
    expect(csvCell(value)).toBe(written)
  })

  it("is a number as it is, and empty for null", () => {
    expect([csvCell(-5), csvCell(0), csvCell(null)]).toEqual(["-5", "0", ""])
  })
})

/** All pages of the store's export. */
const pagesOf = async (store: TestStore, format: ExportFormat): Promise<readonly string[]> => {
  const texts: string[] = []
  for (let after: number | null = 0; after !== null; ) {
    const page: { text: string; next: number | null } = await store.run(
      exportPage({ after, upTo: store.log.end() }, format)
    )
    texts.push(page.text)
    after = page.next
  }
  return texts
}

describe("an export", () => {
  it.each(exportFormats)("as %s is read in pages, which long texts do not enlarge", async (format) => {
    await using store = await openTestStore()
    const texts = Array.from({ length: 100 }, (_, n) => received(`m${n}`, "ñ".repeat(60_000)))
    await store.run(store.log.commit({ appends: [appendTo("messages/dev_x", "any", texts)] }))
    const pages = await pagesOf(store, format)
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThan(3_000_000)
    expect(pages.join("").trimEnd().split("\n")).toHaveLength(100)
  })

  it("as CSV has one cell per line and no formula, even in a spreadsheet that splits at semicolons", async () => {
    await using store = await openTestStore()
    const said = "hola;=cmd|' /C calc'!A0;adiós"
    await store.run(store.log.commit({ appends: [appendTo("messages/dev_x", "any", [received("m1", said)])] }))
    const csv = (await pagesOf(store, "csv")).join("")
    expect(csv).not.toContain(";")
    const [, data = ""] = csv.match(/"(\{.*\})"\r\n$/) ?? []
    expect(JSON.parse(data.replaceAll('""', '"'))).toMatchObject({ content: { text: said } })
  })
})

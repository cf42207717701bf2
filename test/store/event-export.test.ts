import { describe, expect, it } from "vitest"
import { csvCell } from "../../src/store/log/event-export.ts"

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

  it("is a number as it is, and nothing for null", () => {
    expect([csvCell(-5), csvCell(0), csvCell(null)]).toEqual(["-5", "0", ""])
  })
})

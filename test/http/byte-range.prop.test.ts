import fc from "fast-check"
import { expect, it } from "vitest"
import { rangeOf } from "../../src/http/byte-range.ts"

it.each([
  ["bytes=0-0", { first: 0, last: 0 }],
  ["bytes=2-", { first: 2, last: 9 }],
  ["bytes=2-100", { first: 2, last: 9 }],
  ["bytes=-3", { first: 7, last: 9 }],
  ["bytes=-100", { first: 0, last: 9 }],
  ["Bytes= 1 - 2 ", { first: 1, last: 2 }],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=99999999999999999999-", "unsatisfiable"],
  ["bytes=5-4", undefined],
  ["bytes=0-1,3-4", undefined],
  ["bytes=-", undefined],
  ["lines=0-1", undefined],
  ["", undefined],
  [undefined, undefined]
])("%s of ten bytes", (header, range) => {
  expect(rangeOf(header, 10)).toEqual(range)
})

it("a range lies within the file, whatever was asked for", () => {
  const header = fc.oneof(fc.string(), fc.stringMatching(/^bytes=\d{0,22}-\d{0,22}$/))
  fc.assert(
    fc.property(header, fc.nat(), (given, size) => {
      const range = rangeOf(given, size)
      if (range === undefined || range === "unsatisfiable") return
      expect(range.first).toBeGreaterThanOrEqual(0)
      expect(range.last).toBeGreaterThanOrEqual(range.first)
      expect(range.last).toBeLessThan(size)
    })
  )
})

it("no range of an empty file can be satisfied", () => {
  for (const header of ["bytes=0-", "bytes=-1", "bytes=0-0"]) expect(rangeOf(header, 0)).toBe("unsatisfiable")
})

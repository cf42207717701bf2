import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FILENAME_MAX, fittingName, receivedName } from "../../src/events/file-name.ts"
import { upcast } from "../../src/events/upcast.ts"

/** Characters that change where a name is saved, how it is shown, or what a terminal does. */
const never = /[/\\\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

const anyName = fc.string({
  unit: fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("/", "\\", ".", " ", "\u202e", "\u2066", "\u200f", "\n", "\u001b", "\ud83d", "😀")
    }
  ),
  maxLength: 600
})

describe("the name of a file that another person sent", () => {
  it.each([
    ["factura.pdf", "factura.pdf"],
    ["Señor Muñoz Nº 5.pdf", "Señor Muñoz Nº 5.pdf"],
    ["../../../etc/passwd", "passwd"],
    ["..\\..\\autoexec.bat", "autoexec.bat"],
    ["/root/.ssh/", ".ssh"],
    ["informe\u202Efdp.exe", "informefdp.exe"],
    ["\u2066a\u2069\u200E\u200F\u061C.txt", "a.txt"],
    ["a\u001b[2Jb\r\n.txt", "a[2Jb.txt"],
    ["a\u2028b.txt", "ab.txt"],
    ["  a.txt ", "a.txt"],
    ["👩\u200d🚀.png", "👩\u200d🚀.png"],
    ["../..", undefined],
    [".\u202e.", undefined],
    [`${".".repeat(260)}${"x".repeat(30)}`, undefined],
    ["\u0000", undefined],
    ["", undefined]
  ])("%j is %j", (given, name) => {
    expect(receivedName(given)).toBe(name)
  })

  it("is one component of a path, well-formed and bounded, whatever was sent; and stays as it is once it is safe", () => {
    fc.assert(
      fc.property(anyName, (given) => {
        const name = receivedName(given)
        if (name === undefined) return
        expect(name).not.toMatch(never)
        expect(name).not.toMatch(/^\.*$/)
        expect(name.length).toBeLessThanOrEqual(FILENAME_MAX)
        expect(name.isWellFormed()).toBe(true)
        expect(receivedName(name)).toBe(name)
      })
    )
  })

  it("keeps its extension when it is too long", () => {
    expect(receivedName(`a/${"x".repeat(400)}.pdf`)).toBe(`${"x".repeat(251)}.pdf`)
  })

  it("[LOG-7] is made safe as well where an older release recorded it", () => {
    const message = (filename: string) => ({ content: { kind: "document", filename, caption: "c" } })
    expect(upcast("message.received", 1, 2, message("../a\u202eb.pdf"))).toEqual(message("ab.pdf"))
    expect(upcast("history.synced", 1, 2, { messages: [message("..")] })).toEqual({
      messages: [{ content: { kind: "document", caption: "c" } }]
    })
  })
})

describe("the name of a file that a client sends", () => {
  it("is only bounded", () => {
    expect(fittingName("a/b\u200f.txt")).toBe("a/b\u200f.txt")
    expect(fittingName(`${"x".repeat(252)}.pdf`)).toBe(`${"x".repeat(251)}.pdf`)
  })
})

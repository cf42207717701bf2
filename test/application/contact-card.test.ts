import { describe, expect, it } from "vitest"
import { contactCard, givenCard } from "../../src/application/contact-card.ts"

describe("a contact card", () => {
  it("names the account on WhatsApp, and keeps the marks of vCards apart from the name", () => {
    const { vcard, numbers } = contactCard({ name: "Taller; Lima, \\Norte\\\nAbierto", number: "51999999999" })
    expect(vcard).toContain("\nFN:Taller\\; Lima\\, \\\\Norte\\\\\\nAbierto\n")
    expect(vcard.split("\n")).toHaveLength(6)
    expect(numbers).toEqual(["51999999999"])
    expect(givenCard(vcard)).toMatchObject({ vcard, numbers })
  })

  it("that a client wrote has its name and its numbers, also where lines are folded", () => {
    const vcard = [
      "BEGIN:VCARD",
      "VERSION:3.0",
      "FN;CHARSET=UTF-8:Un nombre m",
      " uy largo",
      "TEL;waid=51911111111:+51 911 111 111",
      "item1.TEL;waid=51922222222:+51 922 222 222",
      "END:VCARD",
      ""
    ].join("\r\n")
    expect(givenCard(vcard)).toEqual({ name: "Un nombre muy largo", vcard, numbers: ["51911111111", "51922222222"] })
  })

  it.each(["", "BEGIN:VCARD\nEND:VCARD", "FN:Beto", "BEGIN:VCARD\nFN:Beto", "BEGIN:VCARD\nFN:\nEND:VCARD"])(
    "is not made of %j",
    (text) => {
      expect(givenCard(text)).toBeUndefined()
    }
  )
})

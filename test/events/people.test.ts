import { describe, expect, it } from "vitest"
import { accountOf, accountOfNumber, peopleIn, peopleOf } from "../../src/events/people.ts"

describe("an account", () => {
  it.each([
    ["a number's", "51900000001@s.whatsapp.net", "51900000001@s.whatsapp.net"],
    ["one of its devices", "51900000001:7@s.whatsapp.net", "51900000001@s.whatsapp.net"],
    ["as it was written in former times", "51900000001@c.us", "51900000001@s.whatsapp.net"],
    ["a hosted device's", "51900000001:99@hosted", "51900000001@s.whatsapp.net"],
    ["a LID's", "777000111222333@lid", "777000111222333@lid"],
    ["a LID's hosted device", "777000111222333:99@hosted.lid", "777000111222333@lid"]
  ])("is %s", (_name, jid, account) => {
    expect(accountOf(jid)).toBe(account)
  })

  it.each([
    "120363000000000000@g.us",
    "status@broadcast",
    "1700000000@broadcast",
    "120363000000000000@newsletter",
    "13135550002@bot",
    "@s.whatsapp.net",
    "sha256:0123",
    "message:x@s.whatsapp.net",
    "a b@lid",
    "1@constructor",
    ""
  ])("is not %s", (jid) => {
    expect(accountOf(jid)).toBeUndefined()
  })

  it("belongs to a number only if the text can be one", () => {
    expect(accountOfNumber("51900000001")).toBe("51900000001@s.whatsapp.net")
    for (const number of ["", "120363000000000000@g.us", "120363000000000000", "+51"]) {
      expect(accountOfNumber(number)).toBeUndefined()
    }
  })
})

describe("names in an event", () => {
  const [number, lid, other] = ["1@s.whatsapp.net", "2@lid", "3@s.whatsapp.net"] as const

  it("belong to one person if one is a number and the other a LID, in either order", () => {
    expect(peopleOf(number, lid)).toEqual([[number, lid]])
    expect(peopleOf(lid, number)).toEqual([[lid, number]])
    expect(peopleOf("1:4@hosted", "2:4@hosted.lid")).toEqual([[number, lid]])
  })

  it.each(["status@broadcast", "17@broadcast", "120363@g.us", "120363@newsletter"])(
    "do not belong to %s, which they stand beside",
    (place) => {
      expect(peopleOf(place, number)).toEqual([[number]])
      expect(peopleOf(number, place)).toEqual([[number]])
    }
  )

  it("belong to two people if both are numbers", () => {
    expect(peopleOf(number, other)).toEqual([[number], [other]])
  })

  it("come from chat, sender, receipt and recipient, and from every message of the history", () => {
    const message = { chat: "5@g.us", chatAlt: null, sender: number, senderAlt: lid }
    expect(peopleIn({ type: "message.received", data: message })).toEqual([[number, lid]])
    expect(peopleIn({ type: "message.read", data: { messageId: "m", at: null, participant: "2:3@lid" } })).toEqual([
      [lid]
    ])
    expect(peopleIn({ type: "message.read", data: { messageId: "m", at: null } })).toEqual([])
    expect(peopleIn({ type: "message.queued", data: { chat: number, chatAlt: lid, number: "4" } })).toEqual([
      [number, lid],
      ["4@s.whatsapp.net"]
    ])
    expect(peopleIn({ type: "message.queued", data: { chat: "5@g.us", chatAlt: null, number: "5@g.us" } })).toEqual([])
    const history = { progress: null, messages: [message, { ...message, sender: other, senderAlt: null }] }
    expect(peopleIn({ type: "history.synced", data: history })).toEqual([[number, lid], [other]])
    expect(peopleIn({ type: "message.sent", data: { messageId: "m" } })).toEqual([])
  })
})

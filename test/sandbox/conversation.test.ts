/** The last messages of a chat: how many, in which order, how long, and how far each came. */
import { proto } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import { type ChatParts, conversationWith } from "../../src/sandbox/people/conversation.ts"
import type { Account } from "../../src/sandbox/state/account.ts"

const other = { number: "51911111111" } as Account
const jid = `${other.number}@s.whatsapp.net`

const raw = (text: string) => proto.Message.encode({ conversation: text }).finish()
const sentAt = (id: string, at: string, text = id) => ({ id, to: jid, at, raw: raw(text) })
const receivedAt = (id: string, at: string, text = id) => ({
  id,
  at,
  from: other.number,
  chat: jid,
  type: "text",
  text
})

const partsOf = (given: { sent?: object[]; messages?: object[]; receipts?: object[]; seen?: [string, string][] }) =>
  ({
    accounts: { find: (address: string) => (address.startsWith(other.number) ? other : undefined) },
    inbox: { messages: given.messages ?? [], receipts: given.receipts ?? [], seenTicks: new Map(given.seen) },
    sent: given.sent ?? []
  }) as unknown as ChatParts

describe("the last messages of a chat", () => {
  it("are the newest of both sides, oldest first", () => {
    const parts = partsOf({
      sent: [sentAt("S1", "2026-01-01"), sentAt("S3", "2026-01-03"), { ...sentAt("X", "2026-01-09"), to: "1@lid" }],
      messages: [receivedAt("R2", "2026-01-02"), receivedAt("R4", "2026-01-04")]
    })
    expect(conversationWith(other, 3, parts)).toMatchObject([
      { id: "R2", fromMe: false },
      { id: "S3", fromMe: true },
      { id: "R4", fromMe: false }
    ])
  })

  it("show the furthest that the other side's receipts tell, and what was read here", () => {
    const receipt = (id: string, type: string, from = other.number) => ({ id, type, from })
    const parts = partsOf({
      sent: [sentAt("A", "1"), sentAt("B", "2"), sentAt("C", "3")],
      messages: [receivedAt("D", "4"), receivedAt("E", "5")],
      receipts: [
        receipt("A", "read"),
        receipt("A", "delivery"),
        receipt("B", "inactive"),
        receipt("C", "read", "51922")
      ],
      seen: [["E", "read"]]
    })
    const ticks = conversationWith(other, 100, parts).map(({ id, tick }) => `${id} ${tick}`)
    expect(ticks).toEqual(["A read", "B delivered", "C sent", "D delivered", "E read"])
  })

  it("fit an answer, whatever they contain", () => {
    const text = "\u0001".repeat(70_000)
    const parts = partsOf({
      messages: Array.from({ length: 200 }, (_, n) => ({
        ...receivedAt(`R${n}`, String(n).padStart(3, "0"), text),
        filename: text
      }))
    })
    const shown = conversationWith(other, 100, parts)
    expect([shown.length, shown[0]?.text?.length, shown[0]?.filename?.length]).toEqual([100, 4_096, 255])
    expect(JSON.stringify(shown).length).toBeLessThan(3_000_000)
    const emoji = partsOf({ sent: [sentAt("A", "1", `x${"😀".repeat(3_000)}`)] })
    expect(conversationWith(other, 1, emoji)[0]?.text).toBe(`x${"😀".repeat(2_047)}`)
  })
})

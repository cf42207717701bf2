/** Receipts as WhatsApp writes them, one stanza at a time: which of them say what became of a message of this account. */
import { EventEmitter } from "node:events"
import type { BinaryNode, WASocket } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import type { Identities } from "../../src/whatsapp/baileys/names/identities.ts"
import { hearReceipts } from "../../src/whatsapp/baileys/sending/receipts.ts"
import { SignalQueue } from "../../src/whatsapp/baileys/signal-queue.ts"
import type { Signal } from "../../src/whatsapp/whatsapp.ts"

const ME = { id: "51911000001:7@s.whatsapp.net", lid: "111111111111111:7@lid" }
const BETO = "51922000001@s.whatsapp.net"
const CARLA = "333333333333333@lid"
const GROUP = "120363000000000001@g.us"

const receipt = (attrs: Record<string, string>, content?: BinaryNode[]): BinaryNode => ({
  tag: "receipt",
  attrs: { id: "M1", t: "1700000000", ...attrs },
  ...(content ? { content } : {})
})

/** What the gateway hears of these receipts; `CARLA` is known by number. */
const heard = async (...receipts: readonly BinaryNode[]): Promise<readonly Signal[]> => {
  const signals: Signal[] = []
  const queue = new SignalQueue(
    (signal) => signals.push(signal),
    () => expect.unreachable()
  )
  const ws = new EventEmitter()
  const bothNames = async (jid: string) => (jid === CARLA ? ["51933000001@s.whatsapp.net", CARLA] : [jid, null])
  hearReceipts({ ws, user: ME } as unknown as WASocket, { bothNames } as unknown as Identities, queue)
  for (const each of receipts) ws.emit("CB:receipt", each)
  await queue.drained
  return signals
}

const given = (messageId: string, kind: "delivered" | "read" | "played", participant: string | null = null) => ({
  type: "receipt",
  messageId,
  receipt: kind,
  at: 1_700_000_000_000,
  participant
})

describe("a receipt of a contact", () => {
  it("says that a message is delivered, read or played", async () => {
    expect(await heard(receipt({ from: BETO }))).toEqual([given("M1", "delivered")])
    expect(await heard(receipt({ from: BETO, type: "read" }))).toEqual([given("M1", "read")])
    expect(await heard(receipt({ from: BETO, type: "played" }))).toEqual([given("M1", "played")])
  })

  it("counts for every message that it lists", async () => {
    const items = ["M2", "M3"].map((id) => ({ tag: "item", attrs: { id } }))
    const list = [{ tag: "list", attrs: {}, content: items }]
    expect(await heard(receipt({ from: BETO, type: "read" }, list))).toEqual(
      ["M1", "M2", "M3"].map((id) => given(id, "read"))
    )
  })

  it("says nothing of the message where it is of another type", async () => {
    for (const type of ["inactive", "read-self", "retry", "sender", "server-error", "peer_msg", "hist_sync", "new"])
      expect(await heard(receipt({ from: BETO, type })), type).toEqual([])
  })

  it("has no time where WhatsApp gives none that is one", async () => {
    for (const t of ["", "-1", "soon", "99999999999999999"])
      expect(await heard(receipt({ from: BETO, t })), t).toEqual([{ ...given("M1", "delivered"), at: null }])
  })
})

describe("a receipt of a member of a group", () => {
  it("names the member, by number where it is known", async () => {
    expect(await heard(receipt({ from: GROUP, participant: CARLA, type: "read" }))).toEqual([
      given("M1", "read", "51933000001@s.whatsapp.net")
    ])
    const other = "444444444444444@lid"
    expect(await heard(receipt({ from: GROUP, participant: other }))).toEqual([given("M1", "delivered", other)])
  })

  it("counts for each member where WhatsApp puts several together", async () => {
    const users = [{ jid: BETO, t: "1700000001" }, { jid: CARLA }].map((attrs) => ({ tag: "user", attrs }))
    const together = [{ tag: "participants", attrs: { key: "M1" }, content: users as BinaryNode[] }]
    expect(await heard(receipt({ id: "R1", from: GROUP, type: "read" }, together))).toEqual([
      { ...given("M1", "read", BETO), at: 1_700_000_001_000 },
      given("M1", "read", "51933000001@s.whatsapp.net")
    ])
  })
})

describe("a receipt of the account's own devices", () => {
  it("says nothing of a message of this account, by whichever of its names", async () => {
    for (const from of ["51911000001@s.whatsapp.net", "51911000001:3@s.whatsapp.net", "111111111111111@lid"]) {
      for (const type of ["read", "played"]) {
        expect(await heard(receipt({ from, type, recipient: BETO })), from).toEqual([])
        expect(await heard(receipt({ from: GROUP, participant: from, type })), from).toEqual([])
      }
    }
  })
})

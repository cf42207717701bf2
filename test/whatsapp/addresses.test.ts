/** Who wrote a message and in which chat it is, by the attributes of its stanza. */
import { type BinaryNode, decodeMessageNode } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import { translateMessage } from "../../src/whatsapp/baileys/receiving/translate.ts"

const ME = { jid: "51911000001:7@s.whatsapp.net", lid: "111111111111111:7@lid" }
const [ME_PN, ME_LID] = ["51911000001@s.whatsapp.net", "111111111111111@lid"]
const [BETO, BETO_LID] = ["51922000001@s.whatsapp.net", "222222222222222@lid"]

const read = (attrs: Record<string, string>) => {
  const stanza: BinaryNode = { tag: "message", attrs: { id: "M1", t: "1700000000", ...attrs } }
  const { fullMessage } = decodeMessageNode(stanza, ME.jid, ME.lid)
  const incoming = translateMessage({ ...fullMessage, message: { conversation: "hola" } }, ME, false)
  if (incoming === undefined) throw new Error("no message")
  const { chat, chatAlt, sender, senderAlt, fromMe } = incoming
  return { chat, chatAlt, sender, senderAlt, fromMe }
}

describe("a message of a contact", () => {
  it("has both names where WhatsApp gives both", () => {
    expect(read({ from: BETO, sender_lid: BETO_LID })).toEqual({
      chat: BETO,
      chatAlt: BETO_LID,
      sender: BETO,
      senderAlt: BETO_LID,
      fromMe: false
    })
    expect(read({ from: "222222222222222:4@lid", sender_pn: BETO })).toMatchObject({ chat: BETO_LID, chatAlt: BETO })
  })

  it("that went to a list is in the list's chat, which has no other name", () => {
    const list = "1700000000@broadcast"
    expect(read({ from: list, participant: BETO, participant_lid: BETO_LID })).toEqual({
      chat: list,
      chatAlt: null,
      sender: BETO,
      senderAlt: BETO_LID,
      fromMe: false
    })
  })
})

describe("a copy of the account's own message", () => {
  const own = { sender: ME_PN, senderAlt: ME_LID, fromMe: true }

  it("is in the chat of its recipient, by both of the recipient's names", () => {
    expect(read({ from: "51911000001:0@s.whatsapp.net", recipient: BETO, peer_recipient_lid: BETO_LID })).toEqual({
      chat: BETO,
      chatAlt: BETO_LID,
      ...own
    })
    expect(read({ from: ME_LID, recipient: BETO_LID, peer_recipient_pn: BETO })).toEqual({
      chat: BETO_LID,
      chatAlt: BETO,
      ...own
    })
  })

  it("never gives the account's own other name to the recipient", () => {
    expect(read({ from: ME_PN, recipient: BETO, sender_lid: ME_LID })).toEqual({ chat: BETO, chatAlt: null, ...own })
    expect(read({ from: ME_LID, recipient: BETO_LID, sender_pn: ME_PN })).toEqual({
      chat: BETO_LID,
      chatAlt: null,
      ...own
    })
  })
})

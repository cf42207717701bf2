/** What was sent, for a device that asks for it again: it goes only where it was sent to. */
import { type WASocket } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Readiness } from "../../src/whatsapp/baileys/readiness.ts"
import { Sending } from "../../src/whatsapp/baileys/sending/sending.ts"

const BETO = "51922000001@s.whatsapp.net"
const BETO_LID = "222222222222222@lid"
const STRANGER = "51933000001@s.whatsapp.net"
const GROUP = "120363000000000001@g.us"
const ME = { id: "51911000001:7@s.whatsapp.net", lid: "111111111111111:7@lid" }

/** A connection that has sent a message to `chat`; and to whom it sends again by itself. */
const sent = (chat: string, chatAlt: string | null = null) => {
  const resent: string[] = []
  const socket = {
    user: ME,
    receiptMutex: { mutex: (work: () => Promise<void>) => work() },
    authState: { creds: {}, keys: { get: async () => ({}) } },
    signalRepository: { lidMapping: { getLIDForPN: async () => null } },
    createParticipantNodes: async (jids: readonly string[]) => {
      resent.push(...jids)
      return { nodes: [], shouldIncludeDeviceIdentity: false }
    },
    sendNode: async () => {}
  }
  const message = { messageId: "M1", chat, chatAlt, content: { kind: "text" as const, text: "secreto" } }
  const sending = new Sending({
    socket: socket as unknown as WASocket,
    readiness: {} as Readiness,
    identities: { lidKnownOf: async (jid: string) => (jid === BETO ? BETO_LID : null) },
    mediaDirectory: "",
    known: {
      sentMessage: (id) => Effect.succeed(id === "M1" ? message : undefined),
      originals: () => Effect.succeed([])
    },
    prepare: async () => {},
    warn: expect.unreachable
  })
  const asks = async (remoteJid: string, participant: string, id = "M1") => {
    resent.length = 0
    const given = await sending.sentMessage({ id, remoteJid, participant })
    return { given: given !== undefined, resent: [...resent] }
  }
  return asks
}

const nothing = { given: false, resent: [] }

describe("a message to a contact", () => {
  it("is given to Baileys for the contact's phone, by whichever of its names", async () => {
    for (const asks of [sent(BETO), sent(BETO, BETO_LID)]) {
      for (const jid of [BETO, BETO_LID]) expect(await asks(jid, jid)).toEqual({ given: true, resent: [] })
    }
  })

  it("is sent again from here to a linked device of the contact, and of the account", async () => {
    const asks = sent(BETO, BETO_LID)
    const linked = "51922000001:5@s.whatsapp.net"
    const own = "111111111111111:3@lid"
    expect(await asks(linked, linked)).toEqual({ given: false, resent: [linked] })
    expect(await asks(BETO, own)).toEqual({ given: false, resent: [own] })
  })

  it("is for nobody else who names its id", async () => {
    const asks = sent(BETO, BETO_LID)
    for (const jid of [STRANGER, "51933000001:5@s.whatsapp.net", "333333333333333@lid"])
      expect(await asks(jid, jid), jid).toEqual(nothing)
    expect(await asks(GROUP, STRANGER)).toEqual(nothing)
    expect(await asks(BETO, BETO, "M2")).toEqual(nothing)
  })
})

describe("a message to a group", () => {
  it("is given to Baileys for a member of that group only", async () => {
    const asks = sent(GROUP)
    expect(await asks(GROUP, STRANGER)).toEqual({ given: true, resent: [] })
    expect(await asks("120363000000000002@g.us", STRANGER)).toEqual(nothing)
    expect(await asks(STRANGER, STRANGER)).toEqual(nothing)
  })
})

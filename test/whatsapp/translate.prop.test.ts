/** Whatever a sender puts into a message, the translation can be recorded and read back. */
import { proto, type WAMessage } from "@whiskeysockets/baileys"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Schema } from "effect"
import { messageEvents } from "../../src/events/message.ts"
import { translateMessage } from "../../src/whatsapp/baileys/receiving/translate.ts"
import type { Incoming } from "../../src/whatsapp/whatsapp.ts"
import { messageFields, sampleOf } from "../support/proto-samples.ts"
import { times } from "../support/soak.ts"

const self = { jid: "51948907640@s.whatsapp.net", lid: "1234@lid" }

/** Encoded and decoded, as Baileys gets it. */
const arrived = (key: WAMessage["key"], message: proto.IMessage): WAMessage => ({
  key,
  message: proto.Message.decode(proto.Message.encode(message).finish()),
  messageTimestamp: 1_750_000_000
})

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom("", "\u0000", "\ud800", "__proto__")
)
const uint64 = fc.oneof(fc.nat(), fc.constantFrom(2 ** 53, 2 ** 63, 1.8e19))
const bytes = fc.uint8Array({ maxLength: 40 })
const media = fc.record({
  mimetype: text,
  fileLength: uint64,
  fileName: text,
  caption: text,
  ptt: fc.boolean(),
  directPath: text,
  url: text,
  mediaKey: bytes,
  fileSha256: bytes
})
const about = fc.record({ remoteJid: text, id: text, participant: text })
const message: fc.Arbitrary<proto.IMessage> = fc.oneof(
  fc.record({ conversation: text }),
  fc.record({ documentMessage: media }),
  fc.record({ audioMessage: media }),
  fc.record({ reactionMessage: fc.record({ key: about, text }) }),
  fc.record({ protocolMessage: fc.record({ key: about, type: fc.constant(0) }) }),
  fc.record({
    protocolMessage: fc.record({
      key: about,
      type: fc.constant(14),
      editedMessage: fc.record({ conversation: text })
    })
  }),
  fc.record({ contactMessage: fc.record({ displayName: text, vcard: text }) }),
  // Any kind, with that text wherever it takes one, and with some of its fields left out.
  fc.tuple(fc.constantFrom(...messageFields), text, fc.infiniteStream(fc.boolean())).map(([field, words, isKept]) => {
    const { json } = sampleOf(field, "word")
    const kept = JSON.parse(JSON.stringify(json), (_key, value: unknown) =>
      typeof value === "string" && value.startsWith("word-") ? words : value
    ) as Record<string, unknown>
    return proto.Message.fromObject(thinned(kept, () => isKept.next().value))
  })
)

const thinned = (given: Record<string, unknown>, isKept: () => boolean): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return [[name, value]]
      return isKept() ? [[name, thinned(value as Record<string, unknown>, isKept)]] : []
    })
  )
const key = fc.record({ remoteJid: text, id: text, participant: text, remoteJidAlt: text, fromMe: fc.boolean() })

const types = {
  message: "message.received",
  edit: "message.edited",
  revoke: "message.revoked",
  reaction: "message.reacted",
  vote: "message.voted",
  answer: "message.answered",
  pin: "message.pinned",
  keep: "message.kept"
}

/** The event as the log gives it back; throws when it could not be read. */
const readBack = ({ id, type, ...rest }: Incoming): unknown => {
  const definition = messageEvents.find((event) => event.type === types[type])
  const stored = JSON.parse(JSON.stringify({ messageId: id, ...rest }))
  return Schema.decodeUnknownSync(definition?.data as Schema.Decoder<unknown>)(stored)
}

describe("a translated message", () => {
  it("can be recorded, whatever its sender wrote, under ids and jids that fit the tables", () => {
    fc.assert(
      fc.property(key, message, (from, content) => {
        const incoming = translateMessage(arrived(from, content), self, false)
        if (!incoming) return
        const target = "target" in incoming ? [incoming.target] : []
        const names = [incoming.id, incoming.chat, incoming.sender, ...target]
        for (const name of names) expect(name).toMatch(/^[\x20-\x7e]{0,80}$/)
        expect(readBack(incoming)).toMatchObject({ messageId: incoming.id })
      }),
      { numRuns: times(500, 20_000) }
    )
  })

  it("is bounded, however much its sender put into it", () => {
    const long = "x".repeat(200_000)
    const many = Array.from({ length: 2_000 }, (_, i) => `opción ${i}`)
    const given: readonly proto.IMessage[] = [
      { conversation: long },
      { pollCreationMessage: { name: long, options: many.map((optionName) => ({ optionName })) } },
      { contactsArrayMessage: { contacts: many.map((displayName) => ({ displayName, vcard: "v" })) } },
      {
        listMessage: {
          sections: many.map((title) => ({ title, rows: many.slice(0, 50).map((row) => ({ title: row })) }))
        }
      },
      {
        extendedTextMessage: {
          text: "x",
          contextInfo: { mentionedJid: many, stanzaId: "a", quotedMessage: { conversation: long } }
        }
      },
      { bcallMessage: { caption: long } },
      {
        contactsArrayMessage: { contacts: many.map((displayName) => ({ displayName, vcard: "\u0001".repeat(60_000) })) }
      }
    ]
    for (const each of given) {
      const incoming = translateMessage(arrived({ remoteJid: self.jid, id: "A", fromMe: false }, each), self, false)
      expect(JSON.stringify(incoming).length).toBeLessThan(500_000)
    }
  })

  it("has different ids for different ids that are too long, and the same id for the same", () => {
    const idOf = (id: string) =>
      translateMessage(arrived({ remoteJid: self.jid, id, fromMe: false }, { conversation: "x" }), self, false)?.id
    const long = "A".repeat(500)
    expect(idOf(long)).toBe(idOf(long))
    expect(idOf(`${long}A`)).not.toBe(idOf(long))
    expect(idOf("3EB0C431C26A1916E07E")).toBe("3EB0C431C26A1916E07E")
  })

  it("has no size when the sender's number cannot be recorded", () => {
    const sizeOf = (fileLength: number) => {
      const incoming = translateMessage(
        arrived({ remoteJid: self.jid, id: "A", fromMe: false }, { imageMessage: { fileLength } }),
        self,
        false
      )
      return incoming?.type === "message" && "bytes" in incoming.content ? incoming.content.bytes : undefined
    }
    expect(sizeOf(1_000)).toBe(1_000)
    expect(sizeOf(2 ** 63)).toBeNull()
  })
})

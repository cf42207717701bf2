/** What each format makes of each event, beside golden files. `FORMATS=write` writes them anew. */
import { readFileSync, writeFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { type AnyEvent, catalog, readEvent } from "../../src/events/catalog.ts"
import type { RecordedEvent } from "../../src/events/envelope.ts"
import { ZERO_HASH } from "../../src/events/hash-chain.ts"
import type { Telling } from "../../src/webhooks/formats/format.ts"
import { formats } from "../../src/webhooks/formats/formats.ts"
import { dataTypeOf } from "../../src/webhooks/formats/wwebjs.ts"
import { emptyChat } from "../../src/http/routes/wwebjs/models/empty-chat.ts"
import { numbered, webJid } from "../../src/webhooks/formats/content.ts"

const recorded = (type: AnyEvent["type"], data: unknown): RecordedEvent => ({
  envelopeVersion: 1,
  position: 812,
  stream: "messages/dev_01k9zjwfvs2vtfj6yhf1f6s7yr",
  version: 3,
  device: 1,
  type,
  schemaVersion: catalog.find((each) => each.type === type)?.schemaVersion ?? 1,
  fromState: null,
  toState: null,
  payloadHash: ZERO_HASH,
  who: "whatsapp",
  commandId: null,
  causation: null,
  correlation: null,
  recordedAt: 1_790_000_000_000,
  streamPreviousHash: ZERO_HASH,
  hash: ZERO_HASH,
  text: JSON.stringify(data)
})

const device = { id: "dev_01k9zjwfvs2vtfj6yhf1f6s7yr", sessionId: "mi-sesion-01", number: "51948907640" }
const telling = (event: RecordedEvent, more: Partial<Telling> = {}): Telling => ({
  event,
  read: readEvent(event),
  device,
  file: null,
  secret: null,
  original: null,
  chat: null,
  ...more
})

const somebody = {
  messageId: "3EB0A1",
  chat: "51999999999@s.whatsapp.net",
  chatAlt: null,
  sender: "51999999999@s.whatsapp.net",
  senderAlt: null,
  fromMe: false,
  pushName: "Juan Pérez",
  sentAt: 1_640_995_200_000,
  offline: false
}
const inGroup = {
  ...somebody,
  chat: "120363000000000000@g.us",
  sender: "123456789012345@lid",
  senderAlt: "51999999999:2@s.whatsapp.net"
}
const text = { kind: "text", text: "Texto del mensaje https://example.com/a" }
const remote = { directPath: null, url: null, mediaKey: null, fileSha256: null, fileEncSha256: null }
const image = { kind: "image", mimetype: "image/jpeg", bytes: 4, filename: "imagen.jpg", caption: "Mira", remote }
const voice = { kind: "audio", mimetype: "audio/ogg; codecs=opus", bytes: 4, voiceNote: true, remote }
const queued = recorded("message.queued", {
  messageId: "3EB0B2",
  chat: "51999999999@s.whatsapp.net",
  chatAlt: null,
  number: "51999999999",
  content: { kind: "text", text: "Hola" },
  expiresAt: 1_790_000_300_000
})
const file = { base64: "ZGF0YQ==", bytes: 4 }
const original = { event: readEvent(queued) as AnyEvent, recordedAt: 1_790_000_000_000 }

const sentFile = {
  event: readEvent(
    recorded("message.queued", {
      ...JSON.parse(queued.text ?? ""),
      messageId: "3EB0B3",
      content: { kind: "document", media: { sha256: "ab".repeat(32), bytes: 4, mimetype: "application/pdf" } }
    })
  ) as AnyEvent,
  recordedAt: 1_790_000_000_000
}
/** The chat as it is when its events are told. */
const chat = {
  view: {
    ...emptyChat(somebody.chat, { id: somebody.chat, lid: null, number: "51999999999", name: "Juan" }, "Juan"),
    unread: 2,
    activeAt: 1_640_995_200_000
  },
  group: undefined,
  last: undefined
}

const cases: Readonly<Record<string, Telling>> = {
  "a text": telling(recorded("message.received", { ...somebody, content: text })),
  "a text of a group": telling(recorded("message.received", { ...inGroup, content: text })),
  "an own text from the phone": telling(recorded("message.received", { ...somebody, fromMe: true, content: text })),
  "an image with its file": telling(recorded("message.received", { ...somebody, content: image }), { file }),
  "an image that is too large": telling(recorded("message.received", { ...somebody, content: image })),
  "a voice note": telling(recorded("message.received", { ...somebody, content: voice }), { file }),
  "a message without its content": telling(
    recorded("message.received", { ...somebody, content: { kind: "unavailable", reason: "viewOnce" } })
  ),
  "its content, later": telling(recorded("message.resent", { ...somebody, target: "3EB0A1", content: text })),
  "a poll": telling(
    recorded("message.received", {
      ...somebody,
      content: { kind: "poll", name: "¿Qué comemos?", options: ["Pollo", "Pez"], selectableMax: 1 }
    })
  ),
  "a vote": telling(
    recorded("message.voted", {
      ...somebody,
      target: "3EB0C3",
      options: [
        { hash: "ab", name: "Pollo" },
        { hash: "cd", name: null }
      ]
    })
  ),
  "a call": telling(
    recorded("call.received", {
      callId: "C1",
      from: { lid: "123456789012345@lid", number: "51999999999@s.whatsapp.net" },
      group: null,
      isVideo: true,
      at: 1_640_995_200_000,
      offline: false
    })
  ),
  "a new member of a group": telling(
    recorded("group.members_changed", {
      group: "120363000000000000@g.us",
      action: "add",
      author: { lid: null, number: "51999999999@s.whatsapp.net" },
      members: [{ lid: "123456789012345@lid", number: null, rank: "member" }]
    })
  ),
  "a new subject of a group": telling(
    recorded("group.updated", {
      group: "120363000000000000@g.us",
      subject: "Pedidos",
      author: null
    })
  ),
  "a request to join a group": telling(
    recorded("group.join_requested", {
      group: "120363000000000000@g.us",
      person: { lid: "123456789012345@lid", number: "51999999999" },
      action: "created",
      author: null,
      method: "invite_link"
    })
  ),
  "a request to join that was taken back": telling(
    recorded("group.join_requested", {
      group: "120363000000000000@g.us",
      person: { lid: "123456789012345@lid", number: "51999999999" },
      action: "revoked",
      author: null,
      method: null
    })
  ),
  "a text with the chat that counts it": telling(recorded("message.received", { ...somebody, content: text }), {
    chat
  }),
  "a chat in the archive": telling(recorded("chat.updated", { chat: somebody.chat, chatAlt: null, archived: true }), {
    chat
  }),
  "a chat that was read": telling(
    recorded("chat.updated", {
      chat: somebody.chat,
      chatAlt: null,
      unread: { count: 0, at: 1_640_995_200_000 },
      markedUnread: false
    }),
    { chat }
  ),
  "a chat that was pinned": telling(
    recorded("chat.updated", { chat: somebody.chat, chatAlt: null, pinnedAt: 1_640_995_200_000 })
  ),
  "a chat that was deleted": telling(
    recorded("chat.deleted", { chat: somebody.chat, chatAlt: null, at: 1_640_995_200_000 }),
    { chat }
  ),
  "an erased text": telling({ ...recorded("message.received", {}), text: null }),
  "a queued message": telling(queued),
  "a server ack": telling(recorded("message.sent", { messageId: "3EB0B2" }), { original }),
  "a server ack of a file": telling(recorded("message.sent", { messageId: "3EB0B3" }), { original: sentFile }),
  "a delivery": telling(recorded("message.delivered", { messageId: "3EB0B2", at: null }), { original }),
  "a read": telling(recorded("message.read", { messageId: "3EB0B2", at: null }), { original }),
  "a played": telling(recorded("message.played", { messageId: "3EB0B2", at: null }), { original }),
  "a failure": telling(recorded("message.failed", { messageId: "3EB0B2", code: "463", text: "refused" }), { original }),
  "an ack of an unknown message": telling(recorded("message.sent", { messageId: "3EB0B9" })),
  "a reaction": telling(recorded("message.reacted", { ...somebody, target: "3EB0B2", emoji: "👍" })),
  "an edit": telling(recorded("message.edited", { ...somebody, target: "3EB0A0", content: text })),
  "a deletion": telling(recorded("message.revoked", { ...somebody, target: "3EB0A0" })),
  "a message deleted for the account alone": telling(
    recorded("message.hidden", { target: "3EB0B2", chat: somebody.chat, chatAlt: null, fromMe: true }),
    { original }
  ),
  "a star": telling(
    recorded("message.starred", { target: "3EB0B2", chat: somebody.chat, chatAlt: null, fromMe: true, starred: true })
  ),
  "a QR": telling(recorded("pairing.qr_issued", { count: 1, expiresAt: 1_790_000_060_000 }), { secret: "2@qr" }),
  "an expired QR": telling(recorded("pairing.qr_issued", { count: 1, expiresAt: 1_790_000_060_000 })),
  "a pairing code": telling(recorded("pairing.code_issued", { expiresAt: 1_790_000_060_000 }), { secret: "ABCD1234" }),
  "a paired device": telling(
    recorded("device.paired", { number: "51948907640", jid: "51948907640:1@s.whatsapp.net", lid: null, platform: null })
  ),
  "a progress": telling(recorded("sync.progressed", { percent: 40 })),
  "an open connection": telling(recorded("connection.opened", {})),
  "a lost connection": telling(
    recorded("connection.lost", { code: 428, reason: "closed", attempt: 1, retryInMs: 2_000 })
  ),
  "a replaced connection": telling(
    recorded("connection.abandoned", { code: 440, reason: "replaced", userAction: "take_over" })
  ),
  "a logout": telling(recorded("device.logged_out", { by: "whatsapp" }))
}

describe.each(Object.values(formats))("the format $name", ({ name, bodies, types, sample }) => {
  const path = new URL(`golden/${name}.json`, import.meta.url)

  it("makes of each event what its golden file has", () => {
    const made = Object.fromEntries(
      Object.entries(cases).map(([about, each]) => {
        const isKnown = types === undefined || (types as readonly string[]).includes(each.event.type)
        return [about, isKnown ? bodies(each).map((body) => JSON.parse(body) as unknown) : []]
      })
    )
    const test = [JSON.parse(sample("2026-01-31T09:30:00.000Z")) as unknown]
    Object.assign(made, { "a test call": test })
    if (process.env.FORMATS === "write") writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`)
    expect(made).toEqual(JSON.parse(readFileSync(path, "utf8")))
  })
})

describe("wwebjs bodies", () => {
  it("have their keys in the order of wwebjs-api, and no data where it has none", () => {
    const [body = ""] = formats.wwebjs.bodies(cases["a text"] as Telling)
    expect(Object.keys(JSON.parse(body))).toEqual(["dataType", "data", "sessionId"])
    expect(dataTypeOf(body)).toBe("message_create")
    expect(formats.wwebjs.bodies(cases["a paired device"] as Telling)).toEqual([
      '{"dataType":"authenticated","sessionId":"mi-sesion-01"}'
    ])
  })
})

describe("names of people", () => {
  it.each([
    ["51999999999@s.whatsapp.net", "51999999999@c.us"],
    ["51999999999:33@s.whatsapp.net", "51999999999@c.us"],
    ["123456789012345:4@lid", "123456789012345@lid"],
    ["120363000000000000@g.us", "120363000000000000@g.us"],
    ["status@broadcast", "status@broadcast"],
    ["51999999999@hosted", "51999999999@c.us"]
  ])("%s is %s on the web", (jid, web) => expect(webJid(jid)).toBe(web))

  it("prefer the telephone number", () => {
    expect(numbered("1@lid", "51999999999@s.whatsapp.net")).toBe("51999999999@s.whatsapp.net")
    expect(numbered("1@lid", null)).toBe("1@lid")
    expect(numbered("51999999999@s.whatsapp.net", "1@lid")).toBe("51999999999@s.whatsapp.net")
  })
})

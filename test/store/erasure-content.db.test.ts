/** Erasing what messages say beyond a text: every kind, quotes, votes, content that came later. */
import { proto } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Messages } from "../../src/store/messages.ts"
import { rememberUndecoded } from "../../src/whatsapp/baileys/receiving/content/unknown.ts"
import { translateMessage } from "../../src/whatsapp/baileys/receiving/translate.ts"
import type { Incoming } from "../../src/whatsapp/whatsapp.ts"
import {
  ANA,
  ANA_LID,
  author,
  BEA,
  ContentStore,
  GROUP,
  SHA,
  about,
  arrivedFile,
  from,
  jid,
  quoting,
  received,
  text
} from "../support/content-store.ts"
import { dialects, sqliteIn } from "../support/dialects.ts"
import { filesWith } from "../support/files-with.ts"
import { messageFields, sampleOf } from "../support/proto-samples.ts"

const types: Readonly<Record<Incoming["type"], string>> = {
  message: "message.received",
  edit: "message.edited",
  revoke: "message.revoked",
  reaction: "message.reacted",
  vote: "message.voted",
  answer: "message.answered",
  pin: "message.pinned",
  keep: "message.kept"
}

/** A message of each kind from Ana, as it is recorded; each of its texts begins with its field's name. */
const everyKind = () => {
  rememberUndecoded()
  const self = { jid: "51911111111@s.whatsapp.net", lid: "1111@lid" }
  return messageFields.flatMap((field) => {
    const { json } = sampleOf(field, `SECRETO-${field}`)
    const message = proto.Message.decode(proto.Message.encode(proto.Message.fromObject(json)).finish())
    const key = { remoteJid: jid(ANA), remoteJidAlt: ANA_LID, fromMe: false, id: field }
    const incoming = translateMessage({ key, message, messageTimestamp: 1 }, self, false)
    if (!incoming) return []
    const { id: messageId, type, ...rest } = incoming
    return [{ type: types[type], data: { messageId, ...rest } }]
  })
}

const quote = (messageId: string, number: string, target: string, of: string, excerpt: string) => {
  const { data } = received(messageId, number, text(`respuesta de ${number}`), GROUP)
  return { type: "message.received", data: { ...(data as object), context: quoting(target, of, excerpt) } }
}

const vote = (messageId: string, number: string, poll: string, of: string) =>
  about("message.voted", messageId, poll, number, {
    ...from(number, GROUP),
    author: author(of),
    options: [{ hash: "ab", name: "SECRETO-opción" }]
  })

describe.each(dialects)("on $name", ({ name, create }) => {
  const open = () => ContentStore.open(name === "sqlite" ? async (directory) => sqliteIn(directory) : create)

  it("[LOG-8] an erased contact takes the quotes of what was said, the votes for its options, and what others did to it", async () => {
    await using store = await open()
    const poll = { kind: "poll", name: "SECRETO-poll", options: ["SECRETO-opción"], selectableMax: 1 }
    const deed = { ...from(BEA, GROUP), author: author(ANA) }
    await store.messages(received("a1", ANA, text("SECRETO"), GROUP), received("a2", ANA, poll, GROUP))
    await store.messages(quote("b1", BEA, "a1", ANA, "SECRETO"), vote("b2", BEA, "a2", ANA))
    await store.messages(
      about("message.reacted", "b3", "a1", BEA, { ...deed, emoji: "👍" }),
      about("message.pinned", "b4", "a1", BEA, { ...deed, pinned: true, seconds: null }),
      about("message.revoked", "b5", "a1", BEA, { ...deed, byAdmin: true })
    )
    // Bea's own, and what is only about hers.
    await store.messages(
      received("b6", BEA, text("de Bea"), GROUP),
      quote("c1", BEA, "b6", BEA, "de Bea"),
      vote("c2", BEA, "b7", BEA)
    )
    await store.eraseContact(ANA)
    const left = (await store.events).map(({ text: payload }) => payload ?? "").join("\n")
    expect(left).not.toContain(ANA)
    expect(left).not.toMatch(/SECRETO(?!-opción)/)
    const messages = ["b6", "c1", "c2"]
    for (const id of messages) expect(left).toContain(`"messageId":"${id}"`)
    expect(JSON.stringify(await store.readModels())).not.toContain(ANA)
    expect(await store.isValid()).toBe(true)
  })

  it("[LOG-8] an erased message takes the messages that repeat it, the votes in it, and its content that came later", async () => {
    await using store = await open()
    const unavailable = { kind: "unavailable", reason: "withheld" }
    await store.messages(received("m1", ANA, unavailable), quote("q1", BEA, "m1", ANA, "SECRETO"))
    await store.messages(
      about("message.resent", "m1", "m1", ANA, { content: text("SECRETO") }),
      vote("v1", BEA, "m1", ANA)
    )
    // A quote without an excerpt says nothing of it.
    const { data } = received("q2", BEA, text("se queda"), GROUP)
    const bare = { quoted: { messageId: "m1", sender: null, kind: null, excerpt: null } }
    await store.messages({ type: "message.received", data: { ...(data as object), context: bare } })
    await store.erase("m1")
    const left = (await store.events).map(({ text: payload }) => payload ?? "").join("\n")
    expect(left).not.toContain("SECRETO")
    expect(left).toContain("se queda")
    // What repeated it is not taken in again, should WhatsApp deliver it once more.
    const erased = await store.run(Effect.flatMap(Messages, (messages) => messages.erased(1, ["m1", "q1", "q2"])))
    expect([...erased].toSorted()).toEqual(["m1", "q1"])
    expect(await store.isValid()).toBe(true)
    const before = await store.readModels()
    await store.rebuild()
    expect(await store.readModels()).toEqual(before)
  })

  it("a message that had come without content says what came later; an edit of it, what that says", async () => {
    await using store = await open()
    await store.messages(received("m1", ANA, { kind: "unavailable", reason: "withheld" }))
    const said = () =>
      store.run(
        Effect.gen(function* () {
          const messages = yield* Messages
          const [row] = yield* messages.byId("m1", "all")
          return row && (yield* messages.saidOf(row))?.content
        })
      )
    expect(await said()).toEqual({ kind: "unavailable", reason: "withheld" })
    await store.messages(
      about("message.resent", "m1", "m1", ANA, { content: { ...arrivedFile(SHA("a")), caption: "uno" } })
    )
    expect(await said()).toMatchObject({ kind: "document", caption: "uno" })
    const bare = { mediaKey: null, fileSha256: null, fileEncSha256: null, directPath: null, url: null }
    const caption = { kind: "document", mimetype: null, bytes: null, caption: "dos", remote: bare }
    await store.messages(about("message.edited", "e1", "m1", ANA, { content: caption }))
    expect(await said()).toEqual({ ...arrivedFile(SHA("a")), caption: "dos" })
    // Another's edit of it changes nothing.
    await store.messages(about("message.edited", "e2", "m1", BEA, { content: text("tres") }))
    expect(await said()).toMatchObject({ caption: "dos" })
  })
})

describe("what is erased is in no file", () => {
  it("[LOG-8] of every kind of message that WhatsApp's protocol has", async () => {
    await using store = await ContentStore.open(async (directory) => sqliteIn(directory))
    const events = everyKind()
    expect(events.length).toBeGreaterThan(85)
    await store.messages(...events)
    await store.messages(...events.map(({ data }, i) => quote(`q${i}`, BEA, data.messageId, ANA, "SECRETO-cita")))
    await store.messages({
      type: "history.synced",
      data: {
        progress: 1,
        messages: [
          {
            messageId: "h1",
            ...from(BEA),
            content: text("de Bea"),
            reactions: [{ jid: ANA_LID, alt: null, fromMe: false, at: 1, emoji: "SECRETO" }]
          }
        ]
      }
    })
    await store.messages(received("b1", BEA, text("publico")))
    expect(filesWith(store.directory, "SECRETO")).not.toEqual([])
    await store.eraseContact(ANA)
    for (const words of ["SECRETO", Buffer.from("SECRETO").toString("base64").slice(0, 8), ANA, ANA_LID]) {
      expect(filesWith(store.directory, words), words).toEqual([])
    }
    expect(filesWith(store.directory, "publico")).not.toEqual([])
    expect(await store.isValid()).toBe(true)
  })
})

/** What a client sends and a contact understands, and what a contact sends of the same kinds. */
import { type AnyMessageContent, decryptPollVote, proto, type WAMessage } from "@whiskeysockets/baileys"
import { beforeAll, describe, expect, it } from "vitest"
import type { Contact } from "../../src/sandbox/people/contact.ts"
import { answerMessage, sealedEditMessage, voteMessage } from "../../src/sandbox/people/sealing.ts"
import { type BareClient, until } from "./support/bare-client.ts"
import { call } from "./support/control.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

let client: BareClient
let number: string
let contact: Contact

beforeAll(async () => {
  ;({ client, number } = await sandbox.loggedIn())
  contact = sandbox.network.addContact(sandbox.newNumber())
})

/** Sends as the client, and returns what came back from Baileys once the contact has the message. */
async function send(content: AnyMessageContent, options = {}, to = contact.jid): Promise<WAMessage> {
  const sent = await client.sock.sendMessage(to, content, options)
  if (sent === undefined) throw new Error("not sent")
  await until(() => inboxed(sent.key.id), "the message")
  // Copied, because Baileys changes the object that it returned.
  return { ...sent, key: { ...sent.key } }
}

const inboxed = (id: string | null | undefined) => contact.inbox.find((message) => message.id === id)
const ownJid = () => client.jid

/** Sends a message that Baileys has no content type for. */
async function relay(message: proto.IMessage, to = contact.jid): Promise<string> {
  const id = await client.sock.relayMessage(to, message, {})
  await until(() => inboxed(id), "the message")
  return id
}

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64"
)
const vcard = (name: string) => `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\nEND:VCARD`

describe("of a client, a contact's inbox shows", () => {
  it("a place, and one that moves", async () => {
    const location = { degreesLatitude: -34.6, degreesLongitude: -58.4, name: "Obelisco", address: "Av. 9 de Julio" }
    const { key } = await send({ location })
    expect(inboxed(key.id)).toMatchObject({
      type: "location",
      latitude: -34.6,
      longitude: -58.4,
      text: "Obelisco",
      address: "Av. 9 de Julio"
    })
    const id = await relay({ liveLocationMessage: { degreesLatitude: 1, degreesLongitude: 2, caption: "on my way" } })
    expect(inboxed(id)).toMatchObject({ type: "liveLocation", latitude: 1, longitude: 2, text: "on my way" })
  })

  it("one contact card, and several", async () => {
    const [ana, berta] = ["Ana", "Berta"].map((name) => ({ displayName: name, vcard: vcard(name) }))
    const one = await send({ contacts: { displayName: "Ana", contacts: [ana ?? {}] } })
    expect(inboxed(one.key.id)).toMatchObject({ type: "contact", contacts: [{ name: "Ana", vcard: vcard("Ana") }] })
    const two = await send({ contacts: { displayName: "Both", contacts: [ana ?? {}, berta ?? {}] } })
    expect(inboxed(two.key.id)).toMatchObject({
      type: "contact",
      text: "Both",
      contacts: [{ name: "Ana" }, { name: "Berta" }]
    })
  })

  it("stickers, voice notes, video notes and what is shown once", async () => {
    const sticker = await send({ sticker: Buffer.from("webp"), mimetype: "image/webp" })
    expect(inboxed(sticker.key.id)).toMatchObject({ type: "sticker", mimetype: "image/webp", bytes: 4 })
    const voice = await send({ audio: Buffer.from("OggS"), mimetype: "audio/ogg; codecs=opus", ptt: true, seconds: 3 })
    expect(inboxed(voice.key.id)).toMatchObject({ type: "audio", ptt: true, seconds: 3, bytes: 4 })
    const round = await send({ video: Buffer.from("mp4"), ptv: true, jpegThumbnail: "" })
    expect(inboxed(round.key.id)).toMatchObject({ type: "ptv", bytes: 3 })
    const once = await send({ image: png, viewOnce: true, caption: "look" })
    expect(inboxed(once.key.id)).toMatchObject({ type: "image", viewOnce: true, text: "look", bytes: png.length })
  })

  it("that a message was forwarded, and how often", async () => {
    const original = await send({ text: "pass it on" })
    const forwarded = await send({ forward: original, force: true })
    expect(inboxed(forwarded.key.id)).toMatchObject({ text: "pass it on", forwarded: true, forwardingScore: 1 })
    expect(inboxed(original.key.id)?.forwarded).toBeUndefined()
  })

  it("whom a message quotes, and whom it mentions", async () => {
    const id = await contact.send(number, { text: "a question" })
    await until(() => client.received("a question"), "the question")
    const quoted = client.received("a question") as WAMessage
    const { key } = await send({ image: png, caption: "@all", mentions: [contact.lid], mentionAll: true }, { quoted })
    expect(inboxed(key.id)).toMatchObject({
      type: "image",
      target: id,
      quotedFrom: contact.jid,
      mentions: [contact.lid],
      mentionsAll: true
    })
  })

  it("reactions and that they were taken back, edits and deletions", async () => {
    const { key } = await send({ text: "draft" })
    const reaction = await send({ react: { text: "❤️", key } })
    expect(inboxed(reaction.key.id)).toMatchObject({ type: "reaction", text: "❤️", target: key.id })
    const none = await send({ react: { text: "", key } })
    expect(inboxed(none.key.id)).toMatchObject({ type: "reaction", text: "", target: key.id })
    const edit = await send({ text: "final", edit: key })
    expect(inboxed(edit.key.id)).toMatchObject({ type: "edit", text: "final", target: key.id })
    const deletion = await send({ delete: key })
    expect(inboxed(deletion.key.id)).toMatchObject({ type: "revoke", target: key.id })
    expect(inboxed(deletion.key.id)?.revokedFrom).toBeUndefined()
  })

  it("whose message an administrator of a group has deleted", async () => {
    const member = sandbox.network.addContact(sandbox.newNumber())
    const group = contact.createGroup("Group", [number, member.number])
    contact.changeGroup(group, "promote", [number])
    const id = await member.send(group, { text: "off topic" })
    await until(() => client.received("off topic"), "the text")
    const deletion = await send({ delete: client.received("off topic")?.key ?? {} }, {}, group)
    expect(inboxed(deletion.key.id)).toMatchObject({ type: "revoke", target: id, revokedFrom: member.lid, group })
  })

  it("pins, keeps and disappearing timers", async () => {
    const { key } = await send({ text: "important" })
    const pin = await send({ pin: key, type: proto.PinInChat.Type.PIN_FOR_ALL, time: 604_800 })
    expect(inboxed(pin.key.id)).toMatchObject({ type: "pin", target: key.id, active: true, pinSeconds: 604_800 })
    const unpin = await send({ pin: key, type: proto.PinInChat.Type.UNPIN_FOR_ALL })
    expect(inboxed(unpin.key.id)).toMatchObject({ type: "pin", target: key.id, active: false })
    const kept = await relay({ keepInChatMessage: { key, keepType: proto.KeepType.KEEP_FOR_ALL } })
    expect(inboxed(kept)).toMatchObject({ type: "keep", target: key.id, active: true })
    const timer = await send({ disappearingMessagesInChat: 86_400 })
    expect(inboxed(timer.key.id)).toMatchObject({ type: "disappearing", expiresInSeconds: 86_400 })
    const ephemeral = await send({ text: "gone tomorrow" }, { ephemeralExpiration: 86_400 })
    expect(inboxed(ephemeral.key.id)).toMatchObject({ text: "gone tomorrow", expiresInSeconds: 86_400 })
    const off = await send({ disappearingMessagesInChat: false })
    expect(inboxed(off.key.id)).toMatchObject({ type: "disappearing", expiresInSeconds: 0 })
  })

  it("a status, if the client names the contact", async () => {
    const other = sandbox.network.addContact(sandbox.newNumber())
    const sent = await send({ text: "at work" }, { statusJidList: [contact.jid] }, "status@broadcast")
    expect(inboxed(sent.key.id)).toMatchObject({
      type: "text",
      text: "at work",
      group: "status@broadcast",
      from: number
    })
    expect(other.inbox).toEqual([])
  })
})

describe("a poll of a client", () => {
  it("shows its options, and gets the contact's vote", async () => {
    const { key, message } = await send({ poll: { name: "Dinner?", values: ["Pizza", "Soup"], selectableCount: 1 } })
    const secret = message?.messageContextInfo?.messageSecret ?? new Uint8Array()
    expect(inboxed(key.id)).toMatchObject({ type: "poll", text: "Dinner?", options: ["Pizza", "Soup"], selectable: 1 })
    const id = await contact.send(number, { vote: key.id ?? "", options: ["Soup"] })
    await until(() => client.messages.some((each) => each.key.id === id), "the vote")
    const update = client.messages.find((each) => each.key.id === id)?.message?.pollUpdateMessage
    const vote = decryptPollVote(update?.vote ?? {}, {
      pollCreatorJid: ownJid(),
      pollMsgId: key.id ?? "",
      pollEncKey: secret,
      voterJid: contact.jid
    })
    expect(vote.selectedOptions).toHaveLength(1)
  })
})

describe("a poll, an event and a text of a contact", () => {
  const secretOf = (id: string): Uint8Array => {
    const message = client.messages.find(({ key }) => key.id === id)?.message
    return message?.messageContextInfo?.messageSecret ?? new Uint8Array()
  }

  it.each(["pn", "lid"] as const)("get a client's vote that is sealed with jids of the kind %s", async (addressing) => {
    const id = await contact.send(number, { poll: { name: "When?", options: ["Today", "Tomorrow"], selectable: 2 } })
    await until(() => client.messages.some(({ key }) => key.id === id), "the poll")
    const author = addressing === "pn" ? contact.jid : contact.lid
    const voter = addressing === "pn" ? ownJid() : sandbox.network.phone(number).lid
    const original = { key: { remoteJid: contact.jid, fromMe: false, id }, secret: secretOf(id), author }
    const vote = await relay(voteMessage(original, voter, ["Today", "Tomorrow"]))
    expect(inboxed(vote)).toMatchObject({ type: "vote", target: id, options: ["Today", "Tomorrow"], from: number })
    const none = await relay(voteMessage(original, voter, []))
    expect(inboxed(none)).toMatchObject({ type: "vote", target: id, options: [] })
  })

  it("get no vote that is sealed with another secret", async () => {
    const id = await contact.send(number, { poll: { name: "Really?", options: ["Yes", "No"] } })
    const key = { remoteJid: contact.jid, fromMe: false, id }
    const forged = await relay(voteMessage({ key, secret: new Uint8Array(32), author: contact.jid }, ownJid(), ["Yes"]))
    expect(inboxed(forged)).toMatchObject({ type: "vote", target: id })
    expect(inboxed(forged)?.options).toBeUndefined()
  })

  it("get a client's answer, and a sealed edit of its own text", async () => {
    const event = await contact.send(number, { event: { name: "Meeting" } })
    await until(() => client.messages.some(({ key }) => key.id === event), "the event")
    const key = { remoteJid: contact.jid, fromMe: false, id: event }
    const answer = await relay(
      answerMessage({ key, secret: secretOf(event), author: contact.jid }, ownJid(), "maybe", 0)
    )
    expect(inboxed(answer)).toMatchObject({ type: "answer", target: event, text: "maybe" })

    const own = await send({ text: "a draft" })
    const secret = new Uint8Array(32).fill(7)
    const text = await relay({ conversation: "sealed draft", messageContextInfo: { messageSecret: secret } })
    const original = { key: { ...own.key, id: text }, secret, author: ownJid() }
    const edit = await relay(sealedEditMessage(original, ownJid(), { conversation: "sealed final" }))
    expect(inboxed(edit)).toMatchObject({ type: "edit", target: text, text: "sealed final" })
  })
})

describe("of a contact, a client gets", () => {
  const got = async (id: string): Promise<proto.IMessage> => {
    await until(() => client.messages.some(({ key }) => key.id === id), "the message")
    return client.messages.find(({ key }) => key.id === id)?.message ?? {}
  }

  it("places, contact cards, pins and keeps", async () => {
    const place = await contact.send(number, { location: { latitude: 1.5, longitude: -2.5, name: "Here" } })
    expect((await got(place)).locationMessage).toMatchObject({ degreesLatitude: 1.5, degreesLongitude: -2.5 })
    const live = await contact.send(number, { location: { latitude: 1, longitude: 2, live: true } })
    expect((await got(live)).liveLocationMessage).toMatchObject({ degreesLatitude: 1 })
    const ana = { name: "Ana", vcard: vcard("Ana") }
    const card = await contact.send(number, { contacts: [ana] })
    expect((await got(card)).contactMessage).toMatchObject({ displayName: "Ana" })
    const cards = await contact.send(number, { contacts: [ana, ana] })
    expect((await got(cards)).contactsArrayMessage?.contacts).toHaveLength(2)
    const pin = await contact.send(number, { pin: card, seconds: 86_400 })
    const pinned = await got(pin)
    expect(pinned.pinInChatMessage).toMatchObject({ key: { id: card }, type: proto.PinInChat.Type.PIN_FOR_ALL })
    expect(pinned.messageContextInfo?.messageAddOnDurationInSecs).toBe(86_400)
    const keep = await contact.send(number, { keep: card, active: true })
    expect((await got(keep)).keepInChatMessage).toMatchObject({ key: { id: card } })
  })

  it("another disappearing timer for the chat", async () => {
    const timers: unknown[] = []
    client.sock.ev.on("chats.update", (chats) =>
      timers.push(...chats.map(({ ephemeralExpiration }) => ephemeralExpiration))
    )
    await contact.send(number, { disappearing: 604_800 })
    await until(() => timers.includes(604_800), "the timer")
  })

  it("mentions, how often a message was forwarded, its timer, and media that is shown once", async () => {
    const text = await contact.send(
      number,
      { text: "for you" },
      { mentions: [ownJid()], forwardingScore: 5, expiresInSeconds: 86_400 }
    )
    expect((await got(text)).extendedTextMessage).toMatchObject({
      text: "for you",
      contextInfo: { mentionedJid: [ownJid()], isForwarded: true, forwardingScore: 5, expiration: 86_400 }
    })
    const once = await contact.send(number, { media: png, mimetype: "image/png" }, { viewOnce: true })
    expect((await got(once)).viewOnceMessage?.message?.imageMessage).toMatchObject({ viewOnce: true })
  })

  it.each([
    [{ location: { latitude: -1, longitude: 2, name: "There", address: "1 Road", live: false } }, "locationMessage"],
    [{ contacts: [{ name: "Ana", vcard: vcard("Ana") }] }, "contactMessage"],
    [{ text: "by script", mentions: ["1@lid"], forwardingScore: 1, expiresInSeconds: 86_400 }, "extendedTextMessage"],
    [{ mediaBase64: png.toString("base64"), mimetype: "image/png", viewOnce: true }, "viewOnceMessage"]
  ])("what the control API is asked to send: %j", async (content, field) => {
    const path = `/contacts/${contact.number}/messages`
    const { body } = await call<{ id: string }>(sandbox.network.controlUrl, "POST", path, { to: number, ...content })
    expect(await got(body.id)).toHaveProperty(field)
  })

  it("pins, keeps and timers that the control API is asked for", async () => {
    const { controlUrl } = sandbox.network
    const path = `/contacts/${contact.number}/messages`
    const target = await contact.send(number, { text: "to pin" })
    for (const content of [{ pin: target, seconds: 0 }, { keep: target, active: false }, { disappearing: 0 }])
      expect(await call(controlUrl, "POST", path, { to: number, ...content })).toMatchObject({ status: 200 })
    const place = { location: { latitude: "north", longitude: 0 } }
    expect(await call(controlUrl, "POST", path, { to: number, ...place })).toMatchObject({ status: 400 })
  })
})

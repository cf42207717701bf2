/** What people do to messages: edits, deletions, reactions, votes, answers, pins. Really encrypted, as phones do it. */
import { randomBytes } from "node:crypto"
import { proto } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { optionHash } from "../../src/events/content.ts"
import { seal } from "../../src/sandbox/people/sealing.ts"
import { TestGateway } from "../support/gateway.ts"
import type { RecordedJson } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"

const ME = "51911000031"
const BETO = "51922000031"
const CARLA = "51922000032"
const { MESSAGE_EDIT } = proto.Message.SecretEncryptedMessage.SecretEncType
const jid = (number: string) => `${number}@s.whatsapp.net`

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  token = await gateway.user(ME)
  gateway.network.addContact(BETO, { behaviour: "silent", name: "Beto" })
  gateway.network.addContact(CARLA, { behaviour: "silent", name: "Carla" })
  await gateway.connect(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const beto = () => gateway.network.contact(BETO)
const carla = () => gateway.network.contact(CARLA)
const phone = () => gateway.network.phone(ME)

/** The event of the message with this id, once it is there. */
const eventOf = (messageId: string, type = ""): Promise<RecordedJson> =>
  until(
    async () =>
      (await gateway.events(token, ME)).find(
        (event) => event.data.messageId === messageId && event.type.includes(type)
      ),
    `${type || "an event"} of ${messageId}`
  )

const message = async (id: string) => (await gateway.get(`/v1/messages/${id}`, { token })).body
const send = async (to: string, text: string): Promise<string> => {
  const { body } = await gateway.post(
    `/v1/devices/${ME}/messages`,
    { to, text },
    { token, headers: { prefer: "wait=10" } }
  )
  return body.id
}
/** Until this person's phone has the message. */
const untilIn = (person: { readonly inbox: readonly { readonly id: string }[] }, id: string) =>
  until(() => person.inbox.some((each) => each.id === id), `${id} in an inbox`)

const pollo = { hash: optionHash("Pollo"), name: "Pollo" }
const pasta = { hash: optionHash("Pasta"), name: "Pasta" }

describe("a vote in a poll", () => {
  it("[IN-2] is decrypted, and names its options", async () => {
    const poll = await beto().send(ME, { poll: { name: "¿Pollo o pasta?", options: ["Pollo", "Pasta"] } })
    expect((await eventOf(poll)).data.content).toEqual({
      kind: "poll",
      name: "¿Pollo o pasta?",
      options: ["Pollo", "Pasta"],
      selectableMax: 1
    })
    const vote = await eventOf(await beto().send(ME, { vote: poll, options: ["Pollo"] }))
    expect(vote).toMatchObject({
      type: "message.voted",
      data: { target: poll, sender: jid(BETO), author: { jid: jid(BETO), fromMe: false }, options: [pollo] }
    })
    const taken = await eventOf(await beto().send(ME, { vote: poll, options: [] }))
    expect(taken.data.options).toEqual([])
  })

  it("[IN-2] of the account's own phone, and of a member of a group who votes by LID, is decrypted as well", async () => {
    const group = beto().createGroup("Almuerzo", [ME, CARLA])
    const poll = await beto().send(group, { poll: { name: "¿Qué?", options: ["Pollo", "Pasta"], selectable: 2 } })
    await eventOf(poll)
    await untilIn(carla(), poll)
    await untilIn(phone(), poll)
    const one = await eventOf(await carla().send(group, { vote: poll, options: ["Pollo", "Pasta"] }))
    expect(one.data).toMatchObject({ sender: jid(CARLA), author: { jid: jid(BETO) }, options: [pollo, pasta] })
    const own = await eventOf(await phone().send(group, { vote: poll, options: ["Pasta"] }))
    expect(own.data).toMatchObject({ fromMe: true, author: { jid: jid(BETO), fromMe: false }, options: [pasta] })
  })

  it("[IN-2] in a poll from before a restart is decrypted with the secret in the log", async () => {
    const poll = await phone().send(BETO, { poll: { name: "¿Hoy?", options: ["Pollo", "Pasta"] } })
    expect((await eventOf(poll)).data).toMatchObject({ fromMe: true, content: { kind: "poll" } })
    await untilIn(beto(), poll)
    let id = ""
    await gateway.restart({}, async () => void (id = await beto().send(ME, { vote: poll, options: ["Pasta"] })))
    const vote = await eventOf(id)
    expect(vote.data).toMatchObject({ offline: true, author: { jid: jid(ME), fromMe: true }, options: [pasta] })
  })

  it("[IN-1] in a poll that is not known here stays sealed, with all that is needed to open it", async () => {
    const key = { remoteJid: jid(ME), fromMe: true, id: "3AUNKNOWNPOLL" }
    const original = { key, secret: randomBytes(32), author: beto().jid }
    const vote = seal("Poll Vote", original, beto().jid, Buffer.from("x"))
    const id = await beto().send(ME, { message: { pollUpdateMessage: { pollCreationMessageKey: key, vote } } })
    expect((await eventOf(id)).data).toMatchObject({
      target: "3AUNKNOWNPOLL",
      options: null,
      sealed: {
        type: "Poll Vote",
        payload: Buffer.from(vote.encPayload).toString("base64"),
        iv: Buffer.from(vote.encIv).toString("base64")
      }
    })
  })
})

describe("an answer to an event", () => {
  it("[IN-2] is decrypted", async () => {
    const event = await beto().send(ME, { event: { name: "Reunión", startsAt: 1_900_000_000, description: "en Lima" } })
    expect((await eventOf(event)).data.content).toMatchObject({
      kind: "event",
      name: "Reunión",
      description: "en Lima",
      startsAt: 1_900_000_000_000,
      canceled: false
    })
    const answer = await eventOf(await beto().send(ME, { answer: "maybe", event, extraGuests: 2 }))
    expect(answer).toMatchObject({ type: "message.answered", data: { target: event, answer: "maybe", extraGuests: 2 } })
  })
})

describe("an edit", () => {
  it("[IN-2] that is sealed with the message's secret is opened, and is what the message says from then on", async () => {
    const id = await beto().send(ME, { text: "Lima 123" })
    await eventOf(id)
    const edit = await eventOf(await beto().send(ME, { text: "Lima 321", edit: id, sealed: true }))
    expect(edit).toMatchObject({
      type: "message.edited",
      data: { target: id, content: { kind: "text", text: "Lima 321" } }
    })
    expect(await message(id)).toMatchObject({ content: { text: "Lima 321" }, summary: "Lima 321" })
    expect((await message(id)).editedAt).not.toBeNull()
  })

  it("[IN-2] that is sealed, by the account's own phone, of a message that was sent from here", async () => {
    const id = await send(BETO, "a las 8")
    await untilIn(phone(), id)
    const own = phone().inbox.find((each) => each.id === id)
    const secret = proto.Message.decode(own?.raw ?? new Uint8Array()).messageContextInfo?.messageSecret
    const key = { remoteJid: jid(BETO), fromMe: true, id }
    const edit = { protocolMessage: { key, type: 14, editedMessage: { conversation: "a las 9" } } }
    const original = { key, secret: secret ?? new Uint8Array(), author: phone().jid }
    const sealed = seal("Message Edit", original, phone().jid, proto.Message.encode(edit).finish())
    const edited = { secretEncryptedMessage: { targetMessageKey: key, ...sealed, secretEncType: MESSAGE_EDIT } }
    await eventOf(await phone().send(BETO, { message: edited }), "edited")
    expect(await message(id)).toMatchObject({ content: { kind: "text", text: "a las 9" }, fromMe: true })
  })

  it("[IN-1] that cannot be opened says which message it changes", async () => {
    const key = { remoteJid: jid(ME), fromMe: true, id: "3AUNKNOWN" }
    const bytes = { encPayload: randomBytes(64), encIv: randomBytes(12) }
    const id = await beto().send(ME, {
      message: { secretEncryptedMessage: { targetMessageKey: key, ...bytes, secretEncType: MESSAGE_EDIT } }
    })
    expect((await eventOf(id)).data).toMatchObject({
      target: "3AUNKNOWN",
      content: { kind: "sealed", sealed: { type: "Message Edit" } }
    })
  })

  it("[IN-2] of a caption leaves the file", async () => {
    const id = await beto().send(ME, { media: Buffer.from("png"), mimetype: "image/png", caption: "antes" })
    await eventOf(id)
    const key = { remoteJid: jid(ME), fromMe: true, id }
    const protocolMessage = { key, type: 14, editedMessage: { imageMessage: { caption: "después" } } }
    await eventOf(await beto().send(ME, { message: { protocolMessage } }), "edited")
    expect((await message(id)).content).toMatchObject({ kind: "image", caption: "después", mimetype: "image/png" })
    const file = await fetch(`${gateway.url}/v1/messages/${id}/media`, {
      headers: { authorization: `Bearer ${token}` }
    })
    expect(await file.text()).toBe("png")
  })
})

describe("a deletion in a group", () => {
  it("[IN-2] by an administrator deletes what another member wrote", async () => {
    const group = beto().createGroup("Avisos", [ME, CARLA])
    const id = await carla().send(group, { text: "fuera de tema" })
    await eventOf(id)
    await untilIn(beto(), id)
    const revoke = await eventOf(await beto().send(group, { revoke: id }))
    expect(revoke).toMatchObject({
      type: "message.revoked",
      data: { target: id, sender: jid(BETO), author: { jid: jid(CARLA), fromMe: false }, byAdmin: true }
    })
    expect((await message(id)).revokedAt).not.toBeNull()
  })

  it("[IN-2] by an administrator deletes what was sent from here", async () => {
    const group = beto().createGroup("Ventas", [ME])
    const id = await send(group, "precio viejo")
    await untilIn(beto(), id)
    const revoke = await eventOf(await beto().send(group, { revoke: id }))
    expect(revoke.data).toMatchObject({ author: { jid: jid(ME), fromMe: true }, byAdmin: true })
    expect((await message(id)).revokedAt).not.toBeNull()
  })

  it("[IN-2] by a member who is none is recorded and deletes nothing", async () => {
    const group = beto().createGroup("Pedidos", [ME, CARLA])
    const id = await beto().send(group, { text: "se queda" })
    await eventOf(id)
    await untilIn(carla(), id)
    const revoke = await eventOf(await carla().send(group, { revoke: id }))
    expect(revoke.data).toMatchObject({ target: id, author: { jid: jid(BETO) } })
    expect(revoke.data).not.toHaveProperty("byAdmin")
    expect((await message(id)).revokedAt).toBeNull()
    const own = await eventOf(await beto().send(group, { revoke: id }))
    expect(own.data).not.toHaveProperty("byAdmin")
    expect((await message(id)).revokedAt).not.toBeNull()
  })
})

describe("a reaction", () => {
  it("[IN-2] says whose message it is about", async () => {
    const id = await send(BETO, "¿de acuerdo?")
    await untilIn(beto(), id)
    const reaction = await eventOf(await beto().send(ME, { react: "👍", target: id }))
    expect(reaction.data).toMatchObject({ target: id, emoji: "👍", author: { jid: jid(ME), fromMe: true } })
  })

  it("[IN-2] that is encrypted, as in the announcements of a community, is decrypted", async () => {
    const id = await beto().send(ME, { text: "anuncio" })
    await eventOf(id)
    const original = proto.Message.decode(phone().inbox.find((each) => each.id === id)?.raw ?? new Uint8Array())
    const secret = original.messageContextInfo?.messageSecret ?? new Uint8Array()
    const targetMessageKey = { remoteJid: jid(ME), fromMe: true, id }
    const plain = proto.Message.ReactionMessage.encode({ text: "🎉" }).finish()
    const sealed = seal("Enc Reaction", { key: targetMessageKey, secret, author: beto().jid }, beto().jid, plain)
    const reaction = await beto().send(ME, { message: { encReactionMessage: { targetMessageKey, ...sealed } } })
    expect((await eventOf(reaction)).data).toMatchObject({ target: id, emoji: "🎉" })
  })
})

describe("a comment", () => {
  it("[IN-2] that is encrypted says what it comments on", async () => {
    const id = await beto().send(ME, { text: "anuncio" })
    await eventOf(id)
    const original = proto.Message.decode(phone().inbox.find((each) => each.id === id)?.raw ?? new Uint8Array())
    const secret = original.messageContextInfo?.messageSecret ?? new Uint8Array()
    const targetMessageKey = { remoteJid: jid(ME), fromMe: true, id }
    const plain = proto.Message.encode({ conversation: "bien dicho" }).finish()
    const sealed = seal("Enc Comment", { key: targetMessageKey, secret, author: beto().jid }, beto().jid, plain)
    const comment = await beto().send(ME, { message: { encCommentMessage: { targetMessageKey, ...sealed } } })
    expect((await eventOf(comment)).data).toMatchObject({
      content: { kind: "text", text: "bien dicho" },
      context: { parent: { messageId: id, relation: "comment" } }
    })
  })
})

describe("a pin", () => {
  it("[IN-2] says for how long, and is taken away again", async () => {
    const id = await beto().send(ME, { text: "importante" })
    const key = { remoteJid: jid(ME), fromMe: true, id }
    const pinned = await beto().sendProto(ME, {
      pinInChatMessage: { key, type: "PIN_FOR_ALL", senderTimestampMs: "1790000000000" },
      messageContextInfo: { messageAddOnDurationInSecs: 604_800 }
    })
    expect(await eventOf(pinned)).toMatchObject({
      type: "message.pinned",
      data: { target: id, author: { jid: jid(BETO), fromMe: false }, pinned: true, seconds: 604_800 }
    })
    const taken = await beto().sendProto(ME, { pinInChatMessage: { key, type: "UNPIN_FOR_ALL" } })
    expect((await eventOf(taken)).data).toMatchObject({ target: id, pinned: false, seconds: null })
  })

  it("[IN-2] and so is a message that is kept from disappearing", async () => {
    const id = await send(BETO, "desaparece")
    await untilIn(beto(), id)
    const key = { remoteJid: jid(ME), fromMe: false, id }
    const kept = await beto().sendProto(ME, { keepInChatMessage: { key, keepType: "KEEP_FOR_ALL" } })
    expect(await eventOf(kept)).toMatchObject({
      type: "message.kept",
      data: { target: id, author: { jid: jid(ME), fromMe: true }, kept: true }
    })
    const undone = await beto().sendProto(ME, { keepInChatMessage: { key, keepType: "UNDO_KEEP_FOR_ALL" } })
    expect((await eventOf(undone)).data.kept).toBe(false)
  })
})

/** What can be sent besides texts and files as they are: each kind, and what stands beside it, as its recipient sees it. */
import { createHash } from "node:crypto"
import { proto } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Contact } from "../../src/sandbox/people/contact.ts"
import { TestGateway } from "../support/gateway.ts"
import type { Answer, RecordedJson } from "../support/gateway-client.ts"
import { jpeg, mp4, pdf, voice, webp } from "../support/sample-files.ts"
import { until } from "../support/until.ts"

const ME = "51911000041"
const BETO = "51922000041"
const CARLA = "51922000042"
const jid = (number: string) => `${number}@s.whatsapp.net`

const { EPHEMERAL_SETTING } = proto.Message.ProtocolMessage.Type

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 100 } })
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
const post = (path: string, body: unknown): Promise<Answer> =>
  gateway.post(`/v1/devices/${ME}${path}`, body, { token, headers: { prefer: "wait=10" } })
const send = async (body: object): Promise<string> => {
  const answer = await post("/messages", { to: BETO, ...body })
  expect(answer).toMatchObject({ status: 200, body: { status: expect.stringMatching(/sent|delivered/) } })
  return answer.body.id
}
const arrived = (id: string, person: Pick<Contact, "inbox"> = beto()) =>
  until(() => person.inbox.find((message) => message.id === id), `the message ${id}`)
const message = async (id: string) => (await gateway.get(`/v1/messages/${id}`, { token })).body
const received = (id: string) =>
  until(async () => (await gateway.get(`/v1/messages/${id}`, { token })).status === 200, `the message ${id}`)
const eventOf = (messageId: string): Promise<RecordedJson> =>
  until(
    async () => (await gateway.events(token, ME)).find((event) => event.data.messageId === messageId),
    `an event of ${messageId}`
  )
const base64 = (bytes: Buffer) => bytes.toString("base64")

describe("a content without a file", () => {
  it("is a location", async () => {
    const location = { latitude: -12.0464, longitude: -77.0428, name: "Tienda", address: "Av. Sol 123" }
    const id = await send({ location })
    expect(await arrived(id)).toMatchObject({
      type: "location",
      latitude: location.latitude,
      longitude: location.longitude,
      text: "Tienda",
      address: "Av. Sol 123"
    })
    expect((await message(id)).content).toEqual({ kind: "location", ...location })
  })

  it("is contact cards, from a name and a number or as the client wrote them", async () => {
    const vcard = "BEGIN:VCARD\nVERSION:3.0\nFN:Taller\\, Lima\nTEL:+51 1 555 0000\nEND:VCARD"
    const id = await send({ contacts: [{ name: "Beto; hijo", number: BETO }, { vcard }] })
    const { contacts = [] } = await arrived(id)
    expect(contacts.map(({ name }) => name)).toEqual(["Beto; hijo", "Taller, Lima"])
    expect(contacts[0]?.vcard.split("\n")).toEqual([
      "BEGIN:VCARD",
      "VERSION:3.0",
      "N:;Beto\\; hijo;;;",
      "FN:Beto\\; hijo",
      `TEL;type=CELL;type=VOICE;waid=${BETO}:+${BETO}`,
      "END:VCARD"
    ])
    expect(contacts[1]?.vcard).toBe(vcard)
    expect((await message(id)).content.contacts[0]).toMatchObject({ numbers: [BETO] })
  })

  it("is a poll, whose votes are decrypted", async () => {
    const id = await send({ poll: { name: "¿A qué hora?", options: ["9 h", "15 h"] } })
    expect(await arrived(id)).toMatchObject({
      type: "poll",
      text: "¿A qué hora?",
      options: ["9 h", "15 h"],
      selectable: 1
    })
    const vote = await eventOf(await beto().send(ME, { vote: id, options: ["15 h"] }))
    expect(vote.data).toMatchObject({ target: id, author: { fromMe: true }, options: [{ name: "15 h" }] })
    await until(() => phone().inbox.some((each) => each.id === id), "the copy for the phone")
  })
})

describe("a file", () => {
  it("is a GIF, a sticker or a voice note", async () => {
    const gif = await send({ media: base64(mp4), gif: true })
    expect(await arrived(gif)).toMatchObject({ type: "video" })
    expect((await message(gif)).content).toMatchObject({ kind: "video", animated: true })
    expect(await arrived(await send({ media: base64(webp), sticker: true }))).toMatchObject({ type: "sticker" })
    expect(await arrived(await send({ media: base64(voice), voiceNote: true }))).toMatchObject({ ptt: true })
  })

  it.each([
    ["image", jpeg],
    ["video", mp4],
    ["audio", voice]
  ])("that is shown once: %s", async (type, bytes) => {
    const id = await send({ media: base64(bytes), viewOnce: true })
    expect(await arrived(id)).toMatchObject({ type, viewOnce: true, bytes: bytes.length })
    expect((await message(id)).context).toEqual({ viewOnce: true })
  })
})

describe("what stands beside a message", () => {
  it("quotes a message that was received, with its author and what it says", async () => {
    const question = await beto().send(ME, { media: jpeg, mimetype: "image/jpeg", caption: "¿Cuánto cuesta?" })
    await received(question)
    const id = await send({ text: "20 soles", quote: question })
    const answer = await arrived(id)
    expect(answer).toMatchObject({ text: "20 soles", target: question })
    const { quotedMessage } = proto.Message.decode(answer.raw).extendedTextMessage?.contextInfo ?? {}
    expect(quotedMessage?.imageMessage).toMatchObject({ caption: "¿Cuánto cuesta?", mimetype: "image/jpeg" })
    expect((await message(id)).context.quoted).toMatchObject({
      messageId: question,
      sender: { jid: jid(BETO) },
      kind: "image",
      excerpt: "[image] ¿Cuánto cuesta?"
    })
  })

  it("quotes a message that was sent from here", async () => {
    const first = await send({ text: "Abrimos a las 9" })
    const id = await send({ text: "Perdón: a las 10", quote: first })
    const quoted = await arrived(id)
    expect(quoted).toMatchObject({ target: first })
    expect(quoted.quotedFrom).toMatch(/^\d+@/)
    expect((await message(id)).context.quoted).toMatchObject({ sender: { jid: jid(ME) }, excerpt: "Abrimos a las 9" })
  })

  it("mentions people in a text and in a caption", async () => {
    const group = beto().createGroup("Menciones", [ME, CARLA])
    const text = await send({ to: group, text: `@${CARLA} ¿vienes?`, mentions: [CARLA] })
    expect(await arrived(text, carla())).toMatchObject({ mentions: [jid(CARLA)] })
    const { lid } = carla()
    const caption = `@${lid.split("@")[0]} mira`
    const file = await send({ to: group, media: base64(pdf), filename: "a.pdf", caption, mentions: [lid] })
    expect(await arrived(file, carla())).toMatchObject({ text: caption, mentions: [lid] })
    expect(await arrived(await send({ to: group, text: "todos", mentionsAll: true }), carla())).toMatchObject({
      mentionsAll: true
    })
  })

  it("has the preview of a link that the client gives, and no other", async () => {
    const linkPreview = { url: "https://example.com/a", title: "Catálogo", description: "Precios" }
    const id = await send({ text: "Mira https://example.com/a", linkPreview })
    await arrived(id)
    expect((await message(id)).context.links).toEqual([linkPreview])
  })

  it("makes the message disappear as the client says, or else as the chat does", async () => {
    expect(await arrived(await send({ text: "una hora", expiresInSeconds: 3_600 }))).toMatchObject({
      expiresInSeconds: 3_600
    })
    await beto().send(ME, { message: { protocolMessage: { type: EPHEMERAL_SETTING, ephemeralExpiration: 86_400 } } })
    const hasTimer = async () =>
      (await gateway.get(`/v1/devices/${ME}/chats/${BETO}`, { token })).body.disappearingSeconds === 86_400
    await until(hasTimer, "the chat's timer")
    expect(await arrived(await send({ text: "un día" }))).toMatchObject({ expiresInSeconds: 86_400 })
    expect((await arrived(await send({ text: "se queda", expiresInSeconds: 0 }))).expiresInSeconds).toBeUndefined()
  })
})

describe("the id of a message", () => {
  it("is what the client gives, and is given once", async () => {
    const id = await send({ text: "con nombre", messageId: "pedido-2026.0001" })
    expect(id).toBe("pedido-2026.0001")
    expect(await arrived(id)).toMatchObject({ text: "con nombre" })
    const again = await post("/messages", { to: CARLA, text: "otra vez", messageId: id })
    expect(again).toMatchObject({ status: 409, body: { code: "message-id-taken", messageId: id } })
    expect(carla().inbox.some((each) => each.id === id)).toBe(false)
  })

  it("may not be that of a message that was received", async () => {
    const id = await beto().send(ME, { text: "hola" })
    await received(id)
    expect(await post("/messages", { to: BETO, text: "x", messageId: id })).toMatchObject({ status: 409 })
  })
})

describe("a status", () => {
  it("reaches the people whom it is for, and the account's phone", async () => {
    const id = await send({ to: "status@broadcast", text: "Abierto hoy", audience: [BETO] })
    expect(await arrived(id)).toMatchObject({ text: "Abierto hoy" })
    await until(() => phone().inbox.some((each) => each.id === id), "the phone's copy")
    expect(carla().inbox.some((each) => each.id === id)).toBe(false)
    expect((await eventOf(id)).data.audience).toEqual([jid(BETO)])
  })
})

describe("a channel", () => {
  it("gets texts, pictures and polls of an administrator", async () => {
    const { id: channel } = phone().channels.create("Ofertas")
    beto().channels.follow(channel)
    const text = await send({ to: channel, text: "2×1 hoy" })
    expect(await arrived(text)).toMatchObject({ text: "2×1 hoy", channel })
    const picture = await send({ to: channel, media: base64(jpeg), caption: "La carta" })
    expect(await arrived(picture)).toMatchObject({ type: "image", text: "La carta" })
    expect(gateway.network.channel(channel).posts.map(({ id }) => id)).toEqual([text, picture])
  })

  it("of others refuses the message", async () => {
    const { id: channel } = beto().channels.create("Ajeno")
    const { body } = await post("/messages", { to: channel, text: "x" })
    expect(body).toMatchObject({ status: "failed", failure: { code: "403" } })
  })
})

describe("forwarding", () => {
  const forward = async (id: string, to = CARLA) => post(`/messages/${id}/forward`, { to })

  it("passes on a text, and counts how often", async () => {
    const id = await beto().send(ME, { text: "Cambio de horario" })
    await received(id)
    const first = await forward(id)
    expect(first).toMatchObject({
      status: 200,
      body: { content: { text: "Cambio de horario" }, context: { forwarded: 1 } }
    })
    expect(await arrived(first.body.id, carla())).toMatchObject({ forwarded: true, forwardingScore: 1 })
    const second = await forward(first.body.id, BETO)
    expect(await arrived(second.body.id)).toMatchObject({ forwardingScore: 2 })
  })

  it("passes on a file that was received: fetched, and uploaded again under its own hash", async () => {
    const media = Buffer.from(`%PDF-1.4\n${"factura ".repeat(500)}`)
    const id = await beto().send(ME, { media, mimetype: "application/pdf", filename: "factura.pdf" })
    await received(id)
    const { body } = await forward(id)
    const sha256 = createHash("sha256").update(media).digest("hex")
    expect(await arrived(body.id, carla())).toMatchObject({ type: "document", filename: "factura.pdf", sha256 })
    expect((await eventOf(body.id)).data.content.media).toMatchObject({ sha256, mimetype: "application/pdf" })
  })

  it("passes on a file that was sent from here", async () => {
    const { body } = await forward(await send({ media: base64(pdf), filename: "lista.pdf" }))
    expect(await arrived(body.id, carla())).toMatchObject({ filename: "lista.pdf", forwarded: true })
  })

  it("refuses what is not there, and what cannot be passed on", async () => {
    expect(await forward("3EB0NOTHING")).toMatchObject({ status: 404, body: { code: "message-not-found" } })
    const once = await send({ media: base64(jpeg), viewOnce: true })
    expect(await forward(once)).toMatchObject({ status: 422, body: { code: "not-forwardable", kind: "image" } })
    const event = await beto().send(ME, { event: { name: "Reunión" } })
    await received(event)
    expect(await forward(event)).toMatchObject({ status: 422, body: { kind: "event" } })
  })
})

describe("what cannot be sent:", () => {
  const media = base64(pdf)
  const poll = { name: "¿?", options: ["a", "b"] }

  it.each([
    [{}, "text"],
    [{ text: "x", location: { latitude: 0, longitude: 0 } }, "location"],
    [{ media, poll }, "poll"],
    [{ location: { latitude: 91, longitude: 0 } }, "location.latitude"],
    [{ contacts: [] }, "contacts"],
    [{ contacts: [{ vcard: "Beto" }] }, "contacts.0.vcard"],
    [{ poll: { ...poll, options: ["a", "a"] } }, "poll.options"],
    [{ poll: { ...poll, selectableMax: 3 } }, "poll.selectableMax"],
    [{ text: "x", caption: "y" }, "caption"],
    [{ text: "x", viewOnce: true }, "viewOnce"],
    [{ media, viewOnce: true }, "viewOnce"],
    [{ media, gif: true }, "gif"],
    [{ media, sticker: true }, "sticker"],
    [{ text: "x", messageId: "corto" }, "messageId"],
    [{ text: "x", audience: [BETO] }, "audience"],
    [{ to: "status@broadcast", text: "x" }, "audience"],
    [{ text: "x", mentions: ["Beto"] }, "mentions.0"],
    [{ media, linkPreview: { url: "https://example.com" } }, "linkPreview"]
  ])("%o", async (body, field) => {
    expect(await post("/messages", { to: BETO, ...body })).toMatchObject({
      status: 400,
      body: { code: "invalid-request", field }
    })
  })

  it("an answer to a message that the chat does not have", async () => {
    const id = await carla().send(ME, { text: "en otro chat" })
    await received(id)
    expect(await post("/messages", { to: BETO, text: "x", quote: id })).toMatchObject({
      status: 404,
      body: { code: "message-not-found" }
    })
  })
})

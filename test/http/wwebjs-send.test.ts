/** What programs of wwebjs-api send: every kind of content and every option, as the other side gets it. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { proto } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { widePicture } from "../support/pictures.ts"
import { mp4, pdf, voice } from "../support/sample-files.ts"
import { until } from "../support/until.ts"
import { checkRows, row } from "./support/wwebjs-compat.ts"
import { hasFields, refused, WwebjsClient } from "./support/wwebjs-client.ts"
import { MESSAGE_FIELDS } from "./support/wwebjs-models.ts"

const NUMBER = "51948907640"
const CONTACT = "51999999999"
const THIRD = "51911111111"
const chatId = `${CONTACT}@c.us`

let gateway: TestGateway
let session: WwebjsClient
let files: Server
let origin: string

beforeAll(async () => {
  files = createServer((_request, response) => response.end(pdf))
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve))
  origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`
  gateway = await TestGateway.start({
    env: { OUTBOUND_ALLOW: "127.0.0.1/32", SEND_ACK_TIMEOUT_MS: "5000" },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(CONTACT, { name: "Juan" })
  gateway.network.addContact(THIRD, { name: "Rosa" })
  session = new WwebjsClient(gateway, "ABCD")
  await session.link((qr) => gateway.network.addPhone(NUMBER).scanQr(qr))
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
  files.closeAllConnections()
  files.close()
})

const base64 = (bytes: Buffer): string => bytes.toString("base64")

/** Sends, and returns the model and the message as the contact got it. */
const sent = async (contentType: string, content: unknown, more: object = {}) => {
  const { status, body } = await session.post("/client/sendMessage", { chatId, contentType, content, ...more })
  expect([status, status === 200 ? undefined : body]).toEqual([200, undefined])
  expect(Object.keys(body)).toEqual(["success", "message"])
  const { message } = body
  const inbox = () => gateway.network.contact(CONTACT).inbox
  const arrived = await until(() => inbox().find(({ id }) => id === message.id.id), "the message to arrive")
  return { message, arrived }
}

describe("/client/sendMessage", () => {
  it("a text: the model has every field, and the other side the text", async () => {
    const { message, arrived } = await sent("string", "¡Hola! https://example.com/a y más")
    expect(arrived).toMatchObject({ type: "text", text: "¡Hola! https://example.com/a y más", from: NUMBER })
    hasFields(message, MESSAGE_FIELDS)
    const { id, timestamp, ...rest } = message
    expect(id).toEqual({
      fromMe: true,
      remote: chatId,
      id: expect.stringMatching(/^3EB0[0-9A-F]+$/),
      _serialized: `true_${chatId}_${id.id}`
    })
    expect(Math.abs(timestamp - Date.now() / 1_000)).toBeLessThan(60)
    expect(rest).toEqual({
      _data: {},
      ack: expect.toSatisfy((ack: number) => ack >= 1),
      hasMedia: false,
      body: "¡Hola! https://example.com/a y más",
      type: "chat",
      from: `${NUMBER}@c.us`,
      to: chatId,
      deviceType: "web",
      isForwarded: false,
      forwardingScore: 0,
      isStatus: false,
      isStarred: false,
      broadcast: false,
      fromMe: true,
      hasQuotedMsg: false,
      hasReaction: false,
      vCards: [],
      mentionedIds: [],
      groupMentions: [],
      isGif: false,
      isEphemeral: false,
      links: [{ link: "https://example.com/a", isSuspicious: false }]
    })
    row(
      "POST",
      "/client/sendMessage",
      "partial",
      "all kinds of content; link previews are not made, and audio is a voice note only if it is Ogg with Opus"
    )
  })

  it("mentions of groups", async () => {
    const group = gateway.network.contact(CONTACT).createGroup("Ventas", [NUMBER])
    const groupMentions = [{ subject: "Ventas", id: group }]
    const { message, arrived } = await sent("string", `Escriba a @${group}`, { options: { groupMentions } })
    const mentioned = [{ groupJid: group, groupSubject: "Ventas" }]
    const { extendedTextMessage } = proto.Message.decode(arrived.raw)
    expect(extendedTextMessage?.contextInfo?.groupMentions).toEqual(mentioned)
    expect(message.groupMentions).toEqual(mentioned)
    const given = { chatId, contentType: "string", content: "x", options: { groupMentions: [{ id: chatId }] } }
    refused(
      await session.post("/client/sendMessage", given),
      400,
      "options.groupMentions.0.id must be the id of a group: …@g.us"
    )
  })

  it("a quote, by its serialized id or the bare one", async () => {
    const first = (await sent("string", "¿Cuánto es?")).message.id
    for (const quotedMessageId of [first._serialized, first.id]) {
      const { message, arrived } = await sent("string", "Son 20", { options: { quotedMessageId } })
      expect(arrived).toMatchObject({ text: "Son 20", target: first.id })
      expect(message.hasQuotedMsg).toBe(true)
    }
  })

  it("a quote that is not there is left out, unless its error is wanted", async () => {
    const options = { quotedMessageId: "3EB0NADA" }
    const { message, arrived } = await sent("string", "sin cita", { options })
    expect([message.hasQuotedMsg, arrived.target]).toEqual([false, undefined])
    refused(
      await session.post("/client/sendMessage", {
        chatId,
        contentType: "string",
        content: "x",
        options: { ...options, ignoreQuoteErrors: false }
      }),
      500,
      "Could not get the quoted message."
    )
  })

  it("mentions", async () => {
    const { message, arrived } = await sent("string", `@${THIRD} mira`, { options: { mentions: [`${THIRD}@c.us`] } })
    expect(message.mentionedIds).toEqual([`${THIRD}@c.us`])
    expect(arrived.mentions?.length).toBe(1)
  })

  it("a picture with a caption, and once more to be seen once", async () => {
    const content = { mimetype: "image/png", data: base64(await widePicture()), filename: "foto.png" }
    const { message, arrived } = await sent("MessageMedia", content, { options: { caption: "la foto" } })
    expect(message).toMatchObject({ type: "image", hasMedia: true, body: "la foto" })
    expect(arrived).toMatchObject({ type: "image", text: "la foto", bytes: expect.any(Number) })
    expect(arrived.mediaError).toBeUndefined()
    expect((await sent("MessageMedia", content, { options: { isViewOnce: true } })).arrived.viewOnce).toBe(true)
  })

  it("a document as it is: same bytes, name and type", async () => {
    const content = { mimetype: "application/pdf", data: base64(pdf), filename: "factura.pdf", filesize: pdf.length }
    const { message, arrived } = await sent("MessageMedia", content)
    expect(message).toMatchObject({ type: "document", hasMedia: true, body: "" })
    expect(arrived).toMatchObject({
      type: "document",
      filename: "factura.pdf",
      mimetype: "application/pdf",
      bytes: pdf.length
    })
  })

  it("a picture as a document or as a sticker", async () => {
    const content = { mimetype: "image/png", data: base64(await widePicture()), filename: "foto.png" }
    expect((await sent("MessageMedia", content, { options: { sendMediaAsDocument: true } })).arrived).toMatchObject({
      type: "document",
      filename: "foto.png",
      mimetype: "image/png"
    })
    const { message, arrived } = await sent("MessageMedia", content, { options: { sendMediaAsSticker: true } })
    expect([message.type, arrived.type]).toEqual(["sticker", "sticker"])
  })

  it("audio as a voice note only if that is asked for", async () => {
    const content = { mimetype: "audio/ogg; codecs=opus", data: base64(voice) }
    const note = await sent("MessageMedia", content, { options: { sendAudioAsVoice: true } })
    expect([note.message.type, note.arrived.ptt]).toEqual(["ptt", true])
    const audio = await sent("MessageMedia", content)
    expect([audio.message.type, audio.arrived.type]).toEqual(["audio", "audio"])
    expect(audio.arrived.ptt ?? false).toBe(false)
  })

  it("a video that plays like a GIF", async () => {
    const content = { mimetype: "video/mp4", data: base64(mp4) }
    const { message } = await sent("MessageMedia", content, { options: { sendVideoAsGif: true } })
    expect(message).toMatchObject({ type: "video", isGif: true })
    expect((await sent("MessageMedia", content)).message).toMatchObject({ type: "video", isGif: false })
  })

  it("a text with a file of options.media is the file with the text as its caption", async () => {
    const media = { mimetype: "application/pdf", data: base64(pdf), filename: "a.pdf" }
    const { arrived } = await sent("string", "aquí está", { options: { media } })
    expect(arrived).toMatchObject({ type: "document", filename: "a.pdf", text: "aquí está" })
    for (const broken of [{}, { data: base64(pdf) }, { mimetype: "image/png" }, "x"]) {
      refused(
        await session.post("/client/sendMessage", {
          chatId,
          contentType: "string",
          content: "x",
          options: { media: broken }
        }),
        400,
        "invalid media options"
      )
    }
  })

  it("a file of a URL", async () => {
    const { message, arrived } = await sent("MessageMediaFromURL", `${origin}/precios.pdf`, {
      options: { caption: "los precios" }
    })
    expect(message).toMatchObject({ type: "document", hasMedia: true, body: "los precios" })
    expect(arrived).toMatchObject({ type: "document", filename: "precios.pdf", bytes: pdf.length })
    const named = { mediaFromURLOptions: { filename: "lista.pdf", unsafeMime: true } }
    expect((await sent("MessageMediaFromURL", `${origin}/x`, named)).arrived.filename).toBe("lista.pdf")
  })

  it("a place", async () => {
    const description = "Tienda\nJr. Unión 100"
    const { message, arrived } = await sent("Location", { latitude: -12.05, longitude: -77.04, description })
    expect(message).toMatchObject({
      type: "location",
      location: { latitude: -12.05, longitude: -77.04, name: "Tienda", address: "Jr. Unión 100", description }
    })
    expect(arrived).toMatchObject({ type: "location", latitude: -12.05, longitude: -77.04, text: "Tienda" })
    const { arrived: other } = await sent("Location", {
      latitude: 1,
      longitude: 2,
      description: { name: "Casa", address: "Calle 1", url: "https://example.com" }
    })
    expect(other).toMatchObject({ latitude: 1, text: "Casa", address: "Calle 1" })
  })

  it("a contact card", async () => {
    const { message, arrived } = await sent("Contact", { contactId: `${THIRD}@c.us` })
    expect(message).toMatchObject({ type: "vcard", vCards: [expect.stringContaining(`waid=${THIRD}`)] })
    expect(arrived.contacts?.[0]?.vcard).toContain(`waid=${THIRD}`)
    const unknown = { chatId, contentType: "Contact", content: { contactId: "51900000000" } }
    refused(await session.post("/client/sendMessage", unknown), 500, "Contact not found")
  })

  it("a poll", async () => {
    const poll = { pollName: "¿A qué hora?", pollOptions: ["9 h", "15 h"] }
    const { message, arrived } = await sent("Poll", poll)
    expect(message).toMatchObject({
      type: "poll_creation",
      pollName: "¿A qué hora?",
      pollOptions: [
        { name: "9 h", localId: 0 },
        { name: "15 h", localId: 1 }
      ],
      allowMultipleAnswers: false
    })
    expect(arrived).toMatchObject({ type: "poll", text: "¿A qué hora?", options: ["9 h", "15 h"], selectable: 1 })
    const many = await sent("Poll", { ...poll, options: { allowMultipleAnswers: true } })
    expect([many.message.allowMultipleAnswers, many.arrived.selectable]).toEqual([true, 0])
  })

  it("without waiting for WhatsApp it is answered at once", async () => {
    const { message } = await sent("string", "rápido", { options: { waitUntilMsgSent: false } })
    expect(message.body).toBe("rápido")
  })

  it("to a LID and to a group", async () => {
    const lid = gateway.network.contact(CONTACT).lid
    const toLid = await session.post("/client/sendMessage", { chatId: lid, contentType: "string", content: "por LID" })
    expect(toLid.body.message).toMatchObject({ to: lid, body: "por LID" })
    await until(() => gateway.network.contact(CONTACT).inbox.find(({ text }) => text === "por LID"), "the message")
    const group = gateway.network.contact(CONTACT).createGroup("Pedidos", [NUMBER])
    const { body } = await session.post("/client/sendMessage", {
      chatId: group,
      contentType: "string",
      content: "a todos"
    })
    expect(body.message).toMatchObject({ to: group, id: { remote: group, fromMe: true }, type: "chat" })
    await until(() => gateway.network.contact(CONTACT).inbox.find(({ text }) => text === "a todos"), "the message")
  })

  it("what is wrong is named, with 400", async () => {
    const refusals: readonly (readonly [object, string])[] = [
      [{}, "chatId is required"],
      [{ chatId: "nadie" }, "chatId must be the id of a chat, such as 51999999999@c.us or …@g.us"],
      [{ chatId }, "invalid contentType"],
      [{ chatId, contentType: "Sticker", content: "x" }, "invalid contentType"],
      [{ chatId, contentType: ["string"], content: "x" }, "invalid contentType"],
      [{ chatId, contentType: "MessageMedia", content: { data: "x" } }, "content.mimetype is required"],
      [
        { chatId, contentType: "MessageMedia", content: { mimetype: "image/png", data: "%%" } },
        "content.data must be base64"
      ],
      [{ chatId, contentType: "Location", content: { latitude: 1 } }, "content.longitude is required"],
      [
        { chatId, contentType: "Poll", content: { pollName: "x", pollOptions: ["a"] } },
        "content.pollOptions must be 2 to 12 different options"
      ]
    ]
    for (const [given, error] of refusals) {
      const answer = await session.post("/client/sendMessage", given)
      expect([given, answer.status, answer.body]).toEqual([given, 400, { success: false, error }])
    }
    const noPicture = {
      chatId,
      contentType: "MessageMedia",
      content: { mimetype: "application/pdf", data: base64(pdf) }
    }
    refused(
      await session.post("/client/sendMessage", { ...noPicture, options: { sendMediaAsSticker: true } }),
      400,
      "content must be a picture to be sent as a sticker"
    )
  })

  it("a number that is not on WhatsApp is 500 with the reason", async () => {
    const given = { chatId: "51900000000@c.us", contentType: "string", content: "x" }
    refused(await session.post("/client/sendMessage", given), 500, "51900000000 is not on WhatsApp")
  })
})

checkRows()

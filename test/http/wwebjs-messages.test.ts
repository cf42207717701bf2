/** `/message/…` of wwebjs-api: what the client is told, what the other side gets, and what the phone has. */
import { createHash } from "node:crypto"
import { proto } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { pdf } from "../support/sample-files.ts"
import { until } from "../support/until.ts"
import { checkRows, row } from "./support/wwebjs-compat.ts"
import { exactly, hasFields, refused, WwebjsClient } from "./support/wwebjs-client.ts"
import { MESSAGE_FIELDS } from "./support/wwebjs-models.ts"

const NUMBER = "51948907640"
const CONTACT = "51999999999"
const OTHER = "51911111111"
const chatId = `${CONTACT}@c.us`

let gateway: TestGateway
let session: WwebjsClient
let phone: ReturnType<TestGateway["network"]["addPhone"]>
let group: string

const contact = (number = CONTACT) => gateway.network.contact(number)
const post = (path: string, messageId: string, more: object = {}) =>
  session.post(`/message/${path}`, { chatId, messageId, ...more })

/** The account writes, and the contact has it. Returns the id. */
const writes = async (content: string, to = chatId, contentType = "string", given: unknown = content) => {
  const { body } = await session.post("/client/sendMessage", { chatId: to, contentType, content: given })
  const { id } = body.message.id as { id: string }
  await until(() => contact().inbox.some((message) => message.id === id), "the message to arrive")
  return id
}
/** The contact sends, and the gateway has it. */
const hears = async (
  content: Parameters<ReturnType<typeof contact>["send"]>[1],
  to: string = NUMBER,
  from = CONTACT
) => {
  const id = await contact(from).send(to, content)
  const chat = to === NUMBER ? `${from}@c.us` : to
  const has = async () => (await session.post("/message/getClassInfo", { chatId: chat, messageId: id })).status === 200
  await until(has, "the message to be known")
  return id
}
const modelOf = async (messageId: string, chat = chatId) =>
  (await session.post("/message/getClassInfo", { chatId: chat, messageId })).body.message
const inInbox = (id: string) => until(() => contact().inbox.find((message) => message.id === id), "the message")
/** What the contact has that is about this message. */
const about = (target: string, type: string) =>
  until(() => contact().inbox.find((message) => message.target === target && message.type === type), type)

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 100 } })
  gateway.network.addContact(CONTACT, { name: "Juan", behaviour: "silent" })
  gateway.network.addContact(OTHER, { name: "Rosa", behaviour: "silent" })
  phone = gateway.network.addPhone(NUMBER)
  session = new WwebjsClient(gateway, "ABCD")
  await session.link((qr) => phone.scanQr(qr))
  const made = await session.post("/client/createGroup", {
    title: "Pedidos",
    participants: [chatId, `${OTHER}@c.us`]
  })
  group = made.body.response.gid._serialized
  await writes("Hola")
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const calls: readonly (readonly [string, object])[] = [
  ["getClassInfo", {}],
  ["getInfo", {}],
  ["getMentions", {}],
  ["getGroupMentions", {}],
  ["getContact", {}],
  ["getQuotedMessage", {}],
  ["getOrder", {}],
  ["getPayment", {}],
  ["getReactions", {}],
  ["getPollVotes", {}],
  ["downloadMedia", {}],
  ["downloadMediaAsData", {}],
  ["delete", { everyone: true }],
  ["forward", { destinationChatId: chatId }],
  ["react", { reaction: "👍" }],
  ["reply", { contentType: "string", content: "a" }],
  ["star", {}],
  ["unstar", {}],
  ["edit", { content: "a" }]
]

describe("a message", () => {
  it("has to be there for every call", async () => {
    for (const [path, more] of calls) {
      refused(await post(path, "3EB0NONE", more), 500, "Message not found")
      const inOtherChat = await session.post(`/message/${path}`, {
        chatId: `${OTHER}@c.us`,
        messageId: "3EB0NONE",
        ...more
      })
      refused(inOtherChat, 500, "Message not found")
    }
  })

  it("is found by its bare id and by its serialized one", async () => {
    row("POST", "/message/getClassInfo", "partial", "`_data` has the name of the sender and what the file is")
    const id = await writes("Su pedido https://example.com/p")
    const message = await modelOf(id)
    expect(message).toMatchObject({
      id: { fromMe: true, remote: chatId, id, _serialized: `true_${chatId}_${id}` },
      body: "Su pedido https://example.com/p",
      type: "chat",
      fromMe: true,
      from: `${NUMBER}@c.us`,
      to: chatId,
      hasQuotedMsg: false,
      links: [{ link: "https://example.com/p", isSuspicious: false }]
    })
    hasFields(message, MESSAGE_FIELDS)
    expect(await modelOf(message.id._serialized)).toEqual(message)
  })

  it("tells who has received and read it", async () => {
    row("POST", "/message/getInfo", "yes")
    const id = await writes("¿Lo viste?")
    contact().read(id)
    const info = async () => (await post("getInfo", id)).body.info
    await until(async () => (await info()).read.length === 1, "the receipt")
    const seen = [{ id: { server: "c.us", user: CONTACT, _serialized: chatId }, t: expect.any(Number) }]
    expect(await info()).toEqual({
      delivery: seen,
      deliveryRemaining: 0,
      read: seen,
      readRemaining: 0,
      played: [],
      playedRemaining: 0
    })
    const inGroup = await writes("A todos", group)
    const ofGroup = async () =>
      (await session.post("/message/getInfo", { chatId: group, messageId: inGroup })).body.info
    contact().read(inGroup)
    await until(async () => (await ofGroup()).read.length === 1, "the receipt of a member")
    expect(await ofGroup()).toMatchObject({ read: seen, readRemaining: 1 })
    const others = await hears({ text: "No es tuyo" })
    exactly(await post("getInfo", others), { success: true, info: null })
  })

  it("has mentions, of people and groups", async () => {
    row("POST", "/message/getMentions", "yes")
    row("POST", "/message/getGroupMentions", "yes")
    const { body } = await session.post("/client/sendMessage", {
      chatId: group,
      contentType: "string",
      content: `@${OTHER} mira`,
      options: { mentions: [`${OTHER}@c.us`] }
    })
    const mentions = await session.post("/message/getMentions", { chatId: group, messageId: body.message.id.id })
    expect(mentions.body).toMatchObject({ success: true, contacts: [{ number: OTHER }] })
    const id = await hears({
      message: {
        extendedTextMessage: {
          text: "mira el grupo",
          contextInfo: { groupMentions: [{ groupJid: group, groupSubject: "Pedidos" }] }
        }
      }
    })
    const groups = await post("getGroupMentions", id)
    expect(groups.body).toMatchObject({ success: true, result: [{ id: { _serialized: group }, isGroup: true }] })
    exactly(await post("getMentions", id), { success: true, contacts: [] })
  })

  it("leads to who wrote it", async () => {
    row("POST", "/message/getContact", "yes")
    const id = await hears({ text: "soy yo" })
    expect((await post("getContact", id)).body).toMatchObject({
      success: true,
      contact: { number: CONTACT, isMe: false }
    })
    const own = await post("getContact", await writes("soy yo también"))
    expect(own.body).toMatchObject({ success: true, contact: { number: NUMBER, isMe: true } })
    const inGroup = await hears({ text: "desde el grupo" }, group, OTHER)
    const member = await session.post("/message/getContact", { chatId: group, messageId: inGroup })
    expect(member.body).toMatchObject({ contact: { number: OTHER } })
  })

  it("leads to the message that it answers", async () => {
    row("POST", "/message/getQuotedMessage", "yes")
    const asked = await writes("¿Cuántos?")
    const id = await hears({ text: "Dos", quote: asked })
    const { body } = await post("getQuotedMessage", id)
    expect(body).toEqual({ success: true, quotedMessage: await modelOf(asked) })
    expect((await modelOf(id)).hasQuotedMsg).toBe(true)
    exactly(await post("getQuotedMessage", asked), { success: true })
  })

  it("has its order and its payment", async () => {
    row("POST", "/message/getOrder", "yes")
    row("POST", "/message/getPayment", "yes", "what the message says: the payment's state is known to the phone only")
    const product = { id: "4100000000001", name: "Arroz", price: 12_500, currency: "PEN" }
    phone.shop.catalog = { products: [product], collections: [] }
    const { id } = await contact().order(NUMBER, [{ product: product.id, quantity: 2 }])
    await until(async () => (await post("getClassInfo", id)).status === 200, "the order")
    const { body } = await post("getOrder", id)
    expect(body).toMatchObject({
      success: true,
      order: {
        products: [{ id: product.id, name: "Arroz", quantity: 2, currency: "PEN" }],
        currency: "PEN",
        createdAt: expect.any(Number)
      }
    })
    hasFields(body.order, ["products", "subtotal", "total", "currency", "createdAt"])
    expect(body.order.total).toBe(body.order.subtotal)
    const plain = await writes("sin pedido")
    exactly(await post("getOrder", plain), { success: true })
    exactly(await post("getPayment", plain), { success: true })
  })

  it("has reactions, of the other side and of the account", async () => {
    row("POST", "/message/getReactions", "yes")
    row("POST", "/message/react", "yes")
    const id = await writes("¿Qué tal?")
    exactly(await post("getReactions", id), { success: true })
    await contact().send(NUMBER, { react: "❤️", target: id })
    exactly(await post("react", id, { reaction: "👍" }), { success: true })
    expect(await about(id, "reaction")).toMatchObject({ text: "👍", from: NUMBER })
    const reactions = async () => (await post("getReactions", id)).body.result
    await until(async () => (await reactions())?.length === 2, "both reactions")
    const [theirs, own] = (await reactions()).toSorted((one: { id: string }) => (one.id === "❤️" ? -1 : 1))
    expect(theirs).toMatchObject({ id: "❤️", aggregateEmoji: "❤️", hasReactionByMe: false })
    expect(own).toMatchObject({ id: "👍", hasReactionByMe: true, senders: [{ senderId: `${NUMBER}@c.us` }] })
    hasFields(theirs.senders[0], [
      "id",
      "orphan",
      "orphanReason",
      "timestamp",
      "reaction",
      "read",
      "msgId",
      "senderId",
      "ack"
    ])
    expect(theirs.senders[0]).toMatchObject({ reaction: "❤️", senderId: chatId, msgId: { id } })
    expect((await modelOf(id)).hasReaction).toBe(true)
    exactly(await post("react", id, { reaction: "" }), { success: true })
    await contact().send(NUMBER, { react: "", target: id })
    await until(async () => (await reactions()) === undefined, "no reaction to be left")
    expect((await modelOf(id)).hasReaction).toBe(false)
  })

  it("has votes", async () => {
    row("POST", "/message/getPollVotes", "yes")
    const poll = { pollName: "¿Qué comemos?", pollOptions: ["Pollo", "Pez"], options: { allowMultipleAnswers: true } }
    const id = await writes("", chatId, "Poll", poll)
    exactly(await post("getPollVotes", id), { success: true, votes: [] })
    await contact().send(NUMBER, { vote: id, options: ["Pez"] })
    const votes = async () => (await post("getPollVotes", id)).body.votes
    await until(async () => (await votes()).length === 1, "the vote")
    const [vote] = await votes()
    expect(vote).toEqual({
      voter: chatId,
      selectedOptions: [{ name: "Pez", localId: 1 }],
      interractedAtTs: expect.any(Number),
      parentMessage: await modelOf(id),
      parentMsgKey: { fromMe: true, remote: chatId, id, _serialized: `true_${chatId}_${id}` }
    })
    await contact().send(NUMBER, { vote: id, options: ["Pollo", "Pez"] })
    await until(async () => (await votes())[0]?.selectedOptions.length === 2, "the other vote")
    await contact().send(NUMBER, { vote: id, options: [] })
    await until(async () => (await votes()).length === 0, "the vote to be taken back")
    refused(await post("getPollVotes", await writes("ninguna encuesta")), 500, "The message is not a poll")
  })

  it("has its file, in base64 or as it is", async () => {
    row("POST", "/message/downloadMedia", "yes")
    row("POST", "/message/downloadMediaAsData", "yes")
    const id = await hears({ media: pdf, mimetype: "application/pdf", filename: "factura Nº 1.pdf" })
    exactly(await post("downloadMedia", id), {
      success: true,
      messageMedia: {
        mimetype: "application/pdf",
        data: pdf.toString("base64"),
        filename: "factura Nº 1.pdf",
        filesize: pdf.length
      }
    })
    const response = await fetch(`${gateway.url}/message/downloadMediaAsData/${session.session}`, {
      method: "POST",
      headers: { "x-api-key": OPERATOR_KEY, "content-type": "application/json" },
      body: JSON.stringify({ chatId, messageId: id })
    })
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("application/pdf")
    expect(response.headers.get("content-length")).toBe(String(pdf.length))
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename/)
    const got = Buffer.from(await response.arrayBuffer())
    expect(createHash("sha256").update(got).digest("hex")).toBe(createHash("sha256").update(pdf).digest("hex"))
    const plain = await writes("sin archivo")
    refused(await post("downloadMedia", plain), 500, "Message media not found")
    refused(await post("downloadMediaAsData", plain), 500, "Message media not found")
  })

  it("is forwarded", async () => {
    row("POST", "/message/forward", "yes")
    const id = await hears({ text: "Pásalo" })
    exactly(await post("forward", id, { destinationChatId: `${OTHER}@c.us` }), { success: true })
    const arrived = await until(() => contact(OTHER).inbox.find(({ text }) => text === "Pásalo"), "the message")
    expect(arrived).toMatchObject({ from: NUMBER, forwarded: true })
  })

  it("is answered with a quote", async () => {
    row("POST", "/message/reply", "yes")
    const id = await hears({ text: "¿Abren hoy?" })
    const options = { groupMentions: [{ subject: "Pedidos", id: group }] }
    const { status, body } = await post("reply", id, { contentType: "string", content: "Sí, a las 9", options })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      success: true,
      repliedMessage: { body: "Sí, a las 9", hasQuotedMsg: true, fromMe: true, groupMentions: [{ groupJid: group }] }
    })
    expect(await inInbox(body.repliedMessage.id.id)).toMatchObject({ text: "Sí, a las 9", target: id })
    refused(
      await post("reply", id, { contentType: "Fax", content: "a" }),
      400,
      "contentType invalid, must be string, MessageMedia, MessageMediaFromURL, Location, Contact or Poll"
    )
  })

  it("is marked with a star on the phone, and no longer", async () => {
    row("POST", "/message/star", "yes")
    row("POST", "/message/unstar", "yes")
    const id = await writes("importante")
    const isStarred = () => phone.appState.starred.some((message) => message.id === id)
    exactly(await post("star", id), { success: true })
    await until(isStarred, "the star")
    await until(async () => (await modelOf(id)).isStarred === true, "the star here too")
    exactly(await post("unstar", id), { success: true })
    await until(() => !isStarred(), "no star")
    await until(async () => (await modelOf(id)).isStarred === false, "no star here either")
  })

  it("is edited, if it is the account's own", async () => {
    row("POST", "/message/edit", "partial", "`linkPreview` has no effect")
    const id = await writes("a las 9")
    const { body } = await post("edit", id, { content: "a las 10" })
    expect(body).toMatchObject({ success: true, message: { id: { id }, body: "a las 10" } })
    expect(await about(id, "edit")).toMatchObject({ text: "a las 10" })
    const theirs = await hears({ text: "no es tuyo" })
    const groupMentions = [{ subject: "Pedidos", id: group }]
    await post("edit", id, { content: `mire @${group}`, options: { groupMentions } })
    const edit = await until(() => contact().inbox.find(({ text }) => text === `mire @${group}`), "the edit")
    const { editedMessage } = proto.Message.decode(edit.raw).protocolMessage ?? {}
    expect(editedMessage?.extendedTextMessage?.contextInfo?.groupMentions).toEqual([
      { groupJid: group, groupSubject: "Pedidos" }
    ])
    exactly(await post("edit", theirs, { content: "mío" }), { success: true, message: null })
  })

  it("is deleted for everyone, or for the account alone", async () => {
    row("POST", "/message/delete", "yes")
    const id = await writes("me equivoqué")
    exactly(await post("delete", id, { everyone: true }), { success: true })
    expect(await about(id, "revoke")).toMatchObject({ from: NUMBER })
    await until(async () => (await modelOf(id)).type === "revoked", "it to be gone here too")
    const theirs = await hears({ text: "no lo quiero ver" })
    exactly(await post("delete", theirs, { everyone: true }), { success: true })
    await until(
      () => phone.appState.deletedForMe.some((message) => message.id === theirs),
      "it to be deleted on the phone"
    )
    const isListed = async () => {
      const { messages } = (await session.post("/chat/fetchMessages", { chatId, searchOptions: { limit: 50 } })).body
      return messages.some((message: { id: { id: string } }) => message.id.id === theirs)
    }
    await until(async () => !(await isListed()), "it to be deleted here")
    const inGroup = await hears({ text: "fuera de tema" }, group, OTHER)
    const asAdmin = await session.post("/message/delete", { chatId: group, messageId: inGroup, everyone: true })
    exactly(asAdmin, { success: true })
    expect(await about(inGroup, "revoke")).toMatchObject({ from: NUMBER, group })
  })

  it("runs methods by name", async () => {
    row("POST", "/message/runMethod", "yes", "the methods that take one argument or none, and that a call stands for")
    const id = await writes("por nombre")
    exactly(await post("runMethod", id, { method: "react", options: "🙏" }), { success: true })
    expect(await about(id, "reaction")).toMatchObject({ text: "🙏" })
    refused(await post("runMethod", id, { method: "hasOwnProperty" }), 400, "Method is not implemented")
  })
})

checkRows()

/** `/chat/…` and `/contact/…` of wwebjs-api: what the client is told, and what the other side and the phone see. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"
import { checkRows, row } from "./support/wwebjs-compat.ts"
import { exactly, hasFields, refused, WwebjsClient } from "./support/wwebjs-client.ts"
import { CHAT_FIELDS, CONTACT_FIELDS } from "./support/wwebjs-models.ts"

const NUMBER = "51948907640"
const CONTACT = "51999999999"
const OTHER = "51911111111"
const UNKNOWN = "51900000009"
const chatId = `${CONTACT}@c.us`
const contactId = chatId

let gateway: TestGateway
let session: WwebjsClient
let phone: ReturnType<TestGateway["network"]["addPhone"]>
let group: string

const contact = () => gateway.network.contact(CONTACT)
const chat = async () => (await session.post("/chat/getClassInfo", { chatId })).body.chat
const bodies = async (searchOptions: object): Promise<readonly string[]> => {
  const answer = await session.post("/chat/fetchMessages", { chatId, searchOptions })
  exactly(answer, { success: true, messages: answer.body.messages })
  return answer.body.messages.map(({ body }: { body: string }) => body)
}
/** The contact writes, and the gateway has it. */
const hears = async (text: string) => {
  const id = await contact().send(NUMBER, { text })
  await until(async () => (await bodies({ messageId: id })).length === 1, `${text} to arrive`)
  return id
}

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 100 } })
  gateway.network.addContact(CONTACT, { name: "Juan", behaviour: "silent" })
  gateway.network.addContact(OTHER, { name: "Rosa", behaviour: "silent" })
  phone = gateway.network.addPhone(NUMBER)
  session = new WwebjsClient(gateway, "ABCD")
  await session.link((qr) => phone.scanQr(qr))
  group = contact().createGroup("Vecinos", [NUMBER])
  const sent = await session.post("/client/sendMessage", { chatId, contentType: "string", content: "uno" })
  expect(sent).toMatchObject({ status: 200 })
  await hears("dos")
  await hears("tres")
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

describe("a chat", () => {
  it("is described with its last message", async () => {
    row("POST", "/chat/getClassInfo", "yes")
    const answer = await session.post("/chat/getClassInfo", { chatId })
    exactly(answer, { success: true, chat: answer.body.chat })
    hasFields(answer.body.chat, CHAT_FIELDS)
    expect(answer.body.chat).toMatchObject({
      id: { server: "c.us", user: CONTACT, _serialized: chatId },
      name: "Juan",
      isGroup: false,
      unreadCount: 2,
      archived: false,
      lastMessage: { body: "tres", fromMe: false, from: chatId }
    })
    refused(await session.post("/chat/getClassInfo", { chatId: `${UNKNOWN}@c.us` }), 404, "Chat not Found")
    refused(
      await session.post("/chat/getClassInfo", { chatId: "Juan" }),
      400,
      "chatId must be the id of a chat, such as 51999999999@c.us or …@g.us"
    )
  })

  it("gives its messages, the oldest first", async () => {
    row("POST", "/chat/fetchMessages", "yes", "`limit` is at most 1000")
    expect(await bodies({})).toEqual(["uno", "dos", "tres"])
    expect(await bodies({ limit: 2 })).toEqual(["dos", "tres"])
    expect(await bodies({ limit: 10, fromMe: true })).toEqual(["uno"])
    expect(await bodies({ fromMe: false })).toEqual(["dos", "tres"])
    expect(await bodies({ since: Math.floor(Date.now() / 1_000) + 60 })).toEqual([])
    expect(await bodies({ messageId: "3EB0NONE" })).toEqual([])
    refused(await session.post("/chat/fetchMessages", { chatId: `${UNKNOWN}@c.us` }), 404, "Chat not Found")
  })

  it("leads to its contact", async () => {
    row("POST", "/chat/getContact", "yes")
    const { body } = await session.post("/chat/getContact", { chatId })
    expect(body).toMatchObject({ success: true, contact: { number: CONTACT, pushname: "Juan", isGroup: false } })
    const ofGroup = await session.post("/chat/getContact", { chatId: group })
    expect(ofGroup.body).toMatchObject({ contact: { id: { _serialized: group }, isGroup: true } })
  })

  it("shows the other side that the account types, records, or neither", async () => {
    contact().watch(NUMBER)
    for (const [path, state] of [
      ["/chat/sendStateTyping", "composing"],
      ["/chat/sendStateRecording", "recording"],
      ["/chat/clearState", "paused"]
    ] as const) {
      row("POST", path, "yes")
      exactly(await session.post(path, { chatId }), { success: true, result: true })
      await until(() => contact().presences.at(-1)?.state === state, state)
      refused(await session.post(path, { chatId: `${UNKNOWN}@c.us` }), 404, "Chat not Found")
    }
  })

  it("is read: the senders are told, and nothing is unread", async () => {
    row("POST", "/chat/sendSeen", "yes")
    const id = await hears("cuatro")
    exactly(await session.post("/chat/sendSeen", { chatId }), { success: true, result: true })
    await until(() => contact().receipts.some((receipt) => receipt.id === id && receipt.type === "read"), "the receipt")
    await until(async () => (await chat()).unreadCount === 0, "nothing to be unread")
    refused(await session.post("/chat/sendSeen", { chatId: `${UNKNOWN}@c.us` }), 404, "Chat not Found")
  })

  it("is marked as unread on the phone too", async () => {
    row("POST", "/chat/markUnread", "yes")
    exactly(await session.post("/chat/markUnread", { chatId }), { success: true })
    await until(() => Object.values(phone.appState.chats).some(({ markedUnread }) => markedUnread), "the mark")
    await until(async () => (await chat()).unreadCount === -1, "the mark to be known")
    await session.post("/chat/sendSeen", { chatId })
    await until(async () => (await chat()).unreadCount === 0, "the mark to be gone")
  })

  it("asks the phone for older messages", async () => {
    row("POST", "/chat/syncHistory", "yes")
    exactly(await session.post("/chat/syncHistory", { chatId }), { success: true, result: true })
  })

  it("has the labels that the owner gives it", async () => {
    row("POST", "/chat/getLabels", "yes")
    row("POST", "/chat/changeLabels", "yes")
    await phone.do({ label: "7", name: "Pagado", color: 3 })
    const labels = async () => (await session.post("/chat/getLabels", { chatId })).body
    await until(async () => (await session.post("/client/getLabels")).body.labels.length === 1, "the label")
    exactly(await session.post("/chat/changeLabels", { chatId, labelIds: [7] }), { success: true })
    await until(async () => (await labels()).labels.length === 1, "the label to be given")
    expect(await labels()).toEqual({ success: true, labels: [{ id: "7", name: "Pagado", hexColor: "#dfaef0" }] })
    exactly(await session.post("/chat/changeLabels", { chatId, labelIds: [] }), { success: true })
    await until(async () => (await labels()).labels.length === 0, "the label to be taken")
  })

  it("runs methods by name", async () => {
    row("POST", "/chat/runMethod", "yes", "the methods that take one argument or none, and that a call stands for")
    const run = (method: string, options?: unknown) => session.post("/chat/runMethod", { chatId, method, options })
    const fetched = await run("fetchMessages", { limit: 1 })
    expect(fetched.body).toMatchObject({ success: true, data: [{ body: "cuatro" }] })
    expect((await run("fetchMessages")).body.data).toHaveLength(4)
    exactly(await run("sendStateTyping"), { success: true, data: true })
    refused(await run("constructor"), 400, "Method is not implemented")
  })

  it("is cleared, then deleted, on the phone too", async () => {
    row("POST", "/chat/clearMessages", "yes")
    row("POST", "/chat/delete", "yes")
    exactly(await session.post("/chat/clearMessages", { chatId }), { success: true, result: true })
    await until(() => Object.values(phone.appState.chats).some(({ clearedAt }) => clearedAt), "it to be cleared")
    await until(async () => (await bodies({})).length === 0, "its messages to be gone")
    exactly(await session.post("/chat/delete", { chatId }), { success: true, result: true })
    await until(() => Object.values(phone.appState.chats).some(({ deletedAt }) => deletedAt), "it to be deleted")
  })
})

describe("a contact", () => {
  it("is known to the session, or to WhatsApp", async () => {
    row("POST", "/contact/getClassInfo", "yes")
    const known = await session.post("/contact/getClassInfo", { contactId })
    exactly(known, { success: true, contact: known.body.contact })
    hasFields(known.body.contact, [...CONTACT_FIELDS, "pushname"])
    const asked = await session.post("/contact/getClassInfo", { contactId: `${OTHER}@c.us` })
    expect(asked.body).toMatchObject({ success: true, contact: { number: OTHER, isMe: false } })
    refused(await session.post("/contact/getClassInfo", { contactId: `${UNKNOWN}@c.us` }), 500, "Contact not found")
  })

  it("is blocked and unblocked", async () => {
    row("POST", "/contact/block", "yes")
    row("POST", "/contact/unblock", "yes")
    const isBlocked = async () =>
      (await session.post("/contact/getClassInfo", { contactId })).body.contact.isBlocked as boolean
    exactly(await session.post("/contact/block", { contactId }), { success: true, result: true })
    await until(isBlocked, "the block")
    expect((await session.post("/client/getBlockedContacts")).body.blockedContacts).toHaveLength(1)
    exactly(await session.post("/contact/unblock", { contactId }), { success: true, result: true })
    await until(async () => !(await isBlocked()), "the end of the block")
    exactly(await session.post("/contact/block", { contactId: group }), { success: true, result: false })
  })

  it("shows its about text", async () => {
    row("POST", "/contact/getAbout", "yes")
    contact().setAbout("Siempre abierto")
    exactly(await session.post("/contact/getAbout", { contactId }), { success: true, result: "Siempre abierto" })
  })

  it("has a chat, which oneself has not", async () => {
    row("POST", "/contact/getChat", "yes")
    const { body } = await session.post("/contact/getChat", { contactId: `${OTHER}@c.us` })
    expect(body).toMatchObject({ success: true, result: { id: { user: OTHER }, unreadCount: 0, isGroup: false } })
    exactly(await session.post("/contact/getChat", { contactId: `${NUMBER}@c.us` }), { success: true, result: null })
  })

  it("has a number that people can read", async () => {
    row("POST", "/contact/getFormattedNumber", "yes")
    row("POST", "/contact/getCountryCode", "yes")
    exactly(await session.post("/contact/getFormattedNumber", { contactId }), {
      success: true,
      result: "+51 999 999 999"
    })
    exactly(await session.post("/contact/getCountryCode", { contactId }), { success: true, result: "51" })
  })

  it("has a picture, or none", async () => {
    row("POST", "/contact/getProfilePicUrl", "yes")
    exactly(await session.post("/contact/getProfilePicUrl", { contactId }), { success: true, result: null })
  })

  it("shares groups with the account", async () => {
    row("POST", "/contact/getCommonGroups", "yes")
    const [user = "", server = ""] = group.split("@")
    exactly(await session.post("/contact/getCommonGroups", { contactId }), {
      success: true,
      result: [{ server, user, _serialized: group }]
    })
    refused(await session.post("/contact/getCommonGroups", { contactId: `${UNKNOWN}@c.us` }), 500, "Contact not found")
  })
})

checkRows()

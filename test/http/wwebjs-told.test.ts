/** What programs of wwebjs-api are told: each data type once, from what people do on the network to the frame of the WebSocket. */
import { once } from "node:events"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { pdf } from "../support/sample-files.ts"
import { until } from "../support/until.ts"
import { WwebjsClient } from "./support/wwebjs-client.ts"

const NUMBER = "51948907640"
const CONTACT = "51999999999"
const OTHER = "51911111111"
const chatId = `${CONTACT}@c.us`

let gateway: TestGateway
let session: WwebjsClient
let phone: ReturnType<TestGateway["network"]["addPhone"]>
let socket: WebSocket
let group: string

interface Frame {
  readonly dataType: string
  // oxlint-disable-next-line typescript/no-explicit-any -- the data of any type
  readonly data: any
  readonly sessionId: string
}

const frames: Frame[] = []
const contact = (number = CONTACT) => gateway.network.contact(number)
/** The first frame of this type that fits. */
const told = async (dataType: string, fits: (data: Frame["data"]) => boolean = () => true) => {
  const frame = await until(() => frames.find((each) => each.dataType === dataType && fits(each.data)), dataType)
  expect(Object.keys(frame)).toEqual(["dataType", "data", "sessionId"])
  expect(frame.sessionId).toBe("ABCD")
  return frame.data
}
const isAbout = (id: string) => (data: Frame["data"]) => data.message.id.id === id
const send = async (contentType: string, content: unknown) =>
  (await session.post("/client/sendMessage", { chatId, contentType, content })).body.message.id.id as string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 100 } })
  gateway.network.addContact(CONTACT, { name: "Juan", behaviour: "silent" })
  gateway.network.addContact(OTHER, { name: "Rosa", behaviour: "silent" })
  phone = gateway.network.addPhone(NUMBER)
  session = new WwebjsClient(gateway, "ABCD")
  await session.link((qr) => phone.scanQr(qr))
  const made = await session.post("/client/createGroup", { title: "Pedidos", participants: [chatId] })
  group = made.body.response.gid._serialized
  socket = new WebSocket(`${gateway.url.replace("http", "ws")}/ws/ABCD`, { headers: { "x-api-key": OPERATOR_KEY } })
  socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame))
  await once(socket, "open")
})
afterAll(async () => {
  socket.terminate()
  await gateway[Symbol.asyncDispose]()
})

describe("a program of wwebjs-api is told of", () => {
  it("a message, and that its chat has one more that is unread", async () => {
    const id = await contact().send(NUMBER, { text: "Hola" })
    expect((await told("message", isAbout(id))).message).toMatchObject({ body: "Hola", from: chatId, fromMe: false })
    expect((await told("message_create", isAbout(id))).message).toMatchObject({ body: "Hola" })
    const { chat } = await told("unread_count")
    expect(chat).toMatchObject({ id: { _serialized: chatId }, unreadCount: 1, lastMessage: { body: "Hola" } })
  })

  it("a file of the other side, with its bytes", async () => {
    const id = await contact().send(NUMBER, { media: pdf, mimetype: "application/pdf", filename: "1.pdf" })
    const { messageMedia } = await told("media", isAbout(id))
    expect(messageMedia).toMatchObject({ mimetype: "application/pdf", filename: "1.pdf", filesize: pdf.length })
  })

  it("an own message and how far it comes; an own file, that it was uploaded", async () => {
    const id = await send("string", "¿Qué tal?")
    expect((await told("message_create", isAbout(id))).message).toMatchObject({ fromMe: true, to: chatId })
    await told("message_ack", (data) => isAbout(id)(data) && data.ack === 1)
    await told("message_ack", (data) => isAbout(id)(data) && data.ack === 2)
    contact().read(id)
    await told("message_ack", (data) => isAbout(id)(data) && data.ack === 3)
    const file = await send("MessageMedia", {
      mimetype: "application/pdf",
      data: pdf.toString("base64"),
      filename: "1.pdf"
    })
    expect((await told("media_uploaded", isAbout(file))).message).toMatchObject({ hasMedia: true, type: "document" })
  })

  it("a reaction, an edit, a deletion and a vote", async () => {
    const id = await contact().send(NUMBER, { text: "a las 9" })
    await told("message", isAbout(id))
    await contact().send(NUMBER, { react: "👍", target: id })
    expect((await told("message_reaction")).reaction).toMatchObject({ reaction: "👍", msgId: { id }, senderId: chatId })
    await contact().send(NUMBER, { text: "a las 10", edit: id })
    expect(await told("message_edit")).toMatchObject({ newBody: "a las 10", prevBody: "a las 9" })
    await contact().send(NUMBER, { revoke: id })
    expect((await told("message_revoke_everyone")).message).toMatchObject({ id: { id }, type: "revoked" })
    const poll = await send("Poll", { pollName: "¿Hoy?", pollOptions: ["Sí", "No"] })
    await until(() => contact().inbox.some((message) => message.id === poll), "the poll to arrive")
    await contact().send(NUMBER, { vote: poll, options: ["Sí"] })
    expect((await told("vote_update")).vote).toMatchObject({ voter: chatId, selectedOptions: [{ name: "Sí" }] })
  })

  it("a message that is deleted for the account alone", async () => {
    const id = await contact().send(NUMBER, { text: "no lo quiero ver" })
    await told("message", isAbout(id))
    await phone.do({ hide: true, chat: CONTACT, messageId: id, fromMe: false })
    expect((await told("message_revoke_me")).message).toMatchObject({ id: { id }, body: "no lo quiero ver" })
  })

  it("a call", async () => {
    contact().call(NUMBER, { video: true })
    expect((await told("call")).call).toMatchObject({ from: chatId, isVideo: true, isGroup: false, fromMe: false })
  })

  it("who joins, leaves or runs a group, what is changed, and who asks to join", async () => {
    const notice = { chatId: group }
    await session.post("/groupChat/addParticipants", { chatId: group, participantIds: [`${OTHER}@c.us`] })
    expect((await told("group_join")).notification).toMatchObject({ ...notice, type: "add" })
    await session.post("/groupChat/promoteParticipants", { chatId: group, participantIds: [`${OTHER}@c.us`] })
    expect((await told("group_admin_changed")).notification).toMatchObject({ ...notice, type: "promote" })
    await session.post("/groupChat/removeParticipants", { chatId: group, participantIds: [`${OTHER}@c.us`] })
    expect((await told("group_leave")).notification).toMatchObject({ ...notice, recipientIds: [`${OTHER}@c.us`] })
    await session.post("/groupChat/setSubject", { chatId: group, subject: "Reparto" })
    expect((await told("group_update")).notification).toMatchObject({ ...notice, type: "subject", body: "Reparto" })
    const { id } = (await gateway.get("/v1/devices?limit=1", { operator: true })).body.items[0]
    await gateway.call("PATCH", `/v1/devices/${id}/groups/${group}/settings`, {
      operator: true,
      body: { joinApproval: true }
    })
    const { inviteCode } = (await session.post("/groupChat/getInviteCode", { chatId: group })).body
    contact(OTHER).groups.join(inviteCode)
    const { notification } = await told("group_membership_request")
    expect(notification).toMatchObject({ ...notice, author: `${OTHER}@c.us`, recipientIds: [`${OTHER}@c.us`] })
  })

  it("a chat that goes into the archive, is marked, or is deleted", async () => {
    await session.post("/client/archiveChat", { chatId })
    expect(await told("chat_archived")).toMatchObject({
      chat: { id: { _serialized: chatId }, archived: true },
      currState: true,
      prevState: false
    })
    await session.post("/client/markChatUnread", { chatId })
    await told("unread_count", ({ chat }) => chat.id._serialized === chatId && chat.unreadCount !== 1)
    await session.post("/chat/delete", { chatId })
    expect((await told("chat_removed")).chat).toMatchObject({ id: { _serialized: chatId } })
  })

  it("the state of the session", async () => {
    await session.post("/client/resetState")
    expect(await told("change_state")).toEqual({ state: "CONNECTED" })
    await until(() => frames.some(({ dataType }) => dataType === "ready"), "ready")
    expect(frames.find(({ dataType }) => dataType === "ready")).toEqual({ dataType: "ready", sessionId: "ABCD" })
    phone.removeCompanion()
    expect(await told("disconnected")).toEqual({ reason: "LOGOUT" })
  })
})

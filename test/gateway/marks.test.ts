/** Stars, messages deleted for the account alone and chats cleared: done on the phone or by a client, and what the gateway shows then. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { WwebjsClient } from "../http/support/wwebjs-client.ts"
import { TestGateway } from "../support/gateway.ts"
import type { RecordedJson } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"

const ME = "51911000071"
const BETO = "51922000071"
const CARLA = "51922000072"
const DORA = "51922000073"
/** A message from before the device was linked, with a star. */
const OLD = "3EB0C0FFEE000071"
const chatId = `${BETO}@c.us`

let gateway: TestGateway
let session: WwebjsClient
let phone: ReturnType<TestGateway["network"]["addPhone"]>
let device: string
let group: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  for (const number of [BETO, CARLA, DORA]) gateway.network.addContact(number, { behaviour: "silent" })
  phone = gateway.network.addPhone(ME)
  phone.setHistory([{ with: BETO, text: "hace tiempo", at: 1_780_000_000, id: OLD }])
  await phone.do({ star: true, chat: BETO, messageId: OLD, fromMe: false })
  session = new WwebjsClient(gateway, "ABCD")
  await session.link((qr) => phone.scanQr(qr))
  device = (await gateway.get("/v1/devices?limit=1", { operator: true })).body.items[0].id
  group = gateway.network.contact(BETO).createGroup("Pedidos", [ME, CARLA])
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  expect(phone.appStateFlaws).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const call = async (method: string, path: string, body?: unknown) =>
  gateway.call(method, `/v1/devices/${device}${path}`, { operator: true, ...(body === undefined ? {} : { body }) })
const receive = async (text: string, by = BETO, to = ME): Promise<string> => {
  const id = await gateway.network.contact(by).send(to, { text })
  const chat = to === ME ? by : to
  await until(async () => (await call("GET", `/chats/${chat}`)).body.lastMessage?.id === id, `the message ${id}`)
  return id
}
/** The messages of a chat, the newest first. */
const listed = async (chat = BETO) =>
  (await call("GET", `/chats/${chat}/messages?limit=50`)).body.items as ListedMessage[]
interface ListedMessage {
  readonly id: string
  readonly starred: boolean
}
const ids = async (chat = BETO) => (await listed(chat)).map(({ id }) => id)
const isStarred = async (id: string, chat = BETO) => (await listed(chat)).find((each) => each.id === id)?.starred
const found = async (query: string): Promise<string[]> => {
  const { body } = await call("GET", `/search?q=${encodeURIComponent(query)}`)
  return body.items.map(({ id }: ListedMessage) => id)
}
const modelOf = async (messageId: string) => (await session.post("/message/getClassInfo", { chatId, messageId })).body
const events = async (): Promise<readonly RecordedJson[]> =>
  (await gateway.get(`/v1/devices/${device}/events?limit=1000`, { operator: true })).body.items
const marks = async (type: string, target: string) =>
  (await events()).filter((event) => event.type === type && event.data.target === target).map(({ data }) => data)
const names = (number: string) => ({
  chat: `${number}@s.whatsapp.net`,
  chatAlt: gateway.network.contact(number).lid
})

describe("a star", () => {
  it("that the owner gives on the phone is recorded once, and shown", async () => {
    const id = await receive("importante")
    expect(await isStarred(id)).toBe(false)
    await phone.do({ star: true, chat: BETO, messageId: id, fromMe: false })
    await until(async () => isStarred(id), "the star")
    expect((await modelOf(id)).message).toMatchObject({ id: { id }, isStarred: true })
    await phone.do({ star: true, chat: BETO, messageId: id, fromMe: false })
    await phone.do({ star: false, chat: BETO, messageId: id, fromMe: false })
    await until(async () => (await isStarred(id)) === false, "no star")
    expect((await modelOf(id)).message).toMatchObject({ isStarred: false })
    const star = { target: id, ...names(BETO), fromMe: false }
    expect(await marks("message.starred", id)).toEqual([
      { ...star, starred: true },
      { ...star, starred: false }
    ])
  })

  it("that a client gives is recorded as well", async () => {
    const sent = await session.post("/client/sendMessage", { chatId, contentType: "string", content: "Su pedido" })
    const { id } = sent.body.message.id
    expect(await call("PUT", `/chats/${BETO}/messages/${id}/star`, {})).toMatchObject({ status: 204 })
    await until(async () => isStarred(id), "the star")
    expect(await marks("message.starred", id)).toEqual([{ target: id, ...names(BETO), fromMe: true, starred: true }])
    await session.post("/message/unstar", { chatId, messageId: id })
    await until(async () => (await isStarred(id)) === false, "no star")
  })

  it("that the owner gave before the device was linked is known", async () => {
    await until(async () => isStarred(OLD), "the star")
    expect(await marks("message.starred", OLD)).toMatchObject([{ starred: true }])
  })

  it("is given to messages of groups", async () => {
    const id = await receive("del grupo", CARLA, group)
    await phone.do({ star: true, chat: group, messageId: id, fromMe: false })
    await until(async () => isStarred(id, group), "the star")
    expect(await marks("message.starred", id)).toMatchObject([{ chat: group, chatAlt: null }])
  })
})

describe("a message that is deleted for the account alone", () => {
  it("on the phone is in no list, no search and is not the chat's last message", async () => {
    const before = await receive("se queda")
    const id = await receive("confidencial")
    expect(await found("confidencial")).toEqual([id])
    await phone.do({ hide: true, chat: BETO, messageId: id, fromMe: false })
    await until(async () => !(await ids()).includes(id), "the message to go")
    expect(await found("confidencial")).toEqual([])
    expect((await call("GET", `/chats/${BETO}`)).body.lastMessage).toMatchObject({ id: before })
    expect(await modelOf(id)).toMatchObject({ success: false, error: "Message not found" })
    expect(await marks("message.hidden", id)).toEqual([{ target: id, ...names(BETO), fromMe: false }])
  })

  it("by a client goes as well, and is unknown then", async () => {
    const id = await receive("secreto")
    const path = `/chats/${BETO}/messages/${id}`
    expect(await call("DELETE", `${path}?for=me`)).toMatchObject({ status: 204 })
    await until(async () => !(await ids()).includes(id), "the message to go")
    expect(await marks("message.hidden", id)).toHaveLength(1)
    expect(await call("DELETE", `${path}?for=me`)).toMatchObject({ status: 404 })
  })
})

describe("a chat that is cleared", () => {
  const isEmpty = async (number: string) => (await ids(number)).length === 0
  const clearings = async (number: string) =>
    (await events()).filter(({ type, data }) => type === "chat.cleared" && data.chat === names(number).chat)

  it("on the phone stays in the list, without its messages", async () => {
    await receive("hola, vecina", CARLA)
    await phone.do({ clear: true, chat: CARLA })
    await until(() => isEmpty(CARLA), "the messages to go")
    expect((await call("GET", `/chats/${CARLA}`)).body).toMatchObject({ unread: 0, lastMessage: null })
    expect(await found("vecina")).toEqual([])
    const listedChats: readonly { readonly person: { readonly number: string } | null }[] = (
      await call("GET", "/chats")
    ).body.items
    expect(listedChats.map(({ person }) => person?.number)).toContain(CARLA)
    expect((await clearings(CARLA)).map(({ data }) => data)).toEqual([
      { ...names(CARLA), at: expect.any(Number), keepsStarred: false }
    ])
    const read = await session.post("/chat/fetchMessages", { chatId: `${CARLA}@c.us` })
    expect(read.body).toEqual({ success: true, messages: [] })
  })

  it("by a client is cleared up to its newest message then", async () => {
    await receive("uno", DORA)
    const last = await receive("dos", DORA)
    const { sentAt } = (await call("GET", `/chats/${DORA}`)).body.lastMessage
    expect(await call("POST", `/chats/${DORA}/clear`, {})).toMatchObject({ status: 204 })
    await until(() => isEmpty(DORA), "the messages to go")
    expect((await clearings(DORA)).map(({ data }) => data)).toEqual([
      { ...names(DORA), at: Date.parse(sentAt), keepsStarred: false }
    ])
    expect((await call("GET", `/chats/${DORA}`)).body).toMatchObject({ unread: 0, lastMessage: null })
    await until(() => Date.now() >= Date.parse(sentAt) + 1_000, "the next second of WhatsApp's clock")
    const next = await receive("tres", DORA)
    expect(await ids(DORA)).toEqual([next])
    expect(next).not.toBe(last)
  })
})

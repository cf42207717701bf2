/** wwebjs-api's `/client/…` calls about chats, labels and messages: what they answer, and what the phone and the other side see of them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { png } from "../support/sample-files.ts"
import { until } from "../support/until.ts"
import { checkRows, row } from "./support/wwebjs-compat.ts"
import { exactly, hasFields, refused, WwebjsClient } from "./support/wwebjs-client.ts"
import { CHAT_FIELDS } from "./support/wwebjs-models.ts"

const NUMBER = "51911000081"
const BETO = "51922000081"
const CARLA = "51922000082"
const FOREIGN = "51922000083"
const beto = `${BETO}@c.us`
const carla = `${CARLA}@c.us`
const foreign = `${FOREIGN}@c.us`
const unknown = "51922000099@c.us"

let gateway: TestGateway
let session: WwebjsClient
let group: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 100 } })
  for (const [number, name] of [
    [BETO, "Beto"],
    [CARLA, "Carla"],
    [FOREIGN, "Dora"]
  ] as const) {
    gateway.network.addContact(number, { name })
  }
  session = new WwebjsClient(gateway, "ABCD")
  await session.link((qr) => gateway.network.addPhone(NUMBER).scanQr(qr))
  group = contact(BETO).createGroup("Pedidos", [NUMBER])
  await contact(CARLA).send(NUMBER, { text: "buenas tardes" })
  await contact(BETO).send(NUMBER, { text: "hola" })
  await until(async () => (await chats()).length === 3, "three chats")
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  expect(phone().appStateFlaws).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const contact = (number: string) => gateway.network.contact(number)
const phone = () => gateway.network.phone(NUMBER)
// oxlint-disable-next-line typescript/no-explicit-any -- each test checks the fields that it reads
const chats = async (): Promise<any[]> => (await session.get("/client/getChats")).body.chats
const chat = async (chatId: string) => (await session.post("/client/getChatById", { chatId })).body.chat
/** What the phone shows of the chat with a contact. */
const onPhone = (number: string) => {
  const { chats } = phone().appState
  return chats[contact(number).lid] ?? chats[contact(number).jid] ?? {}
}

describe("chats", () => {
  it("are listed, the last active first, groups with their members", async () => {
    const listed = await chats()
    expect(listed.map(({ id }) => id._serialized)).toEqual(expect.arrayContaining([beto, carla, group]))
    const one = listed.find(({ id }) => id._serialized === beto)
    hasFields(one, CHAT_FIELDS)
    expect(one).toMatchObject({
      id: { server: "c.us", user: BETO, _serialized: beto },
      name: "Beto",
      isGroup: false,
      isReadOnly: false,
      unreadCount: 1,
      archived: false,
      pinned: false,
      isMuted: false,
      muteExpiration: 0,
      lastMessage: { body: "hola", from: beto, to: `${NUMBER}@c.us`, fromMe: false, type: "chat" }
    })
    const many = listed.find(({ id }) => id._serialized === group)
    hasFields(many, [...CHAT_FIELDS.filter((field) => field !== "lastMessage"), "groupMetadata"])
    expect(many).toMatchObject({ name: "Pedidos", isGroup: true, groupMetadata: { subject: "Pedidos", size: 2 } })
    expect(many.groupMetadata.participants).toContainEqual({
      id: expect.objectContaining({ _serialized: beto }),
      isAdmin: true,
      isSuperAdmin: true
    })
    const picture = { media: png, mimetype: "image/png", caption: "x".repeat(2_000) }
    const id = await contact(FOREIGN).send(NUMBER, picture)
    const withPicture = async () => (await chats()).find(({ lastMessage }) => lastMessage?.id.id === id)
    const { lastMessage } = await until(withPicture, "the picture")
    expect(lastMessage).toMatchObject({ type: "image", hasMedia: true, body: "x".repeat(2_000) })
    row("GET", "/client/getChats", "yes")
  })

  it("are filtered by time and by what is unread", async () => {
    const found = async (searchOptions: object) => {
      const { body } = await session.post("/client/getChats", { searchOptions })
      // oxlint-disable-next-line typescript/no-explicit-any -- one field is read
      return body.chats.map(({ id }: any) => id._serialized).toSorted()
    }
    expect(await found({ unread: true })).toEqual([beto, carla, foreign])
    expect(await found({ since: 1 })).toEqual(expect.arrayContaining([beto, carla]))
    expect(await found({ since: Date.now() / 1_000 + 60 })).toEqual([])
    expect((await session.post("/client/getChats")).body.chats).toHaveLength(4)
    row("POST", "/client/getChats", "yes")
  })

  it("one is found by its id; an unknown one is 500", async () => {
    const answer = await session.post("/client/getChatById", { chatId: beto })
    expect(Object.keys(answer.body)).toEqual(["success", "chat"])
    hasFields(answer.body.chat, CHAT_FIELDS)
    expect((await chat(contact(BETO).lid)).id._serialized).toBe(beto)
    expect((await chat(group)).groupMetadata.owner._serialized).toBe(beto)
    refused(await session.post("/client/getChatById", { chatId: unknown }), 500, "Chat not found")
    refused(await session.post("/client/getChatById", {}), 400, "chatId is required")
    row("POST", "/client/getChatById", "yes")
  })

  it("are archived and taken out of the archive: the answer is the new state", async () => {
    exactly(await session.post("/client/archiveChat", { chatId: beto }), { success: true, result: true })
    await until(() => onPhone(BETO).archived, "the phone's archive")
    await until(async () => (await chat(beto)).archived, "the archive")
    exactly(await session.post("/client/unarchiveChat", { chatId: beto }), { success: true, result: false })
    await until(() => onPhone(BETO).archived === false, "the phone's list")
    expect((await chat(beto)).archived).toBe(false)
    refused(await session.post("/client/archiveChat", { chatId: unknown }), 500, "Chat not found")
    row("POST", "/client/archiveChat", "yes")
    row("POST", "/client/unarchiveChat", "yes")
  })

  it("are muted until a time or for ever, and no longer", async () => {
    const unmuteDate = 4_102_444_800
    exactly(await session.post("/client/muteChat", { chatId: beto, unmuteDate }), { success: true })
    await until(() => onPhone(BETO).mutedUntil === unmuteDate * 1_000, "the phone's time")
    await until(async () => (await chat(beto)).muteExpiration === unmuteDate, "the time")
    for (const date of ["4102444800", "2100-01-01T00:00:00.000Z"]) {
      exactly(await session.post("/client/muteChat", { chatId: carla, unmuteDate: date }), { success: true })
      await until(async () => (await chat(carla)).muteExpiration === unmuteDate, "the time")
    }
    exactly(await session.post("/client/muteChat", { chatId: beto }), { success: true })
    await until(async () => (await chat(beto)).muteExpiration === -1, "mute for ever")
    expect(onPhone(BETO).mutedUntil).toBe(-1)
    exactly(await session.post("/client/unmuteChat", { chatId: beto }), {
      success: true,
      result: { isMuted: false, muteExpiration: 0 }
    })
    await until(async () => !(await chat(beto)).isMuted, "no mute")
    refused(
      await session.post("/client/muteChat", { chatId: beto, unmuteDate: "mañana" }),
      400,
      "unmuteDate must be epoch seconds or a date"
    )
    row("POST", "/client/muteChat", "yes")
    row("POST", "/client/unmuteChat", "yes")
  })

  it("are read: the sender gets a receipt", async () => {
    expect((await chat(beto)).unreadCount).toBe(1)
    const { id } = (await chat(beto)).lastMessage.id
    exactly(await session.post("/client/sendSeen", { chatId: beto }), { success: true, result: true })
    await until(() => contact(BETO).receipts.some((each) => each.id === id && each.type === "read"), "the receipt")
    await until(async () => (await chat(beto)).unreadCount === 0, "nothing unread")
    exactly(await session.post("/client/sendSeen", { chatId: unknown }), { success: true, result: false })
    row("POST", "/client/sendSeen", "yes")
  })

  it("are marked as unread, until they are read", async () => {
    exactly(await session.post("/client/markChatUnread", { chatId: beto }), { success: true })
    await until(() => onPhone(BETO).markedUnread, "the phone's mark")
    await until(async () => (await chat(beto)).unreadCount === -1, "the mark")
    exactly(await session.post("/client/sendSeen", { chatId: beto }), { success: true, result: true })
    await until(() => onPhone(BETO).markedUnread === false, "no mark on the phone")
    expect((await chat(beto)).unreadCount).toBe(0)
    row("POST", "/client/markChatUnread", "yes")
  })

  it("give their older messages, as far as the phone has some", async () => {
    exactly(await session.post("/client/syncHistory", { chatId: beto }), { success: true, result: true })
    exactly(await session.post("/client/syncHistory", { chatId: unknown }), { success: true, result: false })
    row("POST", "/client/syncHistory", "yes", "the answer says that the phone was asked; its messages come later")
  })

  it("are pinned, three at most", async () => {
    exactly(await session.post("/client/pinChat", { chatId: beto }), { success: true, result: true })
    await until(() => onPhone(BETO).pinned, "the phone's pin")
    await until(async () => (await chat(beto)).pinned, "the pin")
    exactly(await session.post("/client/pinChat", { chatId: beto }), { success: true, result: true })
    for (const chatId of [carla, group]) {
      exactly(await session.post("/client/pinChat", { chatId }), { success: true, result: true })
      await until(async () => (await chat(chatId)).pinned, "the pin")
    }
    exactly(await session.post("/client/pinChat", { chatId: foreign }), { success: true, result: false })
    exactly(await session.post("/client/unpinChat", { chatId: beto }), { success: true, result: false })
    await until(async () => !(await chat(beto)).pinned, "no pin")
    expect(onPhone(BETO).pinned).toBe(false)
    row("POST", "/client/pinChat", "yes")
    row("POST", "/client/unpinChat", "yes")
  })
})

describe("labels", () => {
  it("are listed with their colours, and found by their ids", async () => {
    exactly(await session.post("/client/getLabels"), { success: true, labels: [] })
    await phone().do({ label: "1", name: "Nuevo", color: 0 }, { label: "2", name: "Pagado", color: 1 })
    await until(async () => (await session.post("/client/getLabels")).body.labels.length === 2, "two labels")
    const [first, second] = [
      { id: "1", name: "Nuevo", hexColor: "#ff9484" },
      { id: "2", name: "Pagado", hexColor: "#64c4ff" }
    ]
    exactly(await session.post("/client/getLabels"), { success: true, labels: [first, second] })
    exactly(await session.post("/client/getLabelById", { labelId: "2" }), { success: true, label: second })
    exactly(await session.post("/client/getLabelById", { labelId: 1 }), { success: true, label: first })
    refused(await session.post("/client/getLabelById", { labelId: "9" }), 500, "Label not found")
    row("POST", "/client/getLabels", "yes")
    row("POST", "/client/getLabelById", "yes")
  })

  it("are given to chats: these and no others", async () => {
    const labelsOf = async (chatId: string) =>
      // oxlint-disable-next-line typescript/no-explicit-any -- one field is read
      (await session.post("/client/getChatLabels", { chatId })).body.chatLabels.map(({ id }: any) => id)
    exactly(await session.post("/client/addOrRemoveLabels", { labelIds: [1, "2"], chatIds: [beto, carla] }), {
      success: true
    })
    await until(async () => (await labelsOf(beto)).length === 2, "two labels")
    await until(() => onPhone(CARLA).labels?.length === 2, "two labels on the phone")
    await session.post("/client/addOrRemoveLabels", { labelIds: ["2"], chatIds: [carla] })
    await until(async () => (await labelsOf(carla)).length === 1, "one label")
    expect(await labelsOf(carla)).toEqual(["2"])
    await until(() => onPhone(CARLA).labels?.length === 1, "one label on the phone")
    const of = async (labelId: string) =>
      // oxlint-disable-next-line typescript/no-explicit-any -- one field is read
      (await session.post("/client/getChatsByLabelId", { labelId })).body.chats.map(({ id }: any) => id._serialized)
    expect(await of("1")).toEqual([beto])
    expect((await of("2")).toSorted()).toEqual([beto, carla])
    expect(await of("9")).toEqual([])
    refused(await session.post("/client/getChatLabels", { chatId: unknown }), 500, "Chat not found")
    row("POST", "/client/addOrRemoveLabels", "yes")
    row("POST", "/client/getChatLabels", "yes")
    row("POST", "/client/getChatsByLabelId", "yes")
  })
})

describe("/client/searchMessages", () => {
  it("finds messages by their words, in all chats or in one, page by page", async () => {
    const search = async (query: string, options?: object) =>
      // oxlint-disable-next-line typescript/no-explicit-any -- one field is read
      (await session.post("/client/searchMessages", { query, options })).body.messages.map(({ body }: any) => body)
    expect(await search("tardes")).toEqual(["buenas tardes"])
    expect(await search("tardes", { chatId: carla })).toEqual(["buenas tardes"])
    expect(await search("tardes", { chatId: beto })).toEqual([])
    for (const text of ["pedido uno", "pedido dos", "pedido tres"]) await contact(BETO).send(NUMBER, { text })
    await until(async () => (await search("pedido")).length === 3, "three messages")
    expect(await search("pedido", { limit: 2, page: 1 })).toEqual(["pedido tres", "pedido dos"])
    expect(await search("pedido", { limit: 2, page: 2 })).toEqual(["pedido uno"])
    refused(await session.post("/client/searchMessages", {}), 400, "query is required")
    refused(
      await session.post("/client/searchMessages", { query: "uno", options: { chatId: unknown } }),
      500,
      "Chat not found"
    )
    row("POST", "/client/searchMessages", "yes")
  })
})

checkRows()

/** What clients have the account do to messages: as its recipient, its phone and another linked device of it see it, and in the log. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { proto } from "@whiskeysockets/baileys"
import { TestGateway } from "../support/gateway.ts"
import type { Answer, RecordedJson } from "../support/gateway-client.ts"
import { jpeg } from "../support/sample-files.ts"
import { until } from "../support/until.ts"

const ME = "51911000051"
const BETO = "51922000051"
const CARLA = "51922000052"
const jid = (number: string) => `${number}@s.whatsapp.net`

let gateway: TestGateway
let token: string
/** Another linked device of the account, of the operator. */
let companion: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 100 } })
  token = await gateway.user(ME)
  gateway.network.addContact(BETO, { behaviour: "silent", name: "Beto" })
  gateway.network.addContact(CARLA, { behaviour: "silent", name: "Carla" })
  await gateway.connect(token, ME)
  companion = await gateway.linkByCode(ME, (code) => gateway.network.phone(ME).enterCode(code))
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  expect(gateway.network.phone(ME).appStateFlaws).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const beto = () => gateway.network.contact(BETO)
const carla = () => gateway.network.contact(CARLA)
const phone = () => gateway.network.phone(ME)
const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  gateway.call(method, `/v1/devices/${ME}${path}`, { token, ...(body === undefined ? {} : { body }) })
const send = async (body: object): Promise<string> => {
  const headers = { prefer: "wait=10" }
  return (await gateway.post(`/v1/devices/${ME}/messages`, { to: BETO, ...body }, { token, headers })).body.id
}
const receive = async (
  content: Parameters<ReturnType<typeof beto>["send"]>[1],
  to = ME,
  by = beto()
): Promise<string> => {
  const id = await by.send(to, content)
  await until(async () => (await gateway.get(`/v1/messages/${id}`, { token })).status === 200, `the message ${id}`)
  return id
}
const message = async (id: string) => (await gateway.get(`/v1/messages/${id}`, { token })).body
const own = async () => gateway.events(token, ME)
const others = async (): Promise<readonly RecordedJson[]> =>
  (await gateway.get(`/v1/devices/${companion}/events?limit=1000`, { operator: true })).body.items
/** The last event of this type about the message, once it is there. */
const about = (type: string, target: string, events = own): Promise<RecordedJson> =>
  until(
    async () => (await events()).findLast((event) => event.type === type && event.data.target === target),
    `${type} of ${target}`
  )
const seen = (type: string, target: string, person: Pick<ReturnType<typeof beto>, "inbox"> = beto()) =>
  until(() => person.inbox.findLast((each) => each.type === type && each.target === target), `${type} of ${target}`)
const lastOperation = async () => (await own()).findLast(({ type }) => type === "operation.performed")?.data
const path = (id: string, chat = BETO) => `/chats/${chat}/messages/${id}`

describe("a reaction", () => {
  it("is seen by the other side, the phone and other devices, and is recorded as if the phone had given it", async () => {
    const id = await receive({ text: "¿Tienen stock?" })
    expect(await call("PUT", `${path(id)}/reaction`, { emoji: "👍" })).toMatchObject({ status: 204 })
    expect(await seen("reaction", id)).toMatchObject({ text: "👍", from: ME })
    expect(await seen("reaction", id, phone())).toMatchObject({ text: "👍", fromMe: true })
    expect((await about("message.reacted", id)).data).toMatchObject({
      chat: jid(BETO),
      fromMe: true,
      sender: jid(ME),
      author: { jid: jid(BETO), fromMe: false },
      emoji: "👍"
    })
    expect((await about("message.reacted", id, others)).data).toMatchObject({ fromMe: true, emoji: "👍" })
    expect(await lastOperation()).toMatchObject({
      operation: "message.react",
      input: { chat: BETO, message: { messageId: id, fromMe: false } },
      outcome: { status: "done" }
    })
  })

  it("is taken back", async () => {
    const id = await send({ text: "Listo" })
    await call("PUT", `${path(id)}/reaction`, { emoji: "🎉" })
    expect(await call("DELETE", `${path(id)}/reaction`)).toMatchObject({ status: 204 })
    await until(() => beto().inbox.some((each) => each.target === id && each.text === ""), "the reaction to go")
    const events = (await own()).filter(({ type, data }) => type === "message.reacted" && data.target === id)
    expect(events.map(({ data }) => data.emoji)).toEqual(["🎉", null])
  })

  it("in a group names the member whose message it is about", async () => {
    const group = beto().createGroup("Reacciones", [ME, CARLA])
    const id = await receive({ text: "hola a todos" }, group, carla())
    expect(await call("PUT", `${path(id, group)}/reaction`, { emoji: "👋" })).toMatchObject({ status: 204 })
    const { raw } = await seen("reaction", id)
    expect(proto.Message.decode(raw).reactionMessage?.key).toMatchObject({ participant: carla().lid, fromMe: false })
    expect((await about("message.reacted", id)).data).toMatchObject({ author: { jid: jid(CARLA) } })
  })

  it("that WhatsApp refuses is a refusal, and only that is recorded", async () => {
    const id = await receive({ text: "otra" })
    gateway.network.fault({ kind: "ack_error", code: 479, number: ME })
    const answer = await call("PUT", `${path(id)}/reaction`, { emoji: "👍" })
    expect(answer).toMatchObject({ status: 422, body: { code: "operation-refused", whatsappCode: 479 } })
    expect((await own()).some(({ type, data }) => type === "message.reacted" && data.target === id)).toBe(false)
    expect(await lastOperation()).toMatchObject({ outcome: { status: "refused", code: 479 } })
  })
})

describe("an edit", () => {
  it("of a text is what the message says from then on, on both sides", async () => {
    const id = await send({ text: "Abrimos a las 9" })
    expect(await call("PATCH", path(id), { text: "Abrimos a las 10" })).toMatchObject({ status: 204 })
    expect(await seen("edit", id)).toMatchObject({ text: "Abrimos a las 10" })
    expect((await about("message.edited", id)).data).toMatchObject({ content: { text: "Abrimos a las 10" } })
    expect(await message(id)).toMatchObject({ content: { text: "Abrimos a las 10" }, editedAt: expect.any(String) })
    expect(JSON.stringify(await lastOperation())).not.toContain("Abrimos")
  })

  it("of a caption leaves the file", async () => {
    const id = await send({ media: jpeg.toString("base64"), caption: "antes" })
    expect(await call("PATCH", path(id), { text: "después" })).toMatchObject({ status: 204 })
    expect(await seen("edit", id)).toMatchObject({ text: "después" })
    await about("message.edited", id)
    expect((await message(id)).content).toMatchObject({ kind: "image", caption: "después", mimetype: "image/jpeg" })
  })

  it("of another person's message, or of one without a text, is not possible", async () => {
    const id = await receive({ text: "mío" })
    expect(await call("PATCH", path(id), { text: "x" })).toMatchObject({
      status: 422,
      body: { code: "operation-unfit", field: "message" }
    })
    const place = await send({ location: { latitude: 1, longitude: 1 } })
    expect(await call("PATCH", path(place), { text: "x" })).toMatchObject({ status: 422 })
  })
})

describe("a deletion", () => {
  it("for everyone is seen by the other side", async () => {
    const id = await send({ text: "error" })
    expect(await call("DELETE", path(id))).toMatchObject({ status: 204 })
    await seen("revoke", id)
    await seen("revoke", id, phone())
    expect((await about("message.revoked", id)).data).toMatchObject({ fromMe: true, author: { fromMe: true } })
    expect((await message(id)).revokedAt).not.toBeNull()
  })

  it("of what a member wrote is possible in a group that the account administers, and only there", async () => {
    const group = beto().createGroup("Avisos", [ME, CARLA])
    const first = await receive({ text: "fuera de tema" }, group, carla())
    expect(await call("DELETE", path(first, group))).toMatchObject({ status: 422, body: { code: "operation-unfit" } })
    beto().changeGroup(group, "promote", [ME])
    const second = await receive({ text: "otra vez" }, group, carla())
    expect(await call("DELETE", path(second, group))).toMatchObject({ status: 204 })
    expect((await seen("revoke", second)).revokedFrom).toBe(carla().lid)
    expect((await about("message.revoked", second)).data).toMatchObject({ byAdmin: true, author: { jid: jid(CARLA) } })
    expect((await message(second)).revokedAt).not.toBeNull()
    expect(await call("DELETE", path(await receive({ text: "de él" })))).toMatchObject({ status: 422 })
  })

  it("for this account alone is done on its other devices", async () => {
    const id = await receive({ text: "para mí" })
    expect(await call("DELETE", `${path(id)}?for=me`)).toMatchObject({ status: 204 })
    await until(() => phone().appState.deletedForMe.some((each) => each.id === id), "the phone's own deletion")
    expect(beto().inbox.some((each) => each.type === "revoke" && each.target === id)).toBe(false)
    expect(await lastOperation()).toMatchObject({ operation: "message.delete", input: { deleteMedia: true } })
  })
})

describe("a star", () => {
  it("is given and taken back on the account's devices", async () => {
    const id = await receive({ text: "importante" })
    const isStarred = () => phone().appState.starred.some((each) => each.id === id)
    expect(await call("PUT", `${path(id)}/star`, {})).toMatchObject({ status: 204 })
    await until(isStarred, "the star")
    expect(await call("DELETE", `${path(id)}/star`)).toMatchObject({ status: 204 })
    await until(() => !isStarred(), "the star to go")
  })
})

describe("a pin", () => {
  it("holds for so long, and is taken away", async () => {
    const id = await send({ text: "Horario" })
    expect(await call("PUT", `${path(id)}/pin`, { seconds: 604_800 })).toMatchObject({ status: 204 })
    expect(await seen("pin", id)).toMatchObject({ active: true, pinSeconds: 604_800 })
    expect((await about("message.pinned", id)).data).toMatchObject({ pinned: true, seconds: 604_800, fromMe: true })
    expect(await call("DELETE", `${path(id)}/pin`)).toMatchObject({ status: 204 })
    await until(() => beto().inbox.some((each) => each.type === "pin" && each.active === false), "the pin to go")
    expect((await about("message.pinned", id)).data).toMatchObject({ pinned: false })
    expect(await call("PUT", `${path(id)}/pin`, { seconds: 5 })).toMatchObject({ status: 400 })
  })
})

describe("a vote", () => {
  const poll = { name: "¿Pollo o pasta?", options: ["Pollo", "Pasta"] }

  it("in a contact's poll is decrypted there, by the phone, and here", async () => {
    const id = await receive({ poll })
    expect(await call("POST", `${path(id)}/votes`, { options: ["Pasta"] })).toMatchObject({ status: 204 })
    expect(await seen("vote", id)).toMatchObject({ options: ["Pasta"] })
    expect(await seen("vote", id, phone())).toMatchObject({ options: ["Pasta"] })
    expect((await about("message.voted", id)).data).toMatchObject({ fromMe: true, options: [{ name: "Pasta" }] })
    expect(await call("POST", `${path(id)}/votes`, { options: [] })).toMatchObject({ status: 204 })
    await until(async () => (await about("message.voted", id)).data.options.length === 0, "the vote to be taken back")
  })

  it("in a group, and in a poll of this account", async () => {
    const group = beto().createGroup("Almuerzo", [ME, CARLA])
    const theirs = await receive({ poll }, group, carla())
    expect(await call("POST", `${path(theirs, group)}/votes`, { options: ["Pollo"] })).toMatchObject({ status: 204 })
    expect(await seen("vote", theirs, carla())).toMatchObject({ options: ["Pollo"] })
    const mine = await send({ to: group, poll })
    expect(await call("POST", `${path(mine, group)}/votes`, { options: ["Pasta"] })).toMatchObject({ status: 204 })
    expect(await seen("vote", mine, carla())).toMatchObject({ options: ["Pasta"] })
  })

  it("for what the poll does not offer, and in what is no poll, is not possible", async () => {
    const id = await receive({ poll })
    const votes = (options: readonly string[]) => call("POST", `${path(id)}/votes`, { options })
    expect(await votes(["Sopa"])).toMatchObject({ status: 422, body: { field: "options" } })
    expect(await votes(["Pollo", "Pasta"])).toMatchObject({ status: 422, body: { field: "options" } })
    const text = await receive({ text: "no soy una encuesta" })
    expect(await call("POST", `${path(text)}/votes`, { options: ["x"] })).toMatchObject({ body: { field: "message" } })
  })
})

describe("reading", () => {
  it("tells the senders, and the chat has no unread messages any more, on any device", async () => {
    const ids = [await receive({ text: "uno" }), await receive({ text: "dos" })]
    const unread = async () => (await call("GET", `/chats/${BETO}`)).body.unread
    expect(await unread()).toBeGreaterThanOrEqual(2)
    expect(await call("POST", `/chats/${BETO}/read`, {})).toMatchObject({ status: 204 })
    await until(
      () => ids.every((id) => beto().receipts.some((each) => each.id === id && each.type === "read")),
      "the receipts"
    )
    await until(async () => (await unread()) === 0, "the chat to be read")
    const elsewhere = async () =>
      (await gateway.get(`/v1/devices/${companion}/chats/${BETO}`, { operator: true })).body.unread === 0
    await until(elsewhere, "the chat to be read on the other device")
  })
})

describe("a message that is not there", () => {
  it("is 404, in its own chat only", async () => {
    const id = await receive({ text: "de Beto" })
    for (const wrong of [path("3EB0NOTHING"), path(id, CARLA)])
      expect(await call("PUT", `${wrong}/star`, {})).toMatchObject({ status: 404, body: { code: "message-not-found" } })
  })
})

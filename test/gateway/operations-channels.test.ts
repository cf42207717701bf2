/** Channels: what clients have the account do in them, as followers, the server and the account's other devices see it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import type { Answer } from "../support/gateway-client.ts"
import { jpeg } from "../support/sample-files.ts"
import { until } from "../support/until.ts"
import { EXAMPLE } from "../../src/http/example-names.ts"

const ME = "51911000071"
const BETO = "51922000071"

let gateway: TestGateway
let token: string
/** Another linked device of the account, of the operator. */
let companion: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 100 } })
  token = await gateway.user(ME)
  gateway.network.addContact(BETO, { behaviour: "silent" })
  await gateway.connect(token, ME)
  companion = await gateway.linkByCode(ME, (code) => gateway.network.phone(ME).enterCode(code))
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const phone = () => gateway.network.phone(ME)
const beto = () => gateway.network.contact(BETO)
const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  gateway.call(method, `/v1/devices/${ME}${path}`, { token, ...(body === undefined ? {} : { body }) })
const create = async (name: string): Promise<string> => (await call("POST", "/channels", { name })).body.channel
const post = async (channel: string, body: object): Promise<string> => {
  const headers = { prefer: "wait=10" }
  const answer = await gateway.post(`/v1/devices/${ME}/messages`, { to: channel, ...body }, { token, headers })
  expect(answer).toMatchObject({ status: 200, body: { status: "sent" } })
  return answer.body.id
}
const events = async () => gateway.events(token, ME)
const chats = async () =>
  (await call("GET", "/chats?limit=100")).body.items as { id: string; name: string; kind: string }[]
const chat = async (channel: string) => (await chats()).find(({ id }) => id === channel)
const others = async (channel: string) =>
  (await gateway.get(`/v1/devices/${companion}/chats?limit=100`, { operator: true })).body.items.find(
    ({ id }: { id: string }) => id === channel
  )
const listed = async () => (await call("GET", "/channels")).body.channels as { channel: string; role: string }[]
const path = (channel: string, id: string) => `/chats/${channel}/messages/${id}`

describe("a channel of the account", () => {
  it("is created with a picture, described, and among the chats of all devices", async () => {
    const body = { name: "Ofertas", description: "Cada lunes", picture: EXAMPLE.picture }
    const answer = await call("POST", "/channels", body)
    const { channel, inviteCode } = answer.body
    expect(answer).toMatchObject({
      status: 200,
      body: {
        name: "Ofertas",
        description: "Cada lunes",
        role: "owner",
        subscribers: 0,
        reactions: "all",
        verified: false,
        muted: false,
        pictureUrl: expect.stringMatching(/^https:/)
      }
    })
    expect(gateway.network.channel(channel)).toMatchObject({ name: "Ofertas", hasPicture: true })
    expect((await call("GET", `/channels/${channel}`)).body).toEqual(answer.body)
    expect((await call("GET", `/channel-invites/${inviteCode}`)).body.channel).toBe(channel)
    await until(async () => (await chat(channel))?.kind === "channel", "the chat")
    await until(async () => (await others(channel))?.name === "Ofertas", "the chat on the other device")
    expect(await listed()).toMatchObject([{ channel, role: "owner" }])
  })

  it("is renamed and described, and its reactions are set", async () => {
    const channel = await create("Borrador")
    expect(await call("PATCH", `/channels/${channel}`, { name: "Noticias", description: "Al día" })).toMatchObject({
      status: 204
    })
    expect(gateway.network.channel(channel)).toMatchObject({
      name: "Noticias",
      description: "Al día",
      reactions: "ALL"
    })
    expect(await call("PATCH", `/channels/${channel}`, { reactions: "none" })).toMatchObject({ status: 204 })
    expect(gateway.network.channel(channel)).toMatchObject({ name: "Noticias", reactions: "NONE" })
    await until(async () => (await chat(channel))?.name === "Noticias", "the new name")
    expect(await call("PATCH", `/channels/${channel}`, { reactions: "some" })).toMatchObject({ status: 400 })
  })

  it("has a picture that is set and removed", async () => {
    const channel = await create("Con foto")
    expect(await call("PUT", `/channels/${channel}/picture`, { picture: EXAMPLE.picture })).toMatchObject({
      status: 204
    })
    expect(gateway.network.channel(channel).hasPicture).toBe(true)
    expect(await call("DELETE", `/channels/${channel}/picture`)).toMatchObject({ status: 204 })
    expect(gateway.network.channel(channel).hasPicture).toBe(false)
    const noPicture = { picture: Buffer.from("no es una imagen").toString("base64") }
    expect(await call("PUT", `/channels/${channel}/picture`, noPicture)).toMatchObject({ status: 422 })
  })

  it("is given away, and taken administrators from", async () => {
    const channel = await create("Barrio")
    beto().channels.follow(channel)
    const owner = { person: BETO }
    expect(await call("PUT", `/channels/${channel}/owner`, owner)).toMatchObject({ status: 404 })
    phone().channels.promote(channel, BETO)
    expect(await call("DELETE", `/channels/${channel}/admins/${BETO}`)).toMatchObject({ status: 204 })
    expect(gateway.network.channel(channel).followers[BETO]).toMatchObject({ role: "subscriber" })
    phone().channels.promote(channel, BETO)
    expect(await call("PUT", `/channels/${channel}/owner`, owner)).toMatchObject({ status: 204 })
    expect((await call("GET", `/channels/${channel}`)).body.role).toBe("admin")
    expect(await call("DELETE", `/channels/${channel}`)).toMatchObject({
      status: 422,
      body: { code: "operation-refused", whatsappCode: 403 }
    })
  })

  it("is deleted, and no chat any more", async () => {
    const channel = await create("Efímero")
    await until(async () => chat(channel), "the chat")
    expect(await call("DELETE", `/channels/${channel}`)).toMatchObject({ status: 204 })
    await until(async () => (await chat(channel)) === undefined, "the chat to go")
    expect(await call("GET", `/channels/${channel}`)).toMatchObject({ status: 404 })
    expect((await listed()).map((each) => each.channel)).not.toContain(channel)
  })
})

describe("a post", () => {
  it("is read again with views and reactions, the newest first, in pages", async () => {
    const channel = await create("Lecturas")
    beto().channels.follow(channel)
    const ids = [
      await post(channel, { text: "uno" }),
      await post(channel, { media: jpeg.toString("base64"), caption: "dos" }),
      await post(channel, { text: "tres" })
    ]
    await until(() => ids.every((id) => beto().inbox.some((each) => each.id === id)), "the posts")
    await beto().send(channel, { react: "❤️", target: ids[0] ?? "" })
    beto().read(ids)
    await until(() => gateway.network.channel(channel).posts.every(({ viewers }) => viewers.length > 0), "the views")
    const { items } = (await call("GET", `/channels/${channel}/messages?limit=2`)).body
    expect(items.map(({ messageId }: { messageId: string }) => messageId)).toEqual([ids[2], ids[1]])
    expect(items[1].content).toMatchObject({ kind: "image", caption: "dos", mimetype: "image/jpeg" })
    expect(items[1].content).not.toHaveProperty("remote")
    const older = (await call("GET", `/channels/${channel}/messages?before=${items[1].serverId}`)).body.items
    expect(older).toMatchObject([
      { messageId: ids[0], views: 1, reactions: [{ emoji: "❤️", count: 1 }], content: { kind: "text", text: "uno" } }
    ])
  })

  it("is edited and deleted for its followers", async () => {
    const channel = await create("Cambios")
    beto().channels.follow(channel)
    const id = await post(channel, { text: "a las 9" })
    expect(await call("PATCH", path(channel, id), { text: "a las 10" })).toMatchObject({ status: 204 })
    expect(gateway.network.channel(channel).posts).toMatchObject([{ id, text: "a las 10" }])
    const message = async () => (await gateway.get(`/v1/messages/${id}`, { token })).body
    await until(async () => (await message()).content.text === "a las 10", "the edit")
    expect(await call("DELETE", path(channel, id))).toMatchObject({ status: 204 })
    expect(gateway.network.channel(channel).posts[0]).not.toHaveProperty("text")
    await until(async () => (await message()).revokedAt !== null, "the deletion")
  })

  it("of another gets a reaction, and it is recorded", async () => {
    const { id: channel } = beto().channels.create("De Beto")
    expect(await call("PUT", `/channels/${channel}/follow`, {})).toMatchObject({ status: 204 })
    const id = await beto().send(channel, { text: "hola" })
    await until(async () => (await gateway.get(`/v1/messages/${id}`, { token })).status === 200, "the post")
    expect(await call("PUT", `${path(channel, id)}/reaction`, { emoji: "👍" })).toMatchObject({ status: 204 })
    const reactions = () => gateway.network.channel(channel).posts[0]?.reactions
    expect(reactions()).toEqual({ [ME]: "👍" })
    await until(
      async () => (await events()).some(({ type, data }) => type === "message.reacted" && data.target === id),
      "the reaction"
    )
    expect(await call("DELETE", `${path(channel, id)}/reaction`)).toMatchObject({ status: 204 })
    expect(reactions()).toEqual({})
    beto().channels.update(channel, { reactions: "NONE" })
    expect(await call("PUT", `${path(channel, id)}/reaction`, { emoji: "👍" })).toMatchObject({
      status: 422,
      body: { whatsappCode: 403 }
    })
    expect(await call("PUT", `${path(channel, id)}/pin`, { seconds: 86_400 })).toMatchObject({ status: 422 })
    expect(await call("POST", `/chats/${channel}/read`, { messages: [id] })).toMatchObject({ status: 204 })
    await until(() => gateway.network.channel(channel).posts[0]?.viewers.includes(ME), "the view")
  })
})

describe("a channel of others", () => {
  it("is followed, muted and left, here and on the other device", async () => {
    const { id: channel } = beto().channels.create("Vecinos")
    expect((await call("GET", `/channels/${channel}`)).body).toMatchObject({ role: "guest", muted: false })
    await call("PUT", `/channels/${channel}/follow`, {})
    await until(async () => (await chat(channel))?.name === "Vecinos", "the chat")
    await until(async () => others(channel), "the chat on the other device")
    expect(await call("PUT", `/channels/${channel}/mute`, {})).toMatchObject({ status: 204 })
    await until(async () => (await others(channel))?.muted === true, "the mute on the other device")
    expect((await call("GET", `/chats/${channel}`)).body).toMatchObject({ muted: true, mutedUntil: null })
    expect(await call("DELETE", `/channels/${channel}/mute`)).toMatchObject({ status: 204 })
    expect(await call("DELETE", `/channels/${channel}/follow`)).toMatchObject({ status: 204 })
    await until(async () => (await chat(channel)) === undefined, "the chat to go")
    await until(async () => (await others(channel)) === undefined, "the chat to go on the other device")
    await call("PUT", `/channels/${channel}/follow`, {})
    await until(async () => chat(channel), "the chat to be there again")
  })

  it("that the phone follows is a chat as well", async () => {
    const { id: channel } = beto().channels.create("Del teléfono")
    phone().channels.follow(channel)
    await until(async () => (await chat(channel))?.name === "Del teléfono", "the chat")
    beto().channels.update(channel, { name: "Otro nombre" })
    await until(async () => (await chat(channel))?.name === "Otro nombre", "the new name")
    beto().channels.delete(channel)
    await until(async () => (await chat(channel)) === undefined, "the chat to go")
  })

  it("is not one's own to change", async () => {
    const { id: channel } = beto().channels.create("Cerrado")
    await call("PUT", `/channels/${channel}/follow`, {})
    expect(await call("PATCH", `/channels/${channel}`, { name: "Mío" })).toMatchObject({
      status: 422,
      body: { code: "operation-refused", whatsappCode: 403 }
    })
    expect(await call("GET", "/channels/120363000000000000@newsletter")).toMatchObject({ status: 404 })
    expect(await call("GET", "/channels/nope")).toMatchObject({ status: 400 })
  })
})

/** `/channel/…` of wwebjs-api: what the client is told, and what the channel is afterwards. */
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { widePicture } from "../support/pictures.ts"
import { Receiver } from "../support/receiver.ts"
import { until } from "../support/until.ts"
import { checkRows, row } from "./support/wwebjs-compat.ts"
import { exactly, hasFields, refused, WwebjsClient } from "./support/wwebjs-client.ts"
import { CHANNEL_FIELDS } from "./support/wwebjs-models.ts"

const NUMBER = "51948907640"
const BETO = "51922000001"
const NO_CHANNEL = "120363000000000000@newsletter"

let gateway: TestGateway
let session: WwebjsClient
/** Serves the picture. */
let pictures: Server
let phone: ReturnType<TestGateway["network"]["addPhone"]>
/** The account's own channel, and one of Beto's that it follows. */
let chatId: string
let foreign: string
let picture: Buffer

const channel = () => gateway.network.channel(chatId)
const post = (path: string, body: object = {}) => session.post(`/channel/${path}`, { chatId, ...body })
const done = { success: true, result: true }

beforeAll(async () => {
  picture = await widePicture()
  pictures = createServer((_request, response) => void response.end(picture)).listen(0, "127.0.0.1")
  await once(pictures, "listening")
  gateway = await TestGateway.start({ env: { OUTBOUND_ALLOW: Receiver.allow }, network: { prekeyCount: 100 } })
  gateway.network.addContact(BETO, { behaviour: "silent" })
  session = new WwebjsClient(gateway, "ABCD")
  phone = gateway.network.addPhone(NUMBER)
  await session.link((qr) => phone.scanQr(qr))
  const made = await session.post("/client/createChannel", { title: "Ofertas" })
  chatId = made.body.result.nid._serialized
  gateway.network.contact(BETO).channels.follow(chatId)
  foreign = gateway.network.contact(BETO).channels.create("Noticias").id
  await session.post("/client/subscribeToChannel", { channelId: foreign })
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
  pictures.close()
})

const calls = [
  "getClassInfo",
  "sendMessage",
  "fetchMessages",
  "sendSeen",
  "mute",
  "unmute",
  "transferChannelOwnership",
  "demoteChannelAdmin",
  "setProfilePicture",
  "setDescription",
  "setSubject",
  "setReactionSetting",
  "deleteChannel"
]
const unsupported = ["acceptChannelAdminInvite", "sendChannelAdminInvite", "revokeChannelAdminInvite", "getSubscribers"]
const people = { userId: `${BETO}@c.us`, newOwnerId: `${BETO}@c.us` }

describe("a channel", () => {
  it("is described", async () => {
    row("POST", "/channel/getClassInfo", "yes")
    const answer = await post("getClassInfo")
    exactly(answer, { success: true, channel: answer.body.channel })
    hasFields(answer.body.channel, CHANNEL_FIELDS)
    expect(answer.body.channel).toMatchObject({
      id: { server: "newsletter", _serialized: chatId },
      name: "Ofertas",
      isChannel: true,
      isGroup: false,
      isReadOnly: false,
      isMuted: false
    })
  })

  it.each(calls)("is the object of %s: other chats, and channels that there are not, are refused", async (path) => {
    const given = { contentType: "string", content: "a", ...people }
    refused(
      await session.post(`/channel/${path}`, { ...given, chatId: `${BETO}@c.us` }),
      400,
      "The chat is not a channel"
    )
    refused(await session.post(`/channel/${path}`, { ...given, chatId: NO_CHANNEL }), 404, "Channel not Found")
  })

  it.each(unsupported)("has no %s without a browser", async (path) => {
    row("POST", `/channel/${path}`, "501")
    refused(await post(path, people), 501, `Not supported without a browser: ${path}`)
    const other = await session.post(`/channel/${path}`, { ...people, chatId: `${BETO}@c.us` })
    refused(other, 400, "The chat is not a channel")
  })

  it("is written to, and gives its posts, the oldest first", async () => {
    row("POST", "/channel/sendMessage", "yes")
    row("POST", "/channel/fetchMessages", "yes", "`limit` is at most 100")
    const sent = await post("sendMessage", { contentType: "string", content: "Pan a mitad de precio" })
    expect(sent.body).toMatchObject({
      success: true,
      message: { body: "Pan a mitad de precio", fromMe: true, to: chatId, type: "chat" }
    })
    await post("sendMessage", { contentType: "string", content: "Hasta las 20 h" })
    const posts = () => gateway.network.contact(BETO).inbox.filter((message) => message.channel === chatId)
    await until(() => posts().length === 2, "the posts to arrive")
    expect(posts().map(({ text }) => text)).toEqual(["Pan a mitad de precio", "Hasta las 20 h"])
    const fetched = async (searchOptions: object) =>
      (await post("fetchMessages", { searchOptions })).body.messages.map(({ body }: { body: string }) => body)
    expect(await fetched({})).toEqual(["Pan a mitad de precio", "Hasta las 20 h"])
    expect(await fetched({ limit: 1 })).toEqual(["Hasta las 20 h"])
    expect(await fetched({ fromMe: false })).toEqual([])
    refused(await post("sendMessage", { contentType: "Location", content: {} }), 400, "invalid contentType")
  })

  it("is read", async () => {
    row("POST", "/channel/sendSeen", "partial", "the views of posts are not counted")
    exactly(await session.post("/channel/sendSeen", { chatId: foreign }), done)
  })

  it("is muted and unmuted", async () => {
    row("POST", "/channel/mute", "yes")
    row("POST", "/channel/unmute", "yes")
    const isMuted = async () =>
      (await session.post("/channel/getClassInfo", { chatId: foreign })).body.channel.isMuted as boolean
    exactly(await session.post("/channel/mute", { chatId: foreign }), done)
    expect(await isMuted()).toBe(true)
    exactly(await session.post("/channel/unmute", { chatId: foreign }), done)
    expect(await isMuted()).toBe(false)
  })

  it("is renamed and described; false where the account may not", async () => {
    row("POST", "/channel/setSubject", "yes")
    row("POST", "/channel/setDescription", "yes")
    exactly(await post("setSubject", { newSubject: "Rebajas" }), done)
    exactly(await post("setDescription", { newDescription: "Cada día" }), done)
    expect(channel()).toMatchObject({ name: "Rebajas", description: "Cada día" })
    exactly(await post("setSubject"), { success: true, result: false })
    exactly(await session.post("/channel/setSubject", { chatId: foreign, newSubject: "Mías" }), {
      success: true,
      result: false
    })
  })

  it("has a picture, from the body or from a URL, or none", async () => {
    row("POST", "/channel/setProfilePicture", "yes")
    const media = { mimetype: "image/png", data: picture.toString("base64") }
    exactly(await post("setProfilePicture", { newProfilePictureMedia: media }), done)
    expect(channel()).toMatchObject({ hasPicture: true })
    exactly(await post("setProfilePicture"), done)
    expect(channel()).toMatchObject({ hasPicture: false })
    const url = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}/a.png`
    exactly(await post("setProfilePicture", { newProfilePictureUrl: url }), done)
    expect(channel()).toMatchObject({ hasPicture: true })
  })

  it("says which reactions it takes", async () => {
    row("POST", "/channel/setReactionSetting", "yes")
    const setting = async () => (await post("getClassInfo")).body.channel.channelMetadata.reactionCodesSetting as string
    for (const [reactionCode, name] of [
      [2, "none"],
      [1, "basic"],
      [0, "all"]
    ] as const) {
      exactly(await post("setReactionSetting", { reactionCode }), done)
      expect(await setting()).toBe(name)
    }
    expect((await post("setReactionSetting", { reactionCode: 7 })).status).toBe(400)
  })

  it("loses an administrator, and passes to another owner", async () => {
    row("POST", "/channel/demoteChannelAdmin", "yes")
    row("POST", "/channel/transferChannelOwnership", "yes")
    const roles = () =>
      Object.values(channel().followers)
        .map(({ role }) => role)
        .toSorted()
    phone.channels.promote(chatId, BETO)
    expect(roles()).toEqual(["admin", "owner"])
    exactly(await post("demoteChannelAdmin", people), done)
    expect(roles()).toEqual(["owner", "subscriber"])
    phone.channels.promote(chatId, BETO)
    const options = { shouldDismissSelfAsAdmin: true }
    exactly(await post("transferChannelOwnership", { ...people, options }), done)
    expect(roles()).toEqual(["owner", "subscriber"])
    expect((await post("getClassInfo")).body.channel.channelMetadata.membershipType).toBe("subscriber")
  })

  it("is deleted by its owner", async () => {
    row("POST", "/channel/deleteChannel", "yes")
    const made = await session.post("/client/createChannel", { title: "Por poco tiempo" })
    const { _serialized: brief } = made.body.result.nid
    exactly(await session.post("/channel/deleteChannel", { chatId: brief }), done)
    refused(await session.post("/channel/getClassInfo", { chatId: brief }), 404, "Channel not Found")
    exactly(await session.post("/channel/deleteChannel", { chatId: foreign }), { success: true, result: false })
  })
})

checkRows()

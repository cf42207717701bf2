/** wwebjs-api's `/client/…` calls about people, the account, groups, channels and settings, from both sides. */
import { proto } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EXAMPLE } from "../../src/http/example-names.ts"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"
import { checkRows, row } from "./support/wwebjs-compat.ts"
import { exactly, hasFields, refused, WwebjsClient } from "./support/wwebjs-client.ts"
import { CHANNEL_FIELDS, CONTACT_FIELDS } from "./support/wwebjs-models.ts"

const NUMBER = "51911000091"
const BETO = "51922000091"
const CARLA = "51922000092"
const NOBODY = "51922000099"
const beto = `${BETO}@c.us`
const carla = `${CARLA}@c.us`

let gateway: TestGateway
let session: WwebjsClient

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { RETRY_FIRST_MS: "40", SET_MESSAGES_AS_SEEN: "TRUE" },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(BETO, { name: "Beto" })
  gateway.network.addContact(CARLA, { name: "Carla" })
  session = new WwebjsClient(gateway, "ABCD")
  await session.link((qr) => gateway.network.addPhone(NUMBER, { name: "Tienda" }).scanQr(qr))
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const contact = (number: string) => gateway.network.contact(number)
const phone = () => gateway.network.phone(NUMBER)
const webId = (serialized: string) => {
  const [user, server] = serialized.split("@")
  return { server, user, _serialized: serialized }
}

describe("people", () => {
  it("numbers are looked up, in whatever form they are written", async () => {
    for (const number of [BETO, beto, `+${BETO.slice(0, 2)} ${BETO.slice(2, 5)}-${BETO.slice(5)}`, Number(BETO)]) {
      exactly(await session.post("/client/getNumberId", { number }), { success: true, result: webId(beto) })
    }
    exactly(await session.post("/client/getNumberId", { number: NOBODY }), { success: true, result: null })
    exactly(await session.post("/client/isRegisteredUser", { number: BETO }), { success: true, result: true })
    exactly(await session.post("/client/isRegisteredUser", { number: NOBODY }), { success: true, result: false })
    const rule = "number must be a telephone number with country code: 8 to 15 digits"
    for (const number of ["abc", "123", ""]) refused(await session.post("/client/getNumberId", { number }), 400, rule)
    row("POST", "/client/getNumberId", "yes")
    row("POST", "/client/isRegisteredUser", "yes")
  })

  it("numbers are written for people, without asking WhatsApp", async () => {
    exactly(await session.post("/client/getCountryCode", { number: "51948907640" }), { success: true, result: "51" })
    exactly(await session.post("/client/getCountryCode", { number: "12025550123" }), { success: true, result: "1" })
    exactly(await session.post("/client/getFormattedNumber", { number: "12025550123@c.us" }), {
      success: true,
      result: "+1 202 555 0123"
    })
    row("POST", "/client/getCountryCode", "yes")
    row("POST", "/client/getFormattedNumber", "yes", "grouped as libphonenumber does it, not as WhatsApp Web")
  })

  it("both names of people are known", async () => {
    const names = { lid: contact(BETO).lid, pn: beto }
    exactly(await session.post("/client/getContactLidAndPhone", { userIds: [beto, names.lid] }), {
      success: true,
      data: [names, names]
    })
    refused(
      await session.post("/client/getContactLidAndPhone", { userIds: ["x"] }),
      400,
      "userIds.0 must be the id of a contact, such as 51999999999@c.us"
    )
    row("POST", "/client/getContactLidAndPhone", "yes")
  })

  it("a contact has its model, known or not; a group is one too", async () => {
    const unknown = (await session.post("/client/getContactById", { contactId: beto })).body
    expect(Object.keys(unknown)).toEqual(["success", "contact"])
    await phone().do({ save: "Beto Ríos", chat: BETO })
    await until(async () => (await session.get("/client/getContacts")).body.contacts.length > 0, "the contact")
    const { contact: saved } = (await session.post("/client/getContactById", { contactId: beto })).body
    expect(saved).toMatchObject({
      id: webId(beto),
      number: BETO,
      name: "Beto Ríos",
      shortName: "Beto",
      isMe: false,
      isUser: true,
      isGroup: false,
      isWAContact: true,
      isMyContact: true,
      isBlocked: false,
      isBusiness: false
    })
    hasFields(Object.fromEntries(Object.entries(saved).filter(([name]) => name !== "pushname")), [
      ...CONTACT_FIELDS,
      "name",
      "shortName"
    ])
    refused(await session.post("/client/getContactById", { contactId: `${NOBODY}@c.us` }), 500, "Contact not found")
    row("POST", "/client/getContactById", "yes")
  })

  it("contacts are listed", async () => {
    const { body } = await session.get("/client/getContacts")
    expect(Object.keys(body)).toEqual(["success", "contacts"])
    expect(body.contacts).toContainEqual(expect.objectContaining({ id: webId(beto), name: "Beto Ríos" }))
    row("GET", "/client/getContacts", "yes")
  })

  it("have devices, groups in common, and a picture or none", async () => {
    exactly(await session.post("/client/getContactDeviceCount", { userId: beto }), { success: true, result: 1 })
    const group = contact(BETO).createGroup("Vecinos", [NUMBER])
    exactly(await session.post("/client/getCommonGroups", { contactId: beto }), {
      success: true,
      groups: [webId(group)]
    })
    exactly(await session.post("/client/getCommonGroups", { contactId: carla }), { success: true, groups: [] })
    exactly(await session.post("/client/getProfilePicUrl", { contactId: beto }), { success: true })
    await contact(BETO).profile.setPicture(Buffer.from(EXAMPLE.picture, "base64"))
    const { body } = await session.post("/client/getProfilePicUrl", { contactId: beto })
    expect(body).toEqual({ success: true, result: expect.stringMatching(/^https:/) })
    row("POST", "/client/getContactDeviceCount", "yes")
    row("POST", "/client/getCommonGroups", "yes")
    row("POST", "/client/getProfilePicUrl", "yes")
  })

  it("that are blocked are listed", async () => {
    exactly(await session.post("/client/getBlockedContacts"), { success: true, blockedContacts: [] })
    phone().block(CARLA)
    const { body } = await session.post("/client/getBlockedContacts")
    expect(body.blockedContacts).toEqual([expect.objectContaining({ id: webId(carla), isBlocked: true })])
    phone().block(CARLA, false)
    row("POST", "/client/getBlockedContacts", "yes")
  })
})

describe("the account", () => {
  it("is described", async () => {
    const { body } = await session.get("/client/getClassInfo")
    expect(Object.keys(body)).toEqual(["success", "sessionInfo"])
    const wid = webId(`${NUMBER}@c.us`)
    expect(body.sessionInfo).toMatchObject({ wid, me: wid, phone: NUMBER, platform: expect.any(String) })
    row("GET", "/client/getClassInfo", "yes")
  })

  it("names a version of WhatsApp Web", async () => {
    const { body } = await session.get("/client/getWWebVersion")
    expect(body).toEqual({ success: true, result: expect.stringMatching(/^2\.3000\.\d{10}$/) })
    row("GET", "/client/getWWebVersion", "yes")
  })

  it("changes its name, its text and its picture", async () => {
    exactly(await session.post("/client/setDisplayName", { displayName: "Panadería" }), { success: true, result: true })
    await until(() => phone().appState.pushName === "Panadería", "the name on the phone")
    await until(
      async () => (await session.get("/client/getClassInfo")).body.sessionInfo.pushname === "Panadería",
      "the name here"
    )
    refused(
      await session.post("/client/setDisplayName", { displayName: "" }),
      400,
      expect.stringContaining("displayName ")
    )
    exactly(await session.post("/client/setStatus", { status: "Abierto" }), { success: true })
    expect(phone().profile.about).toBe("Abierto")
    const picture = { pictureMimetype: "image/png", pictureData: EXAMPLE.picture }
    exactly(await session.post("/client/setProfilePicture", picture), { success: true, result: true })
    expect(phone().profile.picture).toBeDefined()
    refused(
      await session.post("/client/setProfilePicture", { ...picture, pictureData: "%" }),
      400,
      "pictureData must be base64"
    )
    exactly(await session.delete("/client/deleteProfilePicture"), { success: true, result: true })
    expect(phone().profile.picture).toBeUndefined()
    for (const path of ["setDisplayName", "setStatus", "setProfilePicture"]) row("POST", `/client/${path}`, "yes")
    row("DELETE", "/client/deleteProfilePicture", "yes")
  })

  it("shows itself online or not", async () => {
    contact(BETO).watch(NUMBER)
    const seen = (state: string) => until(() => contact(BETO).presences.at(-1)?.state === state, state)
    exactly(await session.post("/client/sendPresenceAvailable"), { success: true })
    await seen("available")
    exactly(await session.post("/client/sendPresenceUnavailable"), { success: true })
    await seen("unavailable")
    row("POST", "/client/sendPresenceAvailable", "yes")
    row("POST", "/client/sendPresenceUnavailable", "yes")
  })

  it("connects anew on request", async () => {
    exactly(await session.post("/client/resetState"), { success: true })
    await until(async () => (await session.get("/session/status")).body.success, "the session to be back")
    row("POST", "/client/resetState", "yes")
  })

  it("with SET_MESSAGES_AS_SEEN, tells senders that their messages were read", async () => {
    const id = await contact(BETO).send(NUMBER, { text: "¿lo leyó?" })
    await until(() => contact(BETO).receipts.some((each) => each.id === id && each.type === "read"), "the receipt")
  })

  it("writes a status for those whom it has saved", async () => {
    const given = { chatId: "status@broadcast", contentType: "string", content: "Abierto hasta las 8" }
    const { body } = await session.post("/client/sendMessage", given)
    expect(body.message).toMatchObject({ isStatus: true, to: "status@broadcast", broadcast: true })
    await until(() => contact(BETO).inbox.some(({ text }) => text === "Abierto hasta las 8"), "the status")
    expect(contact(CARLA).inbox.some(({ text }) => text === "Abierto hasta las 8")).toBe(false)
  })
})

describe("groups", () => {
  it("are created, with settings, and the answer tells of each person", async () => {
    const { body } = await session.post("/client/createGroup", {
      title: "Reparto",
      participants: [beto, carla],
      options: { messageTimer: 86_400, announce: true, isRestrict: true }
    })
    expect(Object.keys(body)).toEqual(["success", "response"])
    const { gid, title, participants } = body.response
    hasFields(body.response, ["title", "gid", "participants"])
    expect([title, gid]).toEqual(["Reparto", webId(gid._serialized)])
    const added = {
      statusCode: 200,
      message: "The participant was added successfully",
      isGroupCreator: false,
      isInviteV4Sent: false
    }
    expect(participants).toEqual({ [beto]: added, [carla]: added })
    const made = contact(BETO).groups.find(gid._serialized)
    expect(made).toMatchObject({ subject: "Reparto" })
    const one = await session.post("/client/createGroup", { title: "Dos", participants: beto })
    expect(Object.keys(one.body.response.participants)).toEqual([beto])
    row("POST", "/client/createGroup", "yes")
  })

  it("invite who may not be added", async () => {
    contact(CARLA).profile.setPrivacy("groupadd", "contacts")
    const create = async (options: object) => {
      const given = { title: "Ofertas", participants: [beto, carla], options }
      return (await session.post("/client/createGroup", given)).body.response
    }
    const message = "The participant can be added by sending private invitation only"
    const refusedPerson = { statusCode: 403, message, isGroupCreator: false }
    const without = await create({ autoSendInviteV4: false })
    expect(without.participants[carla]).toEqual({ ...refusedPerson, isInviteV4Sent: false })
    const { gid, participants } = await create({ comment: "Le esperamos" })
    contact(CARLA).profile.setPrivacy("groupadd", "all")
    expect(participants[carla]).toEqual({ ...refusedPerson, isInviteV4Sent: true })
    const received = () => contact(CARLA).inbox.map(({ raw }) => proto.Message.decode(raw).groupInviteMessage)
    const invitations = await until(() => {
      const found = received().filter((each) => each?.inviteCode)
      return found.length > 0 && found
    }, "the invitation")
    expect(invitations).toMatchObject([{ groupJid: gid._serialized, groupName: "Ofertas", caption: "Le esperamos" }])
    contact(CARLA).groups.accept(gid._serialized, String(invitations[0]?.inviteCode))
    expect(contact(CARLA).groups.find(gid._serialized)).toMatchObject({ rank: "" })
  })

  it("are looked at and joined by invitation", async () => {
    const group = contact(CARLA).createGroup("Ofertas", [BETO])
    const inviteCode = contact(CARLA).groups.inviteCode(group)
    const { body } = await session.post("/client/getInviteInfo", { inviteCode })
    expect(body.inviteInfo).toMatchObject({ id: webId(group), subject: "Ofertas", size: 2 })
    exactly(await session.post("/client/acceptInvite", { inviteCode: `https://chat.whatsapp.com/${inviteCode}` }), {
      success: true,
      acceptInvite: group
    })
    await until(() => phone().groups.find(group), "the group on the phone")
    refused(
      await session.post("/client/getInviteInfo", { inviteCode: "nadaNadaNada" }),
      500,
      expect.stringContaining("WhatsApp refused group.invite_info")
    )
    row("POST", "/client/getInviteInfo", "yes")
    row("POST", "/client/acceptInvite", "yes")
  })
})

describe("channels", () => {
  it("are created, found by invitation, followed and left", async () => {
    exactly(await session.get("/client/getChannels"), { success: true, result: [] })
    const made = await session.post("/client/createChannel", {
      title: "Noticias",
      options: { description: "Cada día", picture: { mimetype: "image/png", data: EXAMPLE.picture } }
    })
    hasFields(made.body.result, ["title", "nid", "inviteLink", "createdAtTs"])
    const own = made.body.result.nid._serialized
    expect(gateway.network.channel(own)).toMatchObject({ name: "Noticias", description: "Cada día" })
    const { id, invite } = contact(BETO).channels.create("Ofertas", "Cada lunes")
    const { body } = await session.post("/client/getChannelByInviteCode", { inviteCode: invite })
    hasFields(body.result, CHANNEL_FIELDS)
    expect(body.result).toMatchObject({ id: webId(id), name: "Ofertas", isChannel: true, isReadOnly: true })
    exactly(await session.post("/client/getChannelByInviteCode", { inviteCode: "nadaNadaNada" }), { success: true })
    exactly(await session.post("/client/subscribeToChannel", { channelId: id }), { success: true, result: true })
    // oxlint-disable-next-line typescript/no-explicit-any -- one field is read
    const listed = async () => (await session.get("/client/getChannels")).body.result.map((each: any) => each.id.user)
    await until(async () => (await listed()).length === 2, "two channels")
    expect((await session.post("/client/getChatById", { chatId: own })).body.chat).toMatchObject({
      name: "Noticias",
      isChannel: true,
      isReadOnly: false
    })
    const left = { channelId: id, options: { deleteLocalModels: true } }
    exactly(await session.post("/client/unsubscribeFromChannel", left), { success: true, result: true })
    await until(async () => (await listed()).length === 1, "one channel")
    expect(await listed()).toEqual([own.split("@")[0]])
    for (const path of ["getChannelByInviteCode", "createChannel", "subscribeToChannel", "unsubscribeFromChannel"])
      row("POST", `/client/${path}`, "yes")
    row("GET", "/client/getChannels", "yes")
  })

  it("the directory is searched by the page of WhatsApp Web only", async () => {
    refused(
      await session.post("/client/searchChannels", { searchOptions: { searchText: "noticias" } }),
      501,
      "Not supported without a browser: searchChannels"
    )
    row("POST", "/client/searchChannels", "501")
  })
})

describe("settings of the browser", () => {
  it("are accepted, and change nothing that a program could see", async () => {
    const downloads = ["Audio", "Documents", "Photos", "Videos"].map((kind) => `setAutoDownload${kind}`)
    for (const name of downloads) {
      exactly(await session.post(`/client/${name}`, { flag: true }), { success: true })
      refused(await session.post(`/client/${name}`, {}), 400, "flag is required")
      row("POST", `/client/${name}`, "yes", "accepted; `MEDIA_DOWNLOAD` decides for all sessions")
    }
    exactly(await session.post("/client/setBackgroundSync"), { success: true })
    exactly(await session.post("/client/openChatWindow", { chatId: beto }), { success: true })
    exactly(await session.post("/client/openChatWindowAt", { messageId: `false_${beto}_3EB0AA` }), { success: true })
    for (const name of ["setBackgroundSync", "openChatWindow", "openChatWindowAt"])
      row("POST", `/client/${name}`, "yes", "accepted; there is no page")
  })
})

describe("/client/runMethod", () => {
  it("runs the methods that stand for a call", async () => {
    const run = (method: string, options?: unknown) => session.post("/client/runMethod", { method, options })
    exactly(await run("isRegisteredUser", BETO), { success: true, data: true })
    exactly(await run("getNumberId", NOBODY), { success: true, data: null })
    exactly(await run("getState"), { success: true, data: "CONNECTED" })
    exactly(await run("setStatus", "Cerrado"), { success: true })
    expect(phone().profile.about).toBe("Cerrado")
    refused(await run("getChatById", "nadie"), 400, expect.stringContaining("chatId must be the id of a chat"))
  })

  it("and no others", async () => {
    for (const method of ["destroy", "logout", "constructor", "__proto__", "toString", "sendMessage"]) {
      refused(await session.post("/client/runMethod", { method }), 400, `Method ${method} is not implemented`)
    }
    row("POST", "/client/runMethod", "yes", "the methods that stand for a call and take one argument or none")
  })

  it("needs the right of the call that it runs", async () => {
    const { token } = (await gateway.post("/v1/tokens", { name: "r", scopes: ["read"] }, { operator: true })).body
    const run = (method: string, options: unknown) =>
      gateway.post("/client/runMethod/ABCD", { method, options }, { token })
    exactly(await run("isRegisteredUser", BETO), { success: true, data: true })
    refused(await run("setStatus", "x"), 403, "Invalid API key")
  })
})

checkRows()

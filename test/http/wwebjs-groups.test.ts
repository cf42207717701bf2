/** `/groupChat/…` of wwebjs-api: what the client is told, and what the members see. */
import { proto } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { widePicture } from "../support/pictures.ts"
import { until } from "../support/until.ts"
import { checkRows, row } from "./support/wwebjs-compat.ts"
import { exactly, hasFields, refused, WwebjsClient } from "./support/wwebjs-client.ts"

const NUMBER = "51948907640"
const BETO = "51922000001"
const CARLA = "51922000002"
const DORA = "51922000003"
const NOBODY = "51922000009"
const web = (number: string) => `${number}@c.us`

let gateway: TestGateway
let session: WwebjsClient
/** That the account administers, with Beto in it, and one in which it is a member. */
let chatId: string
let foreign: string

const contact = (number: string) => gateway.network.contact(number)
const seen = (number = BETO) => contact(number).groups.find(chatId)
const post = (path: string, body: object = {}) => session.post(`/groupChat/${path}`, { chatId, ...body })
/** The newest private invitation that a person has received. */
const invitationOf = (number: string) =>
  contact(number)
    .inbox.map(({ raw }) => proto.Message.decode(raw).groupInviteMessage)
    .findLast((invitation) => invitation !== null && invitation !== undefined)
const model = async () => (await post("getClassInfo")).body.chat

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 100 } })
  for (const number of [BETO, CARLA, DORA]) gateway.network.addContact(number, { behaviour: "silent" })
  session = new WwebjsClient(gateway, "ABCD")
  await session.link((qr) => gateway.network.addPhone(NUMBER).scanQr(qr))
  const made = await session.post("/client/createGroup", { title: "Pedidos", participants: [web(BETO)] })
  chatId = made.body.response.gid._serialized
  foreign = contact(BETO).createGroup("Vecinos", [NUMBER])
  await until(async () => (await model())?.name === "Pedidos", "the group to be known")
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

describe("a group", () => {
  it("is described with its members", async () => {
    row("POST", "/groupChat/getClassInfo", "yes")
    const chat = await model()
    expect(chat).toMatchObject({ id: { _serialized: chatId }, name: "Pedidos", isGroup: true, isReadOnly: false })
    hasFields(chat.groupMetadata, [
      "id",
      "creation",
      "subject",
      "desc",
      "owner",
      "restrict",
      "announce",
      "membershipApprovalMode",
      "memberAddMode",
      "ephemeralDuration",
      "parentGroup",
      "size",
      "participants"
    ])
    expect(chat.groupMetadata).toMatchObject({ subject: "Pedidos", owner: { user: NUMBER }, size: 2 })
    expect(chat.groupMetadata.participants).toContainEqual({
      id: { server: "c.us", user: BETO, _serialized: web(BETO) },
      isAdmin: false,
      isSuperAdmin: false
    })
  })

  it("refuses every call for a chat that is no group", async () => {
    const people = { participantIds: [web(BETO)] }
    const calls: readonly (readonly [string, object])[] = [
      ["getClassInfo", {}],
      ["addParticipants", people],
      ["removeParticipants", people],
      ["promoteParticipants", people],
      ["demoteParticipants", people],
      ["getInviteCode", {}],
      ["revokeInvite", {}],
      ["leave", {}],
      ["setSubject", { subject: "a" }],
      ["setDescription", { description: "a" }],
      ["setInfoAdminsOnly", {}],
      ["setMessagesAdminsOnly", {}],
      ["setPicture", { pictureMimeType: "image/png", pictureData: "iVBORw0KGgo=" }],
      ["deletePicture", {}],
      ["getGroupMembershipRequests", {}],
      ["approveGroupMembershipRequests", {}],
      ["rejectGroupMembershipRequests", {}]
    ]
    for (const [path, body] of calls) {
      const answer = await session.post(`/groupChat/${path}`, { chatId: web(BETO), ...body })
      refused(answer, 500, "The chat is not a group")
    }
  })

  it("gets and loses members", async () => {
    row("POST", "/groupChat/addParticipants", "yes", "`sleep` is accepted; the gateway asks WhatsApp once for all")
    row("POST", "/groupChat/removeParticipants", "yes")
    const added = await post("addParticipants", { participantIds: [web(CARLA), web(NOBODY)] })
    exactly(added, {
      success: true,
      result: {
        [web(CARLA)]: { code: 200, message: "The participant was added successfully", isInviteV4Sent: false },
        [web(NOBODY)]: { code: 404, message: "The phone number is not registered on WhatsApp", isInviteV4Sent: false }
      }
    })
    expect(seen(CARLA)).toMatchObject({ rank: "" })
    exactly(await post("removeParticipants", { contactIds: web(CARLA) }), { success: true, result: { status: 200 } })
    expect(seen(CARLA)).toBeUndefined()
    refused(await post("addParticipants"), 400, "participantIds must be the ids of 1 to 1024 contacts")
    const { body } = await session.post("/groupChat/addParticipants", { chatId: foreign, participantIds: [web(CARLA)] })
    expect(body.result).toMatch(/^AddParticipantsError: /)
  })

  it("invites who may not be added, unless the client wants it not to", async () => {
    contact(DORA).profile.setPrivacy("groupadd", "contacts")
    const add = async (options: object) => {
      const { body } = await post("addParticipants", { participantIds: [web(BETO), web(DORA)], options })
      expect(body.result[web(BETO)]).toMatchObject({ code: 409, isInviteV4Sent: false })
      return body.result[web(DORA)]
    }
    const message = "The participant can be added by sending private invitation only"
    expect(await add({ autoSendInviteV4: false })).toEqual({ code: 403, message, isInviteV4Sent: false })
    expect(await add({ comment: "Únase, por favor" })).toEqual({ code: 403, message, isInviteV4Sent: true })
    const invitation = await until(() => invitationOf(DORA), "the invitation")
    expect(invitation).toMatchObject({ groupJid: chatId, groupName: "Pedidos", caption: "Únase, por favor" })
    expect(Number(invitation.inviteExpiration)).toBeGreaterThan(Date.now() / 1_000)
    const { messages } = (await session.post("/chat/fetchMessages", { chatId: web(DORA) })).body
    expect(messages).toMatchObject([
      { type: "groups_v4_invite", fromMe: true, inviteV4: { groupId: chatId, inviteCode: invitation.inviteCode } }
    ])
    contact(DORA).groups.accept(chatId, String(invitation.inviteCode))
    expect(seen(DORA)).toMatchObject({ rank: "" })
    await post("removeParticipants", { participantIds: [web(DORA)] })
    contact(DORA).profile.setPrivacy("groupadd", "all")
  })

  it("sends no invitation for a token that may not send", async () => {
    contact(CARLA).profile.setPrivacy("groupadd", "contacts")
    const { token } = (await gateway.post("/v1/tokens", { name: "m", scopes: ["manage"] }, { operator: true })).body
    const added = { chatId, participantIds: [web(CARLA)] }
    const { body } = await gateway.post("/groupChat/addParticipants/ABCD", added, { token })
    contact(CARLA).profile.setPrivacy("groupadd", "all")
    expect(body.result[web(CARLA)]).toMatchObject({ code: 403, isInviteV4Sent: false })
    expect(invitationOf(CARLA)).toBeUndefined()
  })

  it("gets and loses administrators", async () => {
    row("POST", "/groupChat/promoteParticipants", "yes")
    row("POST", "/groupChat/demoteParticipants", "yes")
    const done = { success: true, result: { status: 200 } }
    exactly(await post("promoteParticipants", { participantIds: [web(BETO)] }), done)
    expect(seen()).toMatchObject({ rank: "admin" })
    exactly(await post("demoteParticipants", { participantIds: [web(BETO)] }), done)
    expect(seen()).toMatchObject({ rank: "" })
  })

  it("has an invitation, which can be replaced", async () => {
    row("POST", "/groupChat/getInviteCode", "yes")
    row("POST", "/groupChat/revokeInvite", "yes")
    const first = await post("getInviteCode")
    exactly(first, { success: true, inviteCode: expect.stringMatching(/^[\w-]{6,}$/) })
    const next = await post("revokeInvite")
    exactly(next, { success: true, result: expect.stringMatching(/^[\w-]{6,}$/) })
    expect(next.body.result).not.toBe(first.body.inviteCode)
    expect(contact(DORA).groups.join(next.body.result)).toBe("joined")
  })

  it("is renamed and described; false where the account may not", async () => {
    row("POST", "/groupChat/setSubject", "yes")
    row("POST", "/groupChat/setDescription", "yes")
    exactly(await post("setSubject", { subject: "Reparto" }), { success: true, result: true })
    exactly(await post("setDescription", { description: "De 9 a 18 h" }), { success: true, result: true })
    expect(seen()).toMatchObject({ subject: "Reparto", description: "De 9 a 18 h" })
    await until(async () => (await model()).groupMetadata.desc === "De 9 a 18 h", "the description to be known")
    exactly(await post("setDescription", { description: "" }), { success: true, result: true })
    expect(seen()?.description).toBeUndefined()
  })

  it("lets only administrators write, or change it", async () => {
    row("POST", "/groupChat/setMessagesAdminsOnly", "yes")
    row("POST", "/groupChat/setInfoAdminsOnly", "yes")
    exactly(await post("setMessagesAdminsOnly"), { success: true, result: true })
    exactly(await post("setInfoAdminsOnly"), { success: true, result: true })
    expect(seen()?.flags.toSorted()).toEqual(["announcement", "locked"])
    exactly(await post("setMessagesAdminsOnly", { adminsOnly: false }), { success: true, result: true })
    exactly(await post("setInfoAdminsOnly", { adminsOnly: false }), { success: true, result: true })
    expect(seen()?.flags).toEqual([])
    const { body } = await session.post("/groupChat/setMessagesAdminsOnly", { chatId: foreign })
    expect(body).toEqual({ success: true, result: false })
  })

  it("has a picture, or none", async () => {
    row("POST", "/groupChat/setPicture", "yes")
    row("POST", "/groupChat/deletePicture", "yes")
    const picture = { pictureMimeType: "image/png", pictureData: (await widePicture()).toString("base64") }
    exactly(await post("setPicture", picture), { success: true, result: true })
    expect(seen()?.pictureId).toEqual(expect.any(String))
    exactly(await post("deletePicture"), { success: true, result: true })
    expect(seen()?.pictureId).toBeUndefined()
    const wrong = await post("setPicture", { ...picture, pictureData: "%%%" })
    expect(wrong.status).toBe(400)
  })

  it("lets people in, or not, who ask to join", async () => {
    row("POST", "/groupChat/getGroupMembershipRequests", "yes")
    row("POST", "/groupChat/approveGroupMembershipRequests", "yes", "`sleep` has no effect: WhatsApp is asked once")
    row("POST", "/groupChat/rejectGroupMembershipRequests", "yes", "`sleep` has no effect: WhatsApp is asked once")
    const device = (await gateway.get("/v1/devices?limit=1", { operator: true })).body.items[0].id
    await gateway.call("PATCH", `/v1/devices/${device}/groups/${chatId}/settings`, {
      operator: true,
      body: { joinApproval: true }
    })
    const { inviteCode } = (await post("getInviteCode")).body
    expect(contact(CARLA).groups.join(inviteCode)).toBe("pending")
    const asked = await post("getGroupMembershipRequests")
    exactly(asked, {
      success: true,
      result: [
        {
          id: { server: "c.us", user: CARLA, _serialized: web(CARLA) },
          addedBy: null,
          parentGroupId: null,
          requestMethod: expect.any(String),
          t: expect.any(Number)
        }
      ]
    })
    exactly(await post("rejectGroupMembershipRequests", { options: { requesterIds: web(CARLA) } }), {
      success: true,
      result: [{ requesterId: web(CARLA), message: "Rejected successfully" }]
    })
    expect(contact(CARLA).groups.join(inviteCode)).toBe("pending")
    const approved = await post("approveGroupMembershipRequests")
    expect(approved.body).toMatchObject({ success: true, result: [{ message: "Approved successfully" }] })
    expect(seen(CARLA)).toMatchObject({ rank: "" })
    exactly(await post("approveGroupMembershipRequests"), { success: true, result: [] })
  })

  it("runs methods by name", async () => {
    row("POST", "/groupChat/runMethod", "yes", "the methods that take one argument or none, and that a call stands for")
    exactly(await post("runMethod", { method: "setSubject", options: "Por nombre" }), { success: true, data: true })
    expect(seen()).toMatchObject({ subject: "Por nombre" })
    refused(await post("runMethod", { method: "toString" }), 400, "Method is not implemented")
  })

  it("is left", async () => {
    row("POST", "/groupChat/leave", "yes")
    exactly(await post("leave"), { success: true })
    expect(seen()?.members[NUMBER]).toBeUndefined()
    await until(async () => (await model()).isReadOnly, "the group to be read only")
  })
})

checkRows()

/** Who is in a group: what clients can change, with which code the server answers for each member, and who is told. */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import { child, children } from "../../src/sandbox/wire/stanza.ts"
import { type BareClient, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork({ groupMembersMax: 5 })
const nobody = "5491100009999@s.whatsapp.net"

const contact = (name?: string) => sandbox.network.addContact(sandbox.newNumber(), name === undefined ? {} : { name })

/** The changes of a group that a client was told of, as the tags of the notifications. */
const told = ({ notifications }: BareClient, group: string): string[] =>
  notifications
    .filter(({ attrs }) => attrs["type"] === "w:gp2" && attrs["from"] === group)
    .map(({ content }) => (content as BinaryNode[])[0]?.tag ?? "")

const statuses = (results: { status: string }[]): string[] => results.map(({ status }) => status)

describe("a client that adds members", () => {
  it("is told with 403 that one may only be invited, and the invitation is accepted", async () => {
    const [{ client: ana }, { client: bea, number }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    await bea.sock.updateGroupsAddPrivacy("contacts")
    const { id } = await ana.sock.groupCreate("Private", [])
    const [result] = await ana.sock.groupParticipantsUpdate(id, [bea.jid], "add")
    expect(result?.status).toBe("403")
    const invitation = child(result?.content, "add_request")?.attrs
    expect(Number(invitation?.["expiration"])).toBeGreaterThan(Date.now() / 1000)
    const message = {
      groupJid: id,
      inviteCode: invitation?.["code"] ?? "",
      inviteExpiration: Number(invitation?.["expiration"])
    }
    await expect(bea.sock.groupAcceptInviteV4(ana.jid, { ...message, inviteCode: "another" })).rejects.toThrow(
      "not-acceptable"
    )
    expect(await bea.sock.groupAcceptInviteV4(ana.jid, message)).toBe(id)
    expect(sandbox.network.phone(number).groups.find(id)).toMatchObject({ subject: "Private", rank: "" })
    await until(() => told(ana, id).includes("add"), "the notification")
    await expect(bea.sock.groupAcceptInviteV4(ana.jid, message)).rejects.toThrow("gone")
  })

  it("takes the invitation back", async () => {
    const [{ client: ana }, { client: bea }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    await bea.sock.updateGroupsAddPrivacy("contact_blacklist")
    const { id } = await ana.sock.groupCreate("Private", [])
    const [result] = await ana.sock.groupParticipantsUpdate(id, [bea.jid], "add")
    const { code = "", expiration } = child(result?.content, "add_request")?.attrs ?? {}
    expect(await ana.sock.groupRevokeInviteV4(id, bea.jid)).toBe(true)
    const message = { groupJid: id, inviteCode: code, inviteExpiration: Number(expiration) }
    await expect(bea.sock.groupAcceptInviteV4(ana.jid, message)).rejects.toThrow("gone")
  })

  it("adds one who asks for contacts only, and has saved the client's number", async () => {
    const { client: ana, number } = await sandbox.loggedIn()
    const carla = contact("Carla")
    carla.profile.setPrivacy("groupadd", "contacts")
    carla.profile.save(number, "Ana")
    const { id } = await ana.sock.groupCreate("Known", [carla.jid])
    expect(carla.groups.find(id)?.members).toEqual({ [number]: "superadmin", [carla.number]: "" })
  })

  it("is told why the others were not added", async () => {
    const { client: ana, number } = await sandbox.loggedIn()
    const [member, left, blocking, fits, tooMany] = [contact(), contact(), contact(), contact(), contact()]
    const filler = contact()
    const { id } = await ana.sock.groupCreate("Small", [member.jid, left.jid, filler.jid])
    left.groups.leave(id)
    blocking.profile.block(number)
    const jids = [member.jid, nobody, left.jid, blocking.jid, fits.jid, tooMany.jid]
    const results = await ana.sock.groupParticipantsUpdate(id, [...jids], "add")
    expect(statuses(results)).toEqual(["409", "404", "408", "401", "200", "200"])
    const late = await ana.sock.groupParticipantsUpdate(id, [contact().jid], "add")
    expect(statuses(late)).toEqual(["419"])
    const code = await ana.sock.groupInviteCode(id)
    expect(() => contact().groups.join(code ?? "")).toThrow("resource-limit")
  })

  it("learns at the creation who could not be added", async () => {
    const { client: ana } = await sandbox.loggedIn()
    const closed = contact()
    closed.profile.setPrivacy("groupadd", "none")
    const answers: BinaryNode[] = []
    ana.sock.ws.on("frame", (frame: BinaryNode) => answers.push(frame))
    const { id } = await ana.sock.groupCreate("Open", [closed.jid, nobody])
    const group = answers.map((frame) => child(frame, "group")).find((node) => node !== undefined)
    const failed = children(group, "participant").filter(({ attrs }) => attrs["error"] !== undefined)
    expect(failed.map(({ attrs }) => attrs["error"])).toEqual(["403", "404"])
    expect(child(failed[0], "add_request")?.attrs["code"]).toBeTruthy()
    expect((await ana.sock.groupMetadata(id)).participants).toHaveLength(1)
    expect(closed.groups.all).toEqual([])
  })
})

describe("the ranks of members", () => {
  it("are changed by admins only, and the creator keeps its own", async () => {
    const [{ client: ana }, { client: bea, number }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    const carla = contact()
    const { id } = await ana.sock.groupCreate("Ranks", [bea.jid, carla.jid])
    await expect(bea.sock.groupParticipantsUpdate(id, [carla.jid], "promote")).rejects.toThrow("forbidden")
    await expect(bea.sock.groupSettingUpdate(id, "locked")).rejects.toThrow("forbidden")
    await ana.sock.groupParticipantsUpdate(id, [bea.jid], "promote")
    expect(sandbox.network.phone(number).groups.find(id)?.rank).toBe("admin")
    expect(statuses(await bea.sock.groupParticipantsUpdate(id, [ana.jid], "demote"))).toEqual(["403"])
    expect(statuses(await bea.sock.groupParticipantsUpdate(id, [carla.jid, nobody], "remove"))).toEqual(["200", "404"])
    expect(carla.groups.find(id)).toBeUndefined()
    await expect(bea.sock.groupParticipantsUpdate("120363000000000000@g.us", [], "add")).rejects.toThrow(
      "item-not-found"
    )
  })

  it("pass to the oldest member when the last admin leaves", async () => {
    const { client: ana } = await sandbox.loggedIn()
    const [first, second] = [contact(), contact()]
    const { id } = await ana.sock.groupCreate("Heirs", [first.jid, second.jid])
    await ana.sock.groupLeave(id)
    expect(first.groups.find(id)).toMatchObject({
      rank: "admin",
      members: { [first.number]: "admin", [second.number]: "" }
    })
    await until(() => told(ana, id).includes("remove"), "the notification")
  })

  it("let members add others where the group says so", async () => {
    const [{ client: ana }, { client: bea }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    const carla = contact()
    const { id } = await ana.sock.groupCreate("Open", [bea.jid])
    await expect(bea.sock.groupParticipantsUpdate(id, [carla.jid], "add")).rejects.toThrow("forbidden")
    await ana.sock.groupMemberAddMode(id, "all_member_add")
    expect(statuses(await bea.sock.groupParticipantsUpdate(id, [carla.jid], "add"))).toEqual(["200"])
    await until(() => told(ana, id).includes("add"), "the notification")
  })
})

describe("a subject and a description", () => {
  it("are changed, told and shown to every member, also by a member until the group is locked", async () => {
    const [{ client: ana }, { client: bea }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    const carla = contact()
    const { id } = await ana.sock.groupCreate("Before", [bea.jid, carla.jid])
    await bea.sock.groupUpdateSubject(id, "After")
    await bea.sock.groupUpdateDescription(id, "one")
    await ana.sock.groupUpdateDescription(id, "two")
    expect(carla.groups.find(id)).toMatchObject({ subject: "After", description: "two" })
    await ana.sock.groupUpdateDescription(id)
    expect(carla.groups.find(id)?.description).toBeUndefined()
    await until(() => told(bea, id).filter((tag) => tag === "description").length === 3, "the notifications")
    await ana.sock.groupSettingUpdate(id, "locked")
    await expect(bea.sock.groupUpdateDescription(id, "three")).rejects.toThrow("forbidden")
  })

  it("are refused when the subject is too long or the description is not based on the newest", async () => {
    const { client: ana } = await sandbox.loggedIn()
    const { id } = await ana.sock.groupCreate("Short", [])
    await expect(ana.sock.groupUpdateSubject(id, "x".repeat(101))).rejects.toThrow("not-acceptable")
    await expect(ana.sock.groupUpdateSubject(id, "")).rejects.toThrow("not-acceptable")
    await ana.sock.groupUpdateDescription(id, "one")
    const body = { tag: "body", attrs: {}, content: Buffer.from("two") }
    const description = { tag: "description", attrs: { id: "A", prev: "older" }, content: [body] }
    const stale = { tag: "iq", attrs: { to: id, type: "set", xmlns: "w:g2" }, content: [description] }
    await expect(ana.sock.query(stale)).rejects.toThrow("conflict")
  })
})

describe("settings", () => {
  it("are switched on and off, and every member sees them", async () => {
    const [{ client: ana }, { client: bea }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    const { id } = await ana.sock.groupCreate("Settings", [bea.jid])
    await ana.sock.groupSettingUpdate(id, "announcement")
    await ana.sock.groupToggleEphemeral(id, 604_800)
    await ana.sock.groupJoinApprovalMode(id, "on")
    await until(() => told(bea, id).length === 4, "the notifications")
    const [on] = Object.values(await bea.sock.groupFetchAllParticipating())
    expect(on).toMatchObject({ announce: true, ephemeralDuration: 604_800, joinApprovalMode: true })
    await ana.sock.groupSettingUpdate(id, "not_announcement")
    await ana.sock.groupToggleEphemeral(id, 0)
    await ana.sock.groupJoinApprovalMode(id, "off")
    const [off] = Object.values(await bea.sock.groupFetchAllParticipating())
    expect(off).toMatchObject({ announce: false, joinApprovalMode: false })
    expect(off?.ephemeralDuration).toBeUndefined()
  })

  it("are set with the creation", async () => {
    const { client: ana } = await sandbox.loggedIn()
    const on = (tag: string, attrs: Record<string, string> = {}, content?: BinaryNode[]): BinaryNode =>
      content === undefined ? { tag, attrs } : { tag, attrs, content }
    const settings = [
      on("locked"),
      on("ephemeral", { expiration: "86400" }),
      on("membership_approval_mode", {}, [on("group_join", { state: "on" })])
    ]
    const create = on("create", { subject: "Ready" }, settings)
    await ana.sock.query({ tag: "iq", attrs: { to: "@g.us", type: "set", xmlns: "w:g2" }, content: [create] })
    const [created] = Object.values(await ana.sock.groupFetchAllParticipating())
    expect(created).toMatchObject({ restrict: true, ephemeralDuration: 86_400, joinApprovalMode: true })
  })
})

describe("requests to join", () => {
  it("are listed for admins, who reject or approve them; the requester is told", async () => {
    const [{ client: ana }, { client: bea }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    const [carla, dora] = [contact("Carla"), contact("Dora")]
    const { id } = await ana.sock.groupCreate("Door", [carla.jid])
    await ana.sock.groupJoinApprovalMode(id, "on")
    const code = (await ana.sock.groupInviteCode(id)) ?? ""
    expect(dora.groups.join(code)).toBe("pending")
    expect(await bea.sock.groupAcceptInvite(code)).toBeUndefined()
    expect(dora.groups.find(id)).toBeUndefined()
    const listed = await ana.sock.groupRequestParticipantsList(id)
    expect(listed.map((request) => request["phone_number"])).toEqual([dora.jid, bea.jid])
    await expect(bea.sock.groupRequestParticipantsList(id)).rejects.toThrow("forbidden")
    const rejected = await ana.sock.groupRequestParticipantsUpdate(id, [bea.jid, nobody], "reject")
    expect(statuses(rejected)).toEqual(["200", "404"])
    await until(() => told(bea, id).includes("revoked_membership_requests"), "the notification")
    await ana.sock.groupRequestParticipantsUpdate(id, [dora.jid], "approve")
    expect(dora.groups.find(id)?.members[dora.number]).toBe("")
    expect(await ana.sock.groupRequestParticipantsList(id)).toEqual([])
  })
})

describe("an invite code", () => {
  it("is refused with 406 when it never was one, and with 410 after it was revoked", async () => {
    const { client: ana } = await sandbox.loggedIn()
    const { client: bea } = await sandbox.loggedIn()
    const { id } = await ana.sock.groupCreate("Codes", [])
    const code = (await ana.sock.groupInviteCode(id)) ?? ""
    await ana.sock.groupRevokeInvite(id)
    await expect(bea.sock.groupAcceptInvite("nothing")).rejects.toThrow("not-acceptable")
    await expect(bea.sock.groupAcceptInvite(code)).rejects.toThrow("gone")
    await until(() => told(ana, id).includes("invite"), "the notification")
  })
})

/** Groups, as clients and contacts use them. */
import type { GroupMetadata } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import { type BareClient, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

/** Two clients and a contact in a group that the first client created. */
async function groupOfThree() {
  const [{ client: ana }, { client: bea, number: beaNumber }] = await Promise.all([
    sandbox.loggedIn({}, "Ana"),
    sandbox.loggedIn({}, "Bea")
  ])
  const contact = sandbox.network.addContact(sandbox.newNumber(), { name: "Carla" })
  const created: GroupMetadata[] = []
  bea.sock.ev.on("groups.upsert", (groups) => created.push(...groups))
  const group = await ana.sock.groupCreate("Friends", [bea.jid, contact.jid])
  await until(() => created.length === 1, "the notification of the group")
  return { ana, bea, beaNumber, contact, group }
}

const ranks = (group: GroupMetadata): string[] => group.participants.map(({ admin }) => admin ?? "member").sort()
const stubs = (client: BareClient): (number | null | undefined)[] =>
  client.messages.map(({ messageStubType }) => messageStubType)

describe("a group", () => {
  it("is created with its members by LID, and each member lists it", async () => {
    const { ana, bea, group } = await groupOfThree()
    expect(group).toMatchObject({
      subject: "Friends",
      addressingMode: "lid",
      size: 3,
      owner: expect.stringMatching(/@lid$/)
    })
    expect(
      group.participants.every(({ id, phoneNumber }) => id.endsWith("@lid") && phoneNumber?.endsWith("@s.whatsapp.net"))
    ).toBe(true)
    expect(Object.keys(await ana.sock.groupFetchAllParticipating())).toEqual([group.id])
    expect(Object.keys(await bea.sock.groupFetchAllParticipating())).toEqual([group.id])
  })

  it("carries texts in every direction", async () => {
    const { ana, bea, contact, group } = await groupOfThree()
    await ana.sock.sendMessage(group.id, { text: "from Ana" })
    await until(() => bea.received("from Ana") && contact.inbox.length === 1, "Ana's text")
    expect(bea.received("from Ana")?.key).toMatchObject({
      remoteJid: group.id,
      participant: expect.stringMatching(/@lid$/),
      participantAlt: ana.jid
    })
    await bea.sock.sendMessage(group.id, { text: "from Bea" })
    await until(() => ana.received("from Bea") && contact.inbox.length === 2, "Bea's text")
    await contact.send(group.id, { text: "from Carla" })
    await until(() => ana.received("from Carla") && bea.received("from Carla"), "Carla's text")
    await contact.send(group.id, { text: "again" })
    await until(() => ana.received("again") && bea.received("again"), "Carla's second text")
    expect(contact.inbox).toMatchObject([
      { group: group.id, text: "from Ana" },
      { group: group.id, text: "from Bea" }
    ])
  })

  it("sends the author of a message a receipt of each member", async () => {
    const { ana, bea, beaNumber, contact, group } = await groupOfThree()
    const sent = await ana.sock.sendMessage(group.id, { text: "who is there?" })
    await until(() => contact.inbox.length === 1 && bea.received("who is there?"), "the text")
    contact.read(contact.inbox[0]?.id ?? "")
    await until(() => ana.heard(sent?.key.id, contact.lid).length === 2, "receipts of the contact")
    expect(ana.heard(sent?.key.id, contact.lid)).toEqual(["delivery", "read"])
    const beaLid = sandbox.network.phone(beaNumber).lid
    await until(() => ana.heard(sent?.key.id, beaLid).length === 2, "receipts of Bea's phone and her client")
  })

  it("carries media, edits, reactions and revokes of a contact", async () => {
    const { ana, contact, group } = await groupOfThree()
    const id = await contact.send(group.id, { media: Buffer.from("file"), mimetype: "text/plain", filename: "a.txt" })
    await until(
      () => ana.messages.some(({ message }) => message?.documentMessage?.fileName === "a.txt"),
      "the document"
    )
    await contact.send(group.id, { react: "👀", target: id })
    await until(() => ana.messages.some(({ message }) => message?.reactionMessage?.key?.id === id), "the reaction")
    await contact.send(group.id, { revoke: id })
    await until(() => ana.updates.some(({ key, update }) => key.id === id && update.message === null), "the revoke")
  })

  it("changes its members, and notifies every member", async () => {
    const { ana, bea, contact, group } = await groupOfThree()
    const other = sandbox.network.addContact(sandbox.newNumber())
    const changes: string[] = []
    bea.sock.ev.on("group-participants.update", ({ action, participants }) =>
      changes.push(`${action} ${participants[0]?.id}`)
    )
    await ana.sock.groupParticipantsUpdate(group.id, [other.jid], "add")
    await ana.sock.groupParticipantsUpdate(group.id, [other.jid], "promote")
    await ana.sock.groupParticipantsUpdate(group.id, [other.jid], "demote")
    await ana.sock.groupParticipantsUpdate(group.id, [contact.jid], "remove")
    await until(() => changes.length === 4, "all four")
    expect(changes).toEqual([
      `add ${other.lid}`,
      `promote ${other.lid}`,
      `demote ${other.lid}`,
      `remove ${contact.lid}`
    ])
    expect(ranks(await bea.sock.groupMetadata(group.id))).toEqual(["member", "member", "superadmin"])
  })

  it("answers for each member whether it could be added", async () => {
    const { ana, contact, group } = await groupOfThree()
    const results = await ana.sock.groupParticipantsUpdate(
      group.id,
      [contact.jid, "5491100009999@s.whatsapp.net"],
      "add"
    )
    expect(results.map(({ status }) => status)).toEqual(["409", "404"])
  })

  it("delivers messages of members only, to members only", async () => {
    const { ana, bea, contact, group } = await groupOfThree()
    await ana.sock.groupParticipantsUpdate(group.id, [contact.jid], "remove")
    await ana.sock.sendMessage(group.id, { text: "among us" })
    await until(() => bea.received("among us"), "the text")
    expect(contact.inbox).toEqual([])
    await expect(contact.send(group.id, { text: "let me in" })).rejects.toThrow("403")
  })

  it("changes subject, description and settings", async () => {
    const { ana, bea, group } = await groupOfThree()
    await ana.sock.groupUpdateSubject(group.id, "Best friends")
    await ana.sock.groupUpdateDescription(group.id, "since 2020")
    await ana.sock.groupSettingUpdate(group.id, "announcement")
    await ana.sock.groupSettingUpdate(group.id, "locked")
    await ana.sock.groupToggleEphemeral(group.id, 86_400)
    await ana.sock.groupMemberAddMode(group.id, "all_member_add")
    await ana.sock.groupJoinApprovalMode(group.id, "on")
    expect(await bea.sock.groupMetadata(group.id)).toMatchObject({
      subject: "Best friends",
      desc: "since 2020",
      announce: true,
      restrict: true,
      ephemeralDuration: 86_400,
      memberAddMode: true,
      joinApprovalMode: true
    })
    await expect(bea.sock.groupUpdateSubject(group.id, "Mine")).rejects.toThrow("forbidden")
    await until(() => stubs(bea).length >= 6, "the notifications")
  })

  it("refuses messages of members who are not admins when it is for announcements", async () => {
    const { ana, bea, contact, group } = await groupOfThree()
    await ana.sock.groupSettingUpdate(group.id, "announcement")
    await expect(contact.send(group.id, { text: "hush" })).rejects.toThrow("403")
    await ana.sock.sendMessage(group.id, { text: "hear" })
    await until(() => bea.received("hear"), "the announcement")
  })

  it("is joined by its invite code, which can be revoked", async () => {
    const { ana, bea, group } = await groupOfThree()
    const { client: dora } = await sandbox.loggedIn({}, "Dora")
    const code = (await ana.sock.groupInviteCode(group.id)) ?? ""
    await expect(bea.sock.groupInviteCode(group.id)).rejects.toThrow("not-authorized")
    expect((await dora.sock.groupGetInviteInfo(code)).subject).toBe("Friends")
    expect(await dora.sock.groupAcceptInvite(code)).toBe(group.id)
    expect((await dora.sock.groupMetadata(group.id)).size).toBe(4)
    expect(await ana.sock.groupRevokeInvite(group.id)).not.toBe(code)
    await expect(dora.sock.groupGetInviteInfo(code)).rejects.toThrow("gone")
  })

  it("adds an account whose request an admin approves", async () => {
    const { ana, group } = await groupOfThree()
    const { client: dora } = await sandbox.loggedIn({}, "Dora")
    await ana.sock.groupJoinApprovalMode(group.id, "on")
    await dora.sock.groupAcceptInvite((await ana.sock.groupInviteCode(group.id)) ?? "")
    const [asked] = await ana.sock.groupRequestParticipantsList(group.id)
    expect(asked?.["phone_number"]).toBe(dora.jid)
    const results = await ana.sock.groupRequestParticipantsUpdate(group.id, [asked?.["jid"] ?? ""], "approve")
    expect(results.map(({ status }) => status)).toEqual(["200"])
    expect((await dora.sock.groupMetadata(group.id)).size).toBe(4)
  })

  it("can be left by a member", async () => {
    const { ana, bea, group } = await groupOfThree()
    await bea.sock.groupLeave(group.id)
    await expect(bea.sock.groupMetadata(group.id)).rejects.toThrow("forbidden")
    expect((await ana.sock.groupMetadata(group.id)).size).toBe(2)
    await expect(ana.sock.groupMetadata("120363000000000000@g.us")).rejects.toThrow("item-not-found")
  })

  it("can be created by a contact", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const created: GroupMetadata[] = []
    client.sock.ev.on("groups.upsert", (groups) => created.push(...groups))
    const id = contact.createGroup("Carla's", [number])
    await until(() => created.length === 1, "the notifications")
    await contact.send(id, { text: "welcome" })
    await until(() => client.received("welcome"), "the text")
    contact.renameGroup(id, "Carla's own")
    contact.changeGroup(id, "promote", [number])
    expect(ranks(await client.sock.groupMetadata(id))).toEqual(["admin", "superadmin"])
  })
})

/** Communities: what clients create, link and leave, and what members and their phones see. */
import { type BinaryNode, DEFAULT_CONNECTION_CONFIG } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import { child } from "../../src/sandbox/wire/stanza.ts"
import { type BareClient, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

// communities.js prints every group that it creates with a logger of its own, the parent of Baileys' default one.
const printing = Object.getPrototypeOf(DEFAULT_CONNECTION_CONFIG.logger) as { level: string }
printing.level = "silent"

const contact = () => sandbox.network.addContact(sandbox.newNumber())

/** A client with a community. */
async function withCommunity() {
  const { client: ana, number } = await sandbox.loggedIn({}, "Ana")
  const created = await ana.sock.communityCreate("Neighbours", "of our street")
  if (created === null) throw new Error("no community")
  return { ana, number, id: created.id }
}

const subjects = async (client: BareClient, id: string): Promise<string[]> =>
  (await client.sock.communityFetchLinkedGroups(id)).linkedGroups.map(({ subject }) => subject)

const told = ({ notifications }: BareClient, from: string, tag: string): BinaryNode | undefined =>
  notifications
    .filter(({ attrs }) => attrs["type"] === "w:gp2" && attrs["from"] === from)
    .map((node) => child(node, tag))
    .find((node) => node !== undefined)

describe("a community", () => {
  it("is created with a group for announcements and a general chat, and its creator's groups show all of it", async () => {
    const { ana, number, id } = await withCommunity()
    const groups = Object.values(await ana.sock.groupFetchAllParticipating())
    expect(groups.find((group) => group.id === id)).toMatchObject({
      subject: "Neighbours",
      desc: "of our street",
      isCommunity: true
    })
    expect(groups.filter(({ linkedParent }) => linkedParent === id)).toMatchObject([
      { subject: "Neighbours", isCommunityAnnounce: true, announce: true },
      { subject: "General", isCommunityAnnounce: false, announce: false }
    ])
    expect(await ana.sock.communityFetchLinkedGroups(id)).toMatchObject({
      communityJid: id,
      isCommunity: true,
      linkedGroups: [{ subject: "Neighbours", size: 1 }, { subject: "General" }]
    })
    expect(sandbox.network.phone(number).groups.find(id)).toMatchObject({ isCommunity: true, rank: "superadmin" })
  })

  it("gets a new group, whose members become its members and hear its announcements", async () => {
    const { ana, id } = await withCommunity()
    const carla = contact()
    const group = await ana.sock.communityCreateGroup("Garden", [carla.jid], id)
    expect(group).toMatchObject({ subject: "Garden", linkedParent: id, size: 2 })
    expect(await subjects(ana, id)).toEqual(["Neighbours", "General", "Garden"])
    expect(carla.groups.all.map(({ subject }) => subject).sort()).toEqual(["Garden", "Neighbours", "Neighbours"])
    expect((await ana.sock.communityFetchLinkedGroups(group?.id ?? "")).communityJid).toBe(id)
  })

  it("links a group that exists and unlinks it again; members of both are told", async () => {
    const { ana, id } = await withCommunity()
    const { client: bea } = await sandbox.loggedIn({}, "Bea")
    const carla = contact()
    const group = await ana.sock.groupCreate("Book club", [bea.jid, carla.jid])
    await ana.sock.communityLinkGroup(group.id, id)
    expect((await bea.sock.groupMetadata(group.id)).linkedParent).toBe(id)
    expect(carla.groups.find(group.id)?.community).toBe(id)
    expect(carla.groups.find(id)).toBeDefined()
    await until(() => told(ana, id, "link") && told(bea, group.id, "link"), "the notifications")
    expect(child(told(ana, id, "link"), "group")?.attrs).toMatchObject({ jid: group.id, subject: "Book club" })
    await ana.sock.communityUnlinkGroup(group.id, id)
    expect((await bea.sock.groupMetadata(group.id)).linkedParent).toBeUndefined()
    expect(await subjects(ana, id)).toEqual(["Neighbours", "General"])
    await until(() => told(bea, group.id, "unlink"), "the notification")
  })

  it("answers for each group why it was not linked", async () => {
    const { ana, id } = await withCommunity()
    const { client: bea } = await sandbox.loggedIn({}, "Bea")
    const hers = await bea.sock.groupCreate("Hers", [ana.jid])
    const other = await ana.sock.communityCreateGroup("Garden", [], id)
    const jids = [hers.id, other?.id ?? "", "120363000000000000@g.us"]
    const groups = jids.map((jid) => ({ tag: "group", attrs: { jid } }))
    const links = {
      tag: "links",
      attrs: {},
      content: [{ tag: "link", attrs: { link_type: "sub_group" }, content: groups }]
    }
    const answer = await ana.sock.query({ tag: "iq", attrs: { to: id, type: "set", xmlns: "w:g2" }, content: [links] })
    const results = child(child(answer, "links"), "link")?.content as BinaryNode[]
    expect(results.map(({ attrs }) => attrs["error"])).toEqual(["403", "409", "404"])
    await expect(bea.sock.communityLinkGroup(hers.id, id)).rejects.toThrow("forbidden")
    await expect(bea.sock.communityFetchLinkedGroups(id)).rejects.toThrow("forbidden")
  })

  it("is joined by its code, and left with all its groups", async () => {
    const { ana, id } = await withCommunity()
    const carla = contact()
    carla.groups.join((await ana.sock.communityInviteCode(id)) ?? "")
    expect(carla.groups.all).toHaveLength(2)
    const { client: bea, number } = await sandbox.loggedIn({}, "Bea")
    await ana.sock.communityCreateGroup("Garden", [bea.jid], id)
    expect(sandbox.network.phone(number).groups.all).toHaveLength(3)
    await bea.sock.communityLeave(id)
    expect(sandbox.network.phone(number).groups.all).toEqual([])
  })

  it("removes a member from all its groups", async () => {
    const { ana, id } = await withCommunity()
    const carla = contact()
    const group = await ana.sock.communityCreateGroup("Garden", [carla.jid], id)
    const results = await ana.sock.communityParticipantsUpdate(id, [carla.jid], "remove")
    expect(results.map(({ status }) => status)).toEqual(["200"])
    expect(carla.groups.all).toEqual([])
    await until(() => told(ana, group?.id ?? "", "remove"), "the notification")
  })

  it("carries no messages itself; its groups do, and only its admins announce", async () => {
    const { ana, id } = await withCommunity()
    const carla = contact()
    const garden = await ana.sock.communityCreateGroup("Garden", [carla.jid], id)
    const announcements = carla.groups.all.find(({ flags }) => flags.includes("announcement"))?.id ?? ""
    await expect(carla.send(id, { text: "to all" })).rejects.toThrow("403")
    await expect(carla.send(announcements, { text: "to all" })).rejects.toThrow("403")
    await carla.send(garden?.id ?? "", { text: "roses" })
    await ana.sock.sendMessage(announcements, { text: "party" })
    await until(() => ana.received("roses") && carla.inbox.some(({ text }) => text === "party"), "both texts")
  })
})

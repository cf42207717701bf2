/** Pictures of accounts and groups: what clients set, who sees them, and who is told. */
import sharp from "sharp"
import { beforeAll, describe, expect, it } from "vitest"
import { type BareClient, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()
let file: Buffer

beforeAll(async () => {
  const background = { r: 10, g: 120, b: 200 }
  file = await sharp({ create: { width: 800, height: 600, channels: 3, background } })
    .jpeg()
    .toBuffer()
})

const contact = () => sandbox.network.addContact(sandbox.newNumber())

/** Width of the picture that a client gets, or the status with which the download fails. */
async function widthOf(client: BareClient, jid: string, type: "preview" | "image"): Promise<number | undefined> {
  const response = await fetch((await client.sock.profilePictureUrl(jid, type)) ?? "")
  return (await sharp(Buffer.from(await response.arrayBuffer())).metadata()).width
}

/** The changes of pictures that Baileys raised, as `<jid> <changed or removed>`. */
function pictureChanges({ sock }: BareClient): string[] {
  const changes: string[] = []
  sock.ev.on("contacts.update", (contacts) => {
    for (const { id, imgUrl } of contacts) if (imgUrl !== undefined) changes.push(`${id} ${imgUrl}`)
  })
  return changes
}

describe("the picture of an account", () => {
  it("is set by a client, downloaded in two sizes, and removed", async () => {
    const [{ client: ana, number }, { client: bea }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    await expect(bea.sock.profilePictureUrl(ana.jid)).rejects.toThrow("item-not-found")
    await ana.sock.updateProfilePicture(ana.jid, file)
    expect(sandbox.network.phone(number).profile.picture?.id).toMatch(/^\d+$/)
    expect([await widthOf(bea, ana.jid, "image"), await widthOf(bea, ana.jid, "preview")]).toEqual([640, 96])
    expect(await widthOf(bea, sandbox.network.phone(number).lid, "preview")).toBe(96)
    await ana.sock.removeProfilePicture(ana.jid)
    expect(sandbox.network.phone(number).profile.picture).toBeUndefined()
    await expect(ana.sock.profilePictureUrl(ana.jid)).rejects.toThrow("item-not-found")
  })

  it("is hidden from those whom its owner has not saved or has blocked", async () => {
    const { client, number } = await sandbox.loggedIn()
    const [careful, blocking] = [contact(), contact()]
    await careful.profile.setPicture(file)
    careful.profile.setPrivacy("profile", "contacts")
    await expect(client.sock.profilePictureUrl(careful.jid)).rejects.toThrow("not-authorized")
    careful.profile.save(number, "Ana")
    expect(await widthOf(client, careful.jid, "image")).toBe(800)
    await blocking.profile.setPicture(file)
    blocking.profile.block(number)
    await expect(client.sock.profilePictureUrl(blocking.jid)).rejects.toThrow("not-authorized")
  })

  it("is announced to the clients that know the account, and to its other companions", async () => {
    const { client, number } = await sandbox.loggedIn()
    const other = await sandbox.companionOf(number)
    const [own, foreign] = [pictureChanges(other), pictureChanges(client)]
    const carla = contact()
    await client.sock.sendMessage(carla.jid, { text: "hola" })
    await carla.profile.setPicture(file)
    await until(() => foreign.includes(`${carla.jid} changed`), "the contact's picture")
    await carla.profile.setPicture(undefined)
    await until(() => foreign.includes(`${carla.jid} removed`), "its end")
    await client.sock.updateProfilePicture(client.jid, file)
    await until(() => own.includes(`${client.jid} changed`), "the own change")
  })

  it("cannot be set for another account, nor to something that is no picture", async () => {
    const { client } = await sandbox.loggedIn()
    await expect(client.sock.updateProfilePicture(contact().jid, file)).rejects.toThrow("forbidden")
    const picture = { tag: "picture", attrs: { type: "image" }, content: Buffer.from("no picture") }
    const attrs = { to: "s.whatsapp.net", type: "set", xmlns: "w:profile:picture" }
    await expect(client.sock.query({ tag: "iq", attrs, content: [picture] })).rejects.toThrow("not-acceptable")
  })
})

describe("the picture of a group", () => {
  it("is set by a member, seen by members only, and removed", async () => {
    const [{ client: ana }, { client: bea }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    const carla = contact()
    const { id } = await ana.sock.groupCreate("Pictures", [bea.jid])
    const changes = pictureChanges(ana)
    await bea.sock.updateProfilePicture(id, file)
    await until(() => changes.includes(`${id} changed`), "the notification")
    expect(await widthOf(ana, id, "preview")).toBe(96)
    expect(sandbox.network.phone(ana.jid.split("@")[0] ?? "").groups.find(id)?.pictureId).toBeDefined()
    expect(carla.groups.find(id)).toBeUndefined()
    const { client: stranger } = await sandbox.loggedIn()
    await expect(stranger.sock.profilePictureUrl(id)).rejects.toThrow("not-authorized")
    await ana.sock.removeProfilePicture(id)
    await until(() => changes.includes(`${id} removed`), "the second notification")
    await expect(bea.sock.profilePictureUrl(id)).rejects.toThrow("item-not-found")
  })

  it("is set by admins only when the group is locked", async () => {
    const [{ client: ana }, { client: bea }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    const { id } = await ana.sock.groupCreate("Locked", [bea.jid])
    await ana.sock.groupSettingUpdate(id, "locked")
    await expect(bea.sock.updateProfilePicture(id, file)).rejects.toThrow("forbidden")
    await ana.sock.updateProfilePicture(id, file)
    expect(await widthOf(bea, id, "image")).toBe(640)
  })
})

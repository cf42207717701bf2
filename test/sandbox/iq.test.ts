/** Queries of clients (src/sandbox/iq): what Baileys gets for each, and what happens to an unknown one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { child, element } from "../../src/sandbox/wire/stanza.ts"
import { BareClient, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

const iq = (xmlns: string, type: "get" | "set", content: ReturnType<typeof element>[]) =>
  element("iq", { to: "s.whatsapp.net", type, xmlns }, content)

describe("queries about people", () => {
  it("find which numbers are on WhatsApp, and their LIDs", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    expect(await client.sock.onWhatsApp(contact.number, "5491100009999")).toEqual([{ jid: contact.jid, exists: true }])
    const lid = await client.sock.signalRepository.lidMapping.getLIDForPN(contact.jid)
    expect(lid).toBe(contact.lid)
  })

  it("find about texts, and that a contact has no picture and no business profile", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await expect(client.sock.profilePictureUrl(contact.jid)).rejects.toThrow("item-not-found")
    await client.sock.updateProfileStatus("at work")
    expect(await client.sock.fetchStatus(client.jid)).toMatchObject([{ id: client.jid, status: { status: "at work" } }])
    expect(await client.sock.getBusinessProfile(contact.jid)).toBeUndefined()
    expect(await client.sock.fetchDisappearingDuration(contact.jid)).toHaveLength(1)
    expect(await client.sock.getBotListV2()).toEqual([])
  })

  it("read and set privacy", async () => {
    const { client } = await sandbox.loggedIn()
    await client.sock.updateLastSeenPrivacy("contacts")
    await client.sock.updateDefaultDisappearingMode(86_400)
    expect(await client.sock.fetchPrivacySettings(true)).toMatchObject({ readreceipts: "all", groupadd: "all" })
  })

  it("find that the account has no restriction and no message limit", async () => {
    const { client } = await sandbox.loggedIn()
    expect(await client.sock.fetchAccountReachoutTimelock()).toMatchObject({ isActive: false })
    expect(await client.sock.fetchNewChatMessageCap()).toMatchObject({ capping_status: "NONE" })
  })

  it("find the standing that the phone's account was given, which companions are also told of", async () => {
    const { client, number } = await sandbox.loggedIn()
    const told: unknown[] = []
    client.sock.ev.on("connection.update", ({ reachoutTimeLock }) => reachoutTimeLock && told.push(reachoutTimeLock))
    client.sock.ev.on("message-capping.update", (cap) => told.push(cap))
    const endsAt = Math.floor(Date.now() / 1_000) + 600
    const timelock = { isActive: true, enforcementType: "BIZ_QUALITY", timeEnforcementEnds: new Date(endsAt * 1_000) }
    const cap = { capping_status: "SECOND_WARNING", used_quota: 45, total_quota: 50 }
    sandbox.network.phone(number).setStanding({
      timelock: { type: "BIZ_QUALITY", endsAt },
      cap: { status: "SECOND_WARNING", used: 45, total: 50 }
    })
    await until(() => told.length === 2, "both notices")
    expect(told).toMatchObject([timelock, cap])
    expect(await client.sock.fetchAccountReachoutTimelock()).toMatchObject(timelock)
    expect(await client.sock.fetchNewChatMessageCap()).toMatchObject(cap)
  })
})

describe("prekeys", () => {
  let network: Network
  let client: BareClient
  let other: BareClient

  beforeAll(async () => {
    network = await startNetwork({ log: () => undefined })
    const open = async (number: string): Promise<BareClient> =>
      new BareClient(network, {}, await network.addPhone(number).provision()).open()
    client = await open("5491155550001")
    other = await open("5491155550002")
  })

  afterAll(async () => {
    await Promise.all([client.close(), other.close()])
    expect(network.unknownIqs).toEqual([])
    await network.stop()
  })

  const count = async (): Promise<number> => {
    const answer = await client.sock.query(iq("encrypt", "get", [element("count")]))
    return Number(child(answer, "count")?.attrs["value"])
  }

  it("are uploaded at the first login when the server reports the true count, and each is given out once", async () => {
    expect(await count()).toBe(812)
    await other.sock.query(
      iq("encrypt", "get", [element("key", {}, [element("user", { jid: client.jid.replace("@", ":33@") })])])
    )
    expect(await count()).toBe(811)
  })

  it("are uploaded again after the server notified the client that few are left", async () => {
    const users = Array.from({ length: 808 }, () => element("user", { jid: client.jid.replace("@", ":33@") }))
    await other.sock.query(iq("encrypt", "get", [element("key", {}, users)]))
    await until(async () => (await count()) >= 5, "the upload")
    expect(client.notifications.some(({ attrs }) => attrs["type"] === "encrypt")).toBe(true)
  })

  it("can be replaced: the signed prekey is rotated", async () => {
    await client.sock.rotateSignedPreKey()
    await other.sock.sendMessage(client.jid, { text: "after the rotation" })
    await until(() => client.received("after the rotation"), "the text")
  })
})

describe("a query that the network does not understand", () => {
  it("is answered with error 501, kept and counted", async () => {
    const log: string[] = []
    const network = await startNetwork({ prekeyCount: 50, log: (line) => log.push(line) })
    const client = await new BareClient(network, {}, await network.addPhone("5491155550001").provision()).open()
    await expect(client.sock.query(iq("w:weather", "get", [element("today")]))).rejects.toThrow(
      "feature-not-implemented"
    )
    expect(network.unknownIqs).toMatchObject([{ tag: "iq", attrs: { xmlns: "w:weather" } }])
    expect(network.stats().unknownIqs).toBe(1)
    expect(log.some((line) => line.includes("unknown iq") && line.includes("w:weather"))).toBe(true)
    await client.close()
    await network.stop()
  })
})

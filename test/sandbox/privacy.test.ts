/** Block lists, privacy settings, about texts, disappearing messages and profiles of businesses: what clients change, and who sees it. */
import { describe, expect, it } from "vitest"
import { child } from "../../src/sandbox/wire/stanza.ts"
import { type BareClient, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

const contact = () => sandbox.network.addContact(sandbox.newNumber())

/** A client, a second companion of the same phone, and the phone's number. */
async function twoCompanions() {
  const { client, number } = await sandbox.loggedIn()
  return { client, number, other: await sandbox.companionOf(number) }
}

/** What a client was told that another device of its account has changed. */
const synced = ({ notifications }: BareClient, tag: string) =>
  notifications
    .filter(({ attrs }) => attrs["type"] === "account_sync")
    .map((node) => child(node, tag))
    .find((node) => node !== undefined)

/** Makes a client know the LID of an account, which Baileys needs to block a person. */
const known = async (client: BareClient, jid: string): Promise<void> => void (await client.sock.onWhatsApp(jid))

describe("a block list", () => {
  it("is changed by a client: messages of who is blocked are dropped, and other companions are told", async () => {
    const { client, number, other } = await twoCompanions()
    const raised: unknown[] = []
    other.sock.ev.on("blocklist.update", (update) => raised.push(update))
    const carla = contact()
    await known(client, carla.jid)
    await client.sock.updateBlockStatus(carla.jid, "block")
    expect(await client.sock.fetchBlocklist()).toEqual([carla.lid])
    expect(sandbox.network.phone(number).profile.blocked).toEqual([carla.number])
    await carla.send(number, { text: "blocked" })
    await client.sock.updateBlockStatus(carla.jid, "unblock")
    await carla.send(number, { text: "welcome" })
    await until(() => client.received("welcome") && raised.length === 2, "the second text")
    expect(client.received("blocked")).toBeUndefined()
    expect(raised).toEqual([
      { blocklist: [carla.lid], type: "add" },
      { blocklist: [carla.lid], type: "remove" }
    ])
    expect(await client.sock.fetchBlocklist()).toEqual([])
  })

  it("is changed on the phone", async () => {
    const { client, number } = await sandbox.loggedIn()
    const carla = contact()
    sandbox.network.phone(number).block(carla.number)
    await until(() => synced(client, "blocklist"), "the notification")
    expect(await client.sock.fetchBlocklist()).toEqual([carla.lid])
  })
})

describe("privacy settings", () => {
  it("are all until a client changes them; every one is kept, and other companions are told", async () => {
    const { client, number, other } = await twoCompanions()
    const { sock } = client
    const everything = {
      readreceipts: "all",
      last: "all",
      status: "all",
      profile: "all",
      groupadd: "all",
      online: "all",
      calladd: "all",
      messages: "all"
    }
    expect(await sock.fetchPrivacySettings(true)).toEqual(everything)
    await sock.updateReadReceiptsPrivacy("none")
    await sock.updateLastSeenPrivacy("contacts")
    await sock.updateStatusPrivacy("none")
    await sock.updateProfilePicturePrivacy("contact_blacklist")
    await sock.updateGroupsAddPrivacy("contacts")
    await sock.updateOnlinePrivacy("match_last_seen")
    await sock.updateCallPrivacy("known")
    await sock.updateMessagesPrivacy("contacts")
    const changed = {
      readreceipts: "none",
      last: "contacts",
      status: "none",
      profile: "contact_blacklist",
      groupadd: "contacts",
      online: "match_last_seen",
      calladd: "known",
      messages: "contacts"
    }
    expect(await sock.fetchPrivacySettings(true)).toEqual(changed)
    expect(await other.sock.fetchPrivacySettings(true)).toEqual(changed)
    expect(sandbox.network.phone(number).profile.privacy).toEqual(changed)
    await until(() => synced(other, "privacy"), "the notification")
  })

  it("are refused with a value that WhatsApp does not know", async () => {
    const { client } = await sandbox.loggedIn()
    await expect(client.sock.updateOnlinePrivacy("none" as "all")).rejects.toThrow("bad-request")
    await expect(client.sock.updateCallPrivacy("friends" as "all")).rejects.toThrow("bad-request")
  })
})

describe("an about text", () => {
  it("is set by a client and seen by others, with when it was set", async () => {
    const [{ client: ana, number }, { client: bea }] = await Promise.all([sandbox.loggedIn(), sandbox.loggedIn()])
    await ana.sock.updateProfileStatus("at work")
    expect(sandbox.network.phone(number).profile.about).toBe("at work")
    const [seen] = (await bea.sock.fetchStatus(ana.jid)) ?? []
    const status = seen?.["status"] as { status: string; setAt: Date }
    expect(status.status).toBe("at work")
    expect(Math.abs(Date.now() - status.setAt.getTime())).toBeLessThan(60_000)
  })

  it("is empty for those from whom it is hidden, who are not told of a new one either", async () => {
    const { client } = await sandbox.loggedIn()
    const [hidden, blank] = [contact(), contact()]
    await client.sock.sendMessage(hidden.jid, { text: "hola" })
    hidden.profile.setPrivacy("status", "contacts")
    hidden.setAbout("secret")
    expect(await client.sock.fetchStatus(hidden.jid)).toMatchObject([{ status: { status: "" } }])
    expect(await client.sock.fetchStatus(blank.jid)).toMatchObject([{ status: { status: null } }])
    expect(client.notifications.filter(({ attrs }) => attrs["type"] === "status")).toEqual([])
  })
})

describe("the time after which messages in new chats disappear", () => {
  it("is set by a client; other companions raise it, and others find it", async () => {
    const { client, number, other } = await twoCompanions()
    const { client: bea } = await sandbox.loggedIn()
    await client.sock.updateDefaultDisappearingMode(86_400)
    expect(sandbox.network.phone(number).profile.disappearingSeconds).toBe(86_400)
    await until(
      () => other.auth.creds.accountSettings.defaultDisappearingMode?.ephemeralExpiration === 86_400,
      "the setting"
    )
    const found = await bea.sock.fetchDisappearingDuration(client.jid, contact().jid)
    expect(found?.map((user) => (user["disappearing_mode"] as { duration: number }).duration)).toEqual([86_400, 0])
  })
})

describe("the profile of a business", () => {
  it("is shown by a business, and by no other account", async () => {
    const { client } = await sandbox.loggedIn()
    const [shop, person] = [contact(), contact()]
    shop.profile.setBusiness({
      description: "Bread",
      address: "Main street 1",
      email: "bread@example.org",
      websites: ["https://example.org"],
      category: "Bakery",
      hours: {
        timezone: "America/Montevideo",
        days: [{ day: "mon", mode: "specific_hours", opensAt: "480", closesAt: "1080" }]
      }
    })
    expect(await client.sock.getBusinessProfile(shop.jid)).toMatchObject({
      wid: shop.jid,
      description: "Bread",
      address: "Main street 1",
      email: "bread@example.org",
      website: ["https://example.org"],
      category: "Bakery",
      business_hours: {
        timezone: "America/Montevideo",
        business_config: [{ day_of_week: "mon", mode: "specific_hours", open_time: "480", close_time: "1080" }]
      }
    })
    expect(await client.sock.getBusinessProfile(person.jid)).toBeUndefined()
  })

  it("is changed by a client, field by field", async () => {
    const { client, number } = await sandbox.loggedIn()
    await client.sock.updateBussinesProfile({ description: "Bread", email: "bread@example.org" })
    await client.sock.updateBussinesProfile({ description: "Cakes", websites: ["https://example.org"] })
    const changed = { description: "Cakes", email: "bread@example.org", websites: ["https://example.org"] }
    expect(sandbox.network.phone(number).profile.business).toEqual(changed)
    expect(await client.sock.getBusinessProfile(client.jid)).toMatchObject({ description: "Cakes" })
  })
})

describe("a look-up", () => {
  it("finds several facts about several users at once", async () => {
    const { client } = await sandbox.loggedIn()
    const [shown, absent] = [contact(), "5491100009999@s.whatsapp.net"]
    shown.setAbout("here")
    expect(await client.sock.onWhatsApp(shown.jid, absent)).toEqual([{ jid: shown.jid, exists: true }])
    expect(await client.sock.fetchStatus(shown.jid, shown.lid, absent)).toMatchObject([
      { id: shown.jid, status: { status: "here" } },
      { id: shown.lid, status: { status: "here" } },
      { id: absent }
    ])
    expect(await client.sock.getUSyncDevices([shown.jid], false, false)).toMatchObject([{ device: 0 }])
  })
})

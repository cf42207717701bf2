/** What WhatsApp thinks of a device's account, and what the gateway makes of it: locks, caps, bans, refused first messages. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Standing } from "../../src/sandbox/state/standing.ts"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51911000001"
const KNOWN = "51922000001"
const STRANGERS = ["51922000002", "51922000003", "51922000004", "51922000005"] as const
const SHY = "51922000006"
const OLD_FRIEND = "51922000007"
const MINUTE_S = 60

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  const { network } = gateway
  for (const number of [KNOWN, ...STRANGERS, SHY, OLD_FRIEND]) network.addContact(number, { behaviour: "silent" })
  network.contact(SHY).setRestricted(true)
  token = await gateway.user(ME)
  network.addPhone(ME).setHistory([{ with: OLD_FRIEND, text: "hace tiempo", at: 1_780_000_000 }])
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
  await network.contact(KNOWN).send(ME, { text: "hola" })
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const phone = () => gateway.network.phone(ME)
const now = () => Math.floor(Date.now() / 1_000)
const health = async () => (await gateway.get(`/v1/devices/${ME}/health`, { token })).body
const send = (to: string, text = "hola") =>
  gateway.post(`/v1/devices/${ME}/messages`, { to, text }, { token, headers: { prefer: "wait=10" } })
const eventsOf = async (type: string) => (await gateway.events(token, ME)).filter((event) => event.type === type)
const textsAt = (number: string) => gateway.network.contact(number).inbox.map(({ text }) => text)
const tell = async (standing: Standing, is: (told: Awaited<ReturnType<typeof health>>) => boolean) => {
  phone().setStanding(standing)
  await until(async () => is(await health()), "what WhatsApp said")
}
const setLock = async (seconds: number) => {
  const endsAt = now() + seconds
  await tell({ timelock: { type: "BIZ_QUALITY", endsAt } }, ({ reachoutLock }) => reachoutLock !== null)
  return new Date(endsAt * 1_000).toISOString()
}
const unlock = () => tell({}, ({ reachoutLock }) => reachoutLock === null)

describe("an account in good standing", () => {
  it("may begin chats, and has no refusals", async () => {
    expect(await health()).toMatchObject({
      state: "CONNECTED",
      mayBeginChats: true,
      reachoutLock: null,
      restriction: null,
      refusals: { last24Hours: 0, perDay: [], recent: [] }
    })
    await until(async () => (await health()).newChats?.status === "NONE", "the cap that is asked for at the login")
  })
})

describe("while WhatsApp locks the account", () => {
  it("a first message to a new person is refused before anything is sent or recorded", async () => {
    const ends = await setLock(10 * MINUTE_S)
    const queued = (await eventsOf("message.queued")).length
    const refused = await send(STRANGERS[0])
    expect(refused).toMatchObject({
      status: 409,
      body: { code: "account-restricted", kind: "BIZ_QUALITY", until: ends, detail: expect.stringContaining(ends) }
    })
    const inOtherWords = await gateway.post("/api/send-message", { number: STRANGERS[0], message: "hola" }, { token })
    expect(inOtherWords).toMatchObject({
      status: 400,
      body: { error: "Cuenta restringida por WhatsApp", hasta: ends }
    })
    expect(await eventsOf("message.queued")).toHaveLength(queued)
    expect(textsAt(STRANGERS[0])).toEqual([])
    expect(await health()).toMatchObject({ mayBeginChats: false, reachoutLock: { kind: "BIZ_QUALITY", until: ends } })
    await unlock()
    expect((await send(STRANGERS[0])).body.status).toBe("sent")
  })

  it("chats that there are go on, also those that only the phone's history has; groups too", async () => {
    const group = phone().createGroup("Equipo", [KNOWN])
    await setLock(10 * MINUTE_S)
    expect((await send(KNOWN, "sigue")).body.status).toBe("sent")
    await until(() => textsAt(KNOWN).includes("sigue"), "the message to a known contact")
    // WhatsApp refuses it all the same, because the friend gave this network no token; what matters is that it was tried.
    expect(await send(OLD_FRIEND)).toMatchObject({ status: 200, body: { failure: { code: "463" } } })
    expect((await send(group, "equipo")).body.status).toBe("sent")
    await unlock()
  })

  it("a lock ends by itself, or by WhatsApp's word", async () => {
    const ends = await setLock(2)
    expect((await eventsOf("account.reachout_locked")).at(-1)?.data.until).toBe(Date.parse(ends))
    await until(async () => (await health()).reachoutLock === null, "the end of the lock")
    const { length } = await eventsOf("account.reachout_unlocked")
    expect((await send(STRANGERS[1])).body.status).toBe("sent")
    phone().setStanding({})
    await setLock(10 * MINUTE_S)
    await unlock()
    expect(await eventsOf("account.reachout_unlocked")).toHaveLength(length + 1)
  })

  it("the lock is known again after a restart of the gateway, and one that was set meanwhile after the login", async () => {
    const ends = await setLock(10 * MINUTE_S)
    await gateway.restart()
    expect((await health()).reachoutLock.until).toBe(ends)
    await gateway.untilState(token, ME, "CONNECTED")
    expect((await send(STRANGERS[2])).body.code).toBe("account-restricted")
    await unlock()
    await gateway.restart({}, async () =>
      phone().setStanding({ timelock: { type: "DEFAULT", endsAt: now() + 600 } }, { silently: true })
    )
    await until(
      async () => (await health()).reachoutLock?.kind === "DEFAULT",
      "the lock that is asked for at the login"
    )
    await unlock()
  })
})

describe("a first message that WhatsApp refuses (463)", () => {
  it("is told apart: the contact takes none, or the account is locked; and counted by day", async () => {
    const before = await health()
    const shy = await send(SHY)
    expect(shy.body.failure).toEqual({ code: "463", text: expect.stringContaining("after the contact has written") })
    phone().setStanding({ timelock: { type: "WEB_COMPANION_ONLY", endsAt: now() + 600 } }, { silently: true })
    const locked = await send(STRANGERS[3])
    expect(locked.body.failure).toEqual({ code: "463", text: expect.stringContaining("no new contacts") })
    const failed = await eventsOf("message.failed")
    expect(failed.slice(-2).map(({ data }) => [data.messageId, data.cause])).toEqual([
      [shy.body.id, "no_token"],
      [locked.body.id, "timelock"]
    ])
    // What WhatsApp answered is known from then on: the next one is not tried.
    expect((await send(STRANGERS[3])).body.code).toBe("account-restricted")
    const after = await health()
    expect(after.reachoutLock.kind).toBe("WEB_COMPANION_ONLY")
    expect(after.refusals.last24Hours).toBe(before.refusals.last24Hours + 2)
    expect(after.refusals.recent.slice(0, 2)).toMatchObject([
      { messageId: locked.body.id, to: `${STRANGERS[3]}@s.whatsapp.net`, cause: "timelock" },
      { messageId: shy.body.id, to: `${SHY}@s.whatsapp.net`, cause: "no_token" }
    ])
    const days: readonly { readonly count: number }[] = after.refusals.perDay
    expect(days.reduce((sum, { count }) => sum + count, 0)).toBe(after.refusals.last24Hours)
    await unlock()
    // Erasing the contact erases to whom it was.
    const { status } = await gateway.call("DELETE", `/v1/contacts/${SHY}/content`, { operator: true })
    expect(status).toBe(200)
    const erased = await health()
    expect(JSON.stringify(erased)).not.toContain(SHY)
    expect(erased.refusals.last24Hours).toBe(after.refusals.last24Hours - 1)
  })

  it("is not sent again when the connection ends while WhatsApp is asked why", async () => {
    const { network } = gateway
    const fresh = "51922000099"
    network.addContact(fresh).setRestricted(true)
    await gateway.get(`/v1/devices/${ME}`, { token })
    const { messages } = network.stats()
    network.fault({ kind: "latency", ms: 700, number: ME })
    const sent = gateway.post(`/v1/devices/${ME}/messages`, { to: fresh, text: "una vez" }, { token })
    await until(() => network.stats().messages > messages, "the message")
    const { body } = await sent
    await new Promise((resolve) => setTimeout(resolve, 900))
    network.clearFaults()
    network.fault({ kind: "terminate", number: ME })
    const status = async () => (await gateway.get(`/v1/messages/${body.id}`, { token })).body.status
    await until(async () => (await status()) === "failed", "the refusal")
    await gateway.untilState(token, ME, "CONNECTED")
    expect(network.stats().duplicateMessageIds).toBe(0)
  })
})

describe("the cap on new chats", () => {
  it("is shown, and recorded when it changes", async () => {
    const cycleEndsAt = now() + 86_400
    const { length } = await eventsOf("account.new_chat_cap_changed")
    const cap = { status: "FIRST_WARNING", used: 40, total: 50, cycleEndsAt } as const
    await tell({ cap }, ({ newChats }) => newChats?.used === 40)
    expect(await health()).toMatchObject({
      mayBeginChats: true,
      newChats: {
        status: "FIRST_WARNING",
        total: 50,
        cycleStartsAt: null,
        cycleEndsAt: new Date(cycleEndsAt * 1_000).toISOString()
      }
    })
    phone().setStanding({ cap })
    await tell({ cap: { ...cap, status: "CAPPED", used: 50 } }, ({ newChats }) => newChats?.status === "CAPPED")
    expect(await eventsOf("account.new_chat_cap_changed")).toHaveLength(length + 2)
    expect((await health()).mayBeginChats).toBe(false)
    phone().setStanding({})
  })
})

describe("a ban", () => {
  it("is shown with its end, and is over when WhatsApp takes the account again", async () => {
    const { network } = gateway
    network.fault({ kind: "failure", code: 402, expire: 3_600, number: ME, untilCleared: true })
    network.fault({ kind: "terminate", number: ME })
    await gateway.untilState(token, ME, "ERROR")
    const banned = await health()
    expect(banned).toMatchObject({ mayBeginChats: false, restriction: { reason: "temporarily_banned", code: 402 } })
    const { since, until: ends } = banned.restriction
    expect(Date.parse(ends) - Date.parse(since)).toBeGreaterThan(3_590_000)
    network.clearFaults()
    await gateway.post(`/v1/devices/${ME}/start`, {}, { token })
    await gateway.untilState(token, ME, "CONNECTED")
    expect((await health()).restriction).toBeNull()
  })
})

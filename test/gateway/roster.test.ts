/** What an account knows of people, chats and groups: handed over at pairing, and as it changes on the phone. */
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Roster, type RosterShape } from "../../src/store/roster/roster.ts"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51911000001"
const BETO = "51922000001"
const CARLA = "51922000002"
const DORA = "51922000003"
const OLD = 1_780_000_000

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  const { network } = gateway
  token = await gateway.user(ME)
  network.addContact(BETO, { behaviour: "silent", name: "beto 🌵" })
  network.addContact(CARLA, { behaviour: "silent", name: "carla" })
  const phone = network.addPhone(ME, { name: "Me" })
  phone.setHistory([
    { with: BETO, text: "hace tiempo", at: OLD },
    { with: CARLA, text: "mucho antes", at: OLD - 1_000, fromMe: true }
  ])
  phone.setKnown({
    chats: [
      { with: BETO, name: "Beto Saved", archived: true, pinnedAt: OLD, unread: 4 },
      { with: CARLA, mutedUntil: -1, markedUnread: true }
    ],
    people: [
      { number: BETO, name: "Beto Saved" },
      { number: DORA, pushName: "dora" }
    ]
  })
  await phone.do(
    { save: "Dora Saved", chat: DORA },
    { mute: Date.now() + 3_600_000, chat: BETO },
    { label: "1", name: "New order", color: 3 },
    { label: "1", chat: CARLA, on: true }
  )
  phone.block(CARLA)
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const roster = <A, E>(read: (roster: RosterShape) => Effect.Effect<A, E>): Promise<A> =>
  gateway.gateway.runtime.runPromise(Effect.flatMap(Roster, (known) => Effect.orDie(read(known))))
const contact = (number: string) => roster(({ contacts }) => contacts.find(1, { lid: null, number }))
const chat = async (number: string) => {
  const { lid } = gateway.network.contact(number)
  return (await roster(({ chats }) => chats.byKeys(1, [lid]))).get(lid)
}
const phone = () => gateway.network.phone(ME)

describe("what a phone hands over", () => {
  it("is in the roster: chats as they are on the phone, and people by every name", async () => {
    expect(await chat(BETO)).toMatchObject({
      isArchived: true,
      pinnedAt: OLD * 1_000,
      unread: 4,
      activeAt: OLD * 1_000
    })
    expect(await contact(BETO)).toMatchObject({ lid: gateway.network.contact(BETO).lid, name: "Beto Saved" })
    await until(async () => (await contact(DORA))?.name === "Dora Saved", "the name that the owner saved")
    expect(await contact(DORA)).toMatchObject({ lid: expect.stringMatching(/@lid$/) })
  })

  it("has what app state says: muted chats, labels, blocked people", async () => {
    await until(async () => ((await chat(BETO))?.mutedUntil ?? 0) > Date.now(), "the muted chat")
    await until(async () => (await contact(CARLA))?.isBlocked === true, "the blocked contact")
    const { lid } = gateway.network.contact(CARLA)
    await until(
      async () => (await roster(({ labels }) => labels.ofChats(1, [lid]))).get(lid)?.includes("1"),
      "the label of the chat"
    )
    expect(await chat(CARLA)).toMatchObject({ mutedUntil: -1, isMarkedUnread: true })
  })
})

describe("what the owner does on the phone", () => {
  it("is known at once: chats archived, pinned, muted, read, locked and deleted", async () => {
    const { network } = gateway
    network.contact(CARLA).setAddressing("pn")
    await phone().do(
      { archive: true, chat: CARLA },
      { pin: true, chat: CARLA },
      { mute: null, chat: CARLA },
      { lock: true, chat: CARLA }
    )
    await until(async () => (await chat(CARLA))?.isLocked === true, "the locked chat")
    const changed = await until(async () => {
      const now = await chat(CARLA)
      return now?.isArchived && now.mutedUntil === null ? now : undefined
    }, "the changes")
    expect(changed?.pinnedAt).toBeGreaterThan(OLD * 1_000)
    await phone().do({ delete: true, chat: CARLA })
    await until(async () => (await chat(CARLA))?.isListed === false, "the deleted chat")
  })

  it("reads a chat there, and it has no unread messages here", async () => {
    const id = await gateway.network.contact(BETO).send(ME, { text: "uno" })
    await until(async () => (await chat(BETO))?.unread === 5, "an unread message")
    await until(() => phone().inbox.some((message) => message.id === id), "the message on the phone")
    phone().read(id)
    await until(async () => (await chat(BETO))?.unread === 0, "no unread messages")
    // WhatsApp's clock has seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await gateway.network.contact(BETO).send(ME, { text: "dos" })
    await until(async () => (await chat(BETO))?.unread === 1, "an unread message")
    await phone().do({ read: true, chat: BETO })
    await until(async () => (await chat(BETO))?.unread === 0, "no unread messages")
    await phone().do({ read: false, chat: BETO })
    await until(async () => (await chat(BETO))?.isMarkedUnread === true, "the mark")
  })

  it("saves and deletes contacts, blocks and unblocks them", async () => {
    await phone().do({ save: "Beto Two", chat: BETO })
    await until(async () => (await contact(BETO))?.name === "Beto Two", "the new name")
    await phone().do({ save: null, chat: BETO })
    await until(async () => (await contact(BETO))?.name === null, "no name")
    phone().block(BETO)
    await until(async () => (await contact(BETO))?.isBlocked === true, "the blocked contact")
    phone().block(BETO, false)
    await until(async () => (await contact(BETO))?.isBlocked === false, "the free contact")
  })
})

describe("others", () => {
  it("rename themselves", async () => {
    gateway.network.contact(BETO).rename("Beto Nuevo")
    await gateway.network.contact(BETO).send(ME, { text: "hola" })
    await until(async () => (await contact(BETO))?.pushName === "Beto Nuevo", "the new name")
  })

  it("make groups, rename them, and change who is in them", async () => {
    const { network } = gateway
    network.addContact(DORA, { behaviour: "silent", name: "dora" })
    const beto = network.contact(BETO)
    const id = beto.createGroup("Family", [ME, CARLA])
    const group = async () => (await roster(({ groups }) => groups.byIds(1, [id]))).get(id)
    const members = async () =>
      ((await roster(({ groups }) => groups.members(1, [id]))).get(id) ?? [])
        .map(({ number, rank }) => `${number} ${rank}`)
        .toSorted()
    await until(async () => (await group())?.subject === "Family", "the group")
    expect(await members()).toEqual([`${ME} member`, `${BETO} superadmin`, `${CARLA} member`].toSorted())
    beto.renameGroup(id, "Family 2")
    beto.changeGroup(id, "add", [DORA])
    beto.changeGroup(id, "promote", [CARLA])
    await until(async () => (await group())?.subject === "Family 2", "the new subject")
    await until(async () => (await members()).includes(`${CARLA} admin`), "the admin")
    beto.changeGroup(id, "remove", [CARLA])
    await until(async () => (await members()).length === 3, "three members")
    beto.changeGroup(id, "remove", [ME])
    await until(async () => (await group())?.isMember === false, "the end of the membership")
  })

  it("call", async () => {
    const call = gateway.network.contact(BETO).call(ME, { video: true })
    const events = async () => (await gateway.events(token, ME)).filter(({ type }) => type.startsWith("call."))
    await until(async () => (await events()).length === 1, "the call")
    call.end("timeout")
    await until(async () => (await events()).length === 2, "the end of the call")
    expect(await events()).toMatchObject([
      { type: "call.received", data: { callId: call.id, from: { number: BETO }, isVideo: true, group: null } },
      { type: "call.ended", data: { callId: call.id } }
    ])
  })
})

describe("a gateway that starts again", () => {
  it("records nothing that it knows", async () => {
    const types = async () =>
      (await gateway.events(token, ME)).filter(({ stream }) => stream.startsWith("roster/")).length
    const before = await types()
    await gateway.restart()
    await gateway.untilState(token, ME, "CONNECTED")
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(await types()).toBe(before)
  })
})

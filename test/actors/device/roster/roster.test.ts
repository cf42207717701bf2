import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { DeviceRef } from "../../../../src/actors/device-ref.ts"
import { readEvent } from "../../../../src/events/catalog.ts"
import type { RosterEvent } from "../../../../src/events/roster.ts"
import { Roster, type RosterShape } from "../../../../src/store/roster/roster.ts"
import type { RosterChange, Told } from "../../../../src/whatsapp/roster.ts"
import type { ReceivedMessage } from "../../../../src/whatsapp/whatsapp.ts"
import { TestDevices } from "../../../support/devices.ts"
import { until } from "../../../support/until.ts"

const ANA = "51922000001"
const ANA_JID = `${ANA}@s.whatsapp.net`
const ANA_LID = "777000000000001@lid"
const BEA = "51922000002"
const GROUP = "120363000000000001@g.us"
const SENT_AT = 1_790_000_000_000

let devices: TestDevices
let device: DeviceRef

beforeEach(async () => {
  devices = await TestDevices.start()
  device = await devices.connected()
})
afterEach(async () => {
  await devices[Symbol.asyncDispose]()
})

const hear = (signal: Parameters<ReturnType<typeof socket>["hear"]>[0]) => socket().hear(signal)
const socket = () => {
  const open = devices.whatsapp.socketOf(device.deviceNumber)
  if (!open) throw new Error("no socket")
  return open
}

/** Resolves when all that is new of it is in the log. */
const tell = (changes: readonly RosterChange[], told: Told = "changed"): Promise<void> =>
  new Promise((recorded) => hear({ type: "roster", changes, told, recorded }))

const receive = (...messages: readonly ReceivedMessage[]): Promise<void> =>
  new Promise((recorded) => hear({ type: "received", messages, recorded }))

const message = (id: string, fields: Partial<ReceivedMessage> = {}): ReceivedMessage => ({
  type: "message",
  id,
  chat: ANA_JID,
  chatAlt: null,
  sender: ANA_JID,
  senderAlt: null,
  fromMe: false,
  pushName: null,
  sentAt: SENT_AT,
  offline: false,
  content: { kind: "text", text: `text of ${id}` },
  ...fields
})

/** The roster's events, oldest first. */
const learned = async (): Promise<readonly RosterEvent[]> => {
  const events = await devices.events(device)
  return events
    .filter(({ stream }) => stream.startsWith("roster/"))
    .map((event) => readEvent(event) as RosterEvent)
    .map(({ type, data }) => ({ type, data }) as RosterEvent)
}
const roster = <A, E>(read: (roster: RosterShape) => Effect.Effect<A, E>): Promise<A> =>
  devices.run(Effect.flatMap(Roster, (known) => Effect.orDie(read(known))))
const contacts = () => roster(({ contacts: known }) => known.list(device.deviceNumber, { after: "", limit: 50 }))
const chats = () => roster(({ chats: known }) => known.list(device.deviceNumber, { after: undefined, limit: 50 }))

describe("the roster of a device", () => {
  it("records what is new, and nothing that is told again", async () => {
    const change: RosterChange = { type: "contact", contact: { lid: ANA_LID, number: ANA, name: "Ana" } }
    await tell([change])
    await tell([change])
    await tell([{ type: "contact", contact: { lid: ANA_LID, number: ANA, name: "Ana María" } }])
    expect(await learned()).toEqual([
      { type: "contact.updated", data: { lid: ANA_LID, number: ANA, name: "Ana" } },
      { type: "contact.updated", data: { lid: ANA_LID, number: ANA, name: "Ana María" } }
    ])
  })

  it("records what comes in thousands as few events", async () => {
    const changes = Array.from(
      { length: 1_000 },
      (_, i): RosterChange => ({
        type: "contact",
        contact: { lid: `${700_000_000_000 + i}@lid`, number: `5193${String(i).padStart(7, "0")}`, name: `Name ${i}` }
      })
    )
    await tell(changes, "listed")
    await tell(changes, "listed")
    const events = await learned()
    expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 5 }, () => "contact.synced"))
    expect(
      await roster(({ contacts: known }) => known.list(device.deviceNumber, { after: "", limit: 2_000 }))
    ).toHaveLength(1_000)
  })

  it("takes from the phone's history only what is not known: it may be old", async () => {
    await tell([{ type: "contact", contact: { lid: ANA_LID, number: ANA, name: "Ana María" } }])
    await tell([{ type: "chat", chat: { chat: ANA_JID, chatAlt: ANA_LID, archived: true } }])
    const chat = { chat: ANA_JID, chatAlt: ANA_LID, archived: false, pinnedAt: SENT_AT, lastMessageAt: SENT_AT }
    const contact = { lid: ANA_LID, number: ANA, name: "Ana", pushName: "ana" }
    await tell(
      [
        { type: "contact", contact },
        { type: "chat", chat }
      ],
      "history"
    )
    expect(await contacts()).toMatchObject([{ name: "Ana María", pushName: "ana" }])
    expect(await chats()).toMatchObject([{ isArchived: true, pinnedAt: null, activeAt: SENT_AT }])
  })

  it("finds the names of a message's sender, and keeps them when the sender is renamed", async () => {
    await receive(message("M1", { senderAlt: ANA_LID, chatAlt: ANA_LID, pushName: "ana 🌸" }))
    await receive(message("M2", { senderAlt: ANA_LID, chatAlt: ANA_LID, pushName: "ana 🌸" }))
    await receive(message("M3", { senderAlt: ANA_LID, chatAlt: ANA_LID, pushName: "Ana" }))
    expect(await learned()).toEqual([
      { type: "contact.updated", data: { lid: ANA_LID, number: ANA, pushName: "ana 🌸" } },
      { type: "contact.updated", data: { lid: ANA_LID, number: ANA, pushName: "Ana" } }
    ])
  })

  it("calls messages recorded only when the names in them are", async () => {
    devices.isStoreAway = true
    let isRecorded = false
    hear({ type: "received", messages: [message("M1", { pushName: "Ana" })], recorded: () => (isRecorded = true) })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(isRecorded).toBe(false)
    devices.isStoreAway = false
    await until(() => isRecorded, "the record")
    expect(await learned()).toHaveLength(1)
  })

  describe("a person who was known by number alone", () => {
    it("is one contact and one chat when the LID becomes known", async () => {
      await tell([{ type: "contact", contact: { lid: null, number: ANA, name: "Ana" } }])
      await tell([{ type: "chat", chat: { chat: ANA_JID, chatAlt: null, archived: true, pinnedAt: SENT_AT } }])
      await receive(message("M1"))
      await receive(message("M2", { senderAlt: ANA_LID, chatAlt: ANA_LID, sentAt: SENT_AT + 1_000 }))
      expect(await contacts()).toMatchObject([{ key: ANA_LID, lid: ANA_LID, number: ANA, name: "Ana" }])
      expect(await chats()).toMatchObject([
        { key: ANA_LID, isArchived: true, pinnedAt: SENT_AT, unread: 2, activeAt: SENT_AT + 1_000 }
      ])
    })

    it("is recorded under the LID from then on, whichever name comes", async () => {
      await tell([{ type: "contact", contact: { lid: ANA_LID, number: ANA } }])
      await tell([{ type: "contact", contact: { lid: null, number: ANA, name: "Ana" } }])
      await tell([{ type: "chat", chat: { chat: ANA_JID, chatAlt: null, archived: true } }])
      await tell([{ type: "chat", chat: { chat: ANA_LID, chatAlt: null, mutedUntil: -1 } }])
      expect(await contacts()).toMatchObject([{ key: ANA_LID, number: ANA, name: "Ana" }])
      expect(await chats()).toMatchObject([{ key: ANA_LID, isArchived: true, mutedUntil: -1 }])
      expect((await learned()).at(-1)?.data).toMatchObject({ chat: ANA_JID, chatAlt: ANA_LID })
    })
  })

  describe("unread messages of a chat", () => {
    const unread = async () => (await chats()).map((chat) => chat.unread)

    it("are those that the phone counted, and what came after that", async () => {
      await tell(
        [{ type: "chat", chat: { chat: ANA_JID, chatAlt: null, unread: { count: 3, at: SENT_AT } } }],
        "listed"
      )
      await receive(message("M1", { sentAt: SENT_AT }), message("M2", { sentAt: SENT_AT + 1_000 }))
      expect(await unread()).toEqual([4])
    })

    it("are none once the owner read them, and stay none when the phone hands its old count over again", async () => {
      const handedOver: RosterChange = {
        type: "chat",
        chat: { chat: ANA_JID, chatAlt: null, lastMessageAt: SENT_AT, unread: { count: 3, at: SENT_AT } }
      }
      await tell([handedOver], "history")
      await tell([{ type: "chat", chat: { chat: ANA_JID, chatAlt: null, isRead: true } }])
      await tell([handedOver], "history")
      expect(await unread()).toEqual([0])
      await receive(message("M1", { sentAt: SENT_AT + 1_000 }))
      expect(await unread()).toEqual([1])
      await tell([{ type: "chat", chat: { chat: ANA_JID, chatAlt: null, unread: { count: 0, at: SENT_AT + 5_000 } } }])
      expect(await unread()).toEqual([0])
    })

    it("are nothing to record when there are none", async () => {
      await receive(message("M1", { fromMe: true }))
      await tell([{ type: "chat", chat: { chat: ANA_JID, chatAlt: null, isRead: true } }])
      expect(await learned()).toEqual([])
    })
  })

  it("lists a deleted chat again with its next message", async () => {
    await receive(message("M1"))
    await tell([{ type: "chat_deleted", chat: ANA_JID, chatAlt: null }])
    await tell([{ type: "chat_deleted", chat: ANA_JID, chatAlt: null }])
    expect(await chats()).toEqual([])
    await receive(message("M2", { sentAt: SENT_AT + 1_000 }))
    expect(await chats()).toMatchObject([{ key: ANA_JID, unread: 1, deletedAt: SENT_AT }])
    expect((await learned()).map(({ type }) => type)).toEqual(["chat.deleted"])
  })

  describe("a group", () => {
    const members = async () => (await roster(({ groups }) => groups.members(device.deviceNumber, [GROUP]))).get(GROUP)
    const whole = (...numbers: readonly string[]): RosterChange => ({
      type: "group",
      group: {
        group: GROUP,
        subject: "Family",
        members: numbers.map((number) => ({ lid: null, number, rank: "member" as const }))
      },
      author: null
    })

    it("has the members that were listed last; a list that says nothing new records nothing", async () => {
      await tell([whole(ANA, BEA)], "listed")
      await tell([whole(ANA, BEA)], "listed")
      expect(await members()).toMatchObject([{ number: ANA }, { number: BEA }])
      await tell([whole(BEA)], "listed")
      expect(await members()).toMatchObject([{ number: BEA }])
      expect((await learned()).map(({ data }) => data)).toMatchObject([
        { groups: [{ group: GROUP, subject: "Family", members: [{ number: ANA }, { number: BEA }] }] },
        { groups: [{ group: GROUP, members: [{ number: ANA, rank: null }] }] }
      ])
    })

    it("that is large is recorded in several events", async () => {
      const numbers = Array.from({ length: 1_000 }, (_, i) => `5193${String(i).padStart(7, "0")}`)
      await tell([whole(...numbers)], "listed")
      expect(await members()).toHaveLength(1_000)
      expect(await learned()).toHaveLength(6)
    })

    it("changes with its members", async () => {
      await tell([whole(ANA)], "listed")
      const by = { author: { lid: ANA_LID, number: ANA } }
      const bea = { lid: null, number: BEA }
      await tell([{ type: "members", group: GROUP, action: "add", ...by, members: [{ ...bea, rank: "member" }] }])
      await tell([{ type: "members", group: GROUP, action: "add", ...by, members: [{ ...bea, rank: "member" }] }])
      await tell([{ type: "members", group: GROUP, action: "promote", ...by, members: [{ ...bea, rank: "admin" }] }])
      expect(await members()).toMatchObject([{ number: ANA }, { number: BEA, rank: "admin" }])
      await tell([{ type: "members", group: GROUP, action: "remove", ...by, members: [{ ...bea, rank: null }] }])
      expect(await members()).toMatchObject([{ number: ANA }])
      expect((await learned()).map(({ type }) => type)).toEqual([
        "group.synced",
        "group.members_changed",
        "group.members_changed",
        "group.members_changed"
      ])
    })

    it("that the account is not listed in any more is one that it left", async () => {
      await tell([whole(ANA)], "listed")
      await tell([{ type: "groups", groups: [] }], "listed")
      const groups = await roster(({ groups: known }) => known.byIds(device.deviceNumber, [GROUP]))
      expect(groups.get(GROUP)?.isMember).toBe(false)
    })
  })

  it("knows who is blocked, by the list and by each change of it", async () => {
    const blocked = () => roster(({ contacts: known }) => known.blocked(device.deviceNumber))
    await tell(
      [
        {
          type: "blocked",
          people: [
            { lid: ANA_LID, number: null },
            { lid: null, number: BEA }
          ]
        }
      ],
      "listed"
    )
    expect([...(await blocked())].toSorted()).toEqual([`${BEA}@s.whatsapp.net`, ANA_LID])
    await tell([{ type: "contact", contact: { lid: null, number: BEA, blocked: false } }])
    expect(await blocked()).toEqual([ANA_LID])
    await tell([{ type: "blocked", people: [] }], "listed")
    expect(await blocked()).toEqual([])
  })

  it("records a call, its end, and neither twice", async () => {
    const call = { callId: "C1", from: { lid: ANA_LID, number: ANA }, at: SENT_AT }
    const rings: RosterChange = { type: "call", ...call, group: null, isVideo: false, offline: false }
    const over: RosterChange = { type: "call_over", ...call, outcome: "missed" }
    for (const change of [rings, rings, over, over]) await tell([change])
    expect((await learned()).map(({ type }) => type)).toEqual(["call.received", "call.ended"])
  })

  it("knows labels and what has them", async () => {
    const edited: RosterChange = { type: "label", label: "1", name: "New order", color: 2, deleted: false }
    const given = { type: "labelled" as const, label: "1", chat: ANA_JID, chatAlt: null, messageId: null }
    await tell([edited, { ...given, assigned: true }, edited, { ...given, assigned: true }])
    expect((await learned()).map(({ type }) => type)).toEqual(["label.edited", "label.assigned"])
    const labelled = () => roster(({ labels }) => labels.ofChats(device.deviceNumber, [ANA_JID]))
    expect((await labelled()).get(ANA_JID)).toEqual(["1"])
    await tell([{ ...given, assigned: false }])
    expect((await labelled()).get(ANA_JID)).toEqual([])
  })

  it("loses nothing when the gateway is killed between two parts of what was handed over", async () => {
    const part = (from: number) =>
      Array.from(
        { length: 300 },
        (_, i): RosterChange => ({
          type: "contact",
          contact: { lid: null, number: `5193${String(from + i).padStart(7, "0")}`, name: `Name ${from + i}` }
        })
      )
    await tell(part(0), "history")
    hear({ type: "roster", changes: part(300), told: "listed" })
    const killed = socket()
    devices = await devices.killAndStart()
    await until(() => socket() !== killed, "a socket of the next start")
    hear({ type: "opened" })
    await tell(part(300), "history")
    const all = await roster(({ contacts: known }) => known.list(device.deviceNumber, { after: "", limit: 1_000 }))
    expect(all).toHaveLength(600)
  })
})

describe("presence", () => {
  const watch = ({ forMs = 60_000, isNew = false } = {}) =>
    devices.ask(device, { type: "WatchPresence", chats: [{ chat: ANA_JID, chatAlt: ANA_LID }], forMs, isNew })

  it("is asked for once a connection while somebody watches, and on the next connection again", async () => {
    await watch()
    await watch()
    expect(socket().watched).toEqual([{ chat: ANA_JID, chatAlt: ANA_LID }])
    const first = socket()
    hear({ type: "closed", code: 428 })
    await until(() => socket() !== first, "the next connection")
    expect(socket().watched).toEqual([])
    hear({ type: "opened" })
    await until(() => socket().watched.length === 1, "the question on the next connection")
  })

  it("is asked for again when somebody else begins to watch: WhatsApp says then how it is", async () => {
    await watch({ isNew: true })
    await watch({ isNew: true })
    expect(socket().watched).toHaveLength(2)
  })

  it("is not asked for any more when the time is over", async () => {
    await watch({ forMs: 1 })
    const first = socket()
    await new Promise((resolve) => setTimeout(resolve, 20))
    hear({ type: "closed", code: 428 })
    await until(() => socket() !== first, "the next connection")
    hear({ type: "opened" })
    await devices.untilState(device, "CONNECTED")
    expect(socket().watched).toEqual([])
  })
})

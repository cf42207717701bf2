/** What contacts are shown of a client: presence, typing and read receipts. */
import { beforeAll, describe, expect, it } from "vitest"
import type { Contact } from "../../src/sandbox/people/contact.ts"
import { type BareClient, until } from "./support/bare-client.ts"
import { call } from "./support/control.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

let client: BareClient
let number: string
let contact: Contact
let other: Contact

beforeAll(async () => {
  ;({ client, number } = await sandbox.loggedIn())
  contact = sandbox.network.addContact(sandbox.newNumber())
  other = sandbox.network.addContact(sandbox.newNumber())
})

const statesSeenBy = ({ presences }: Contact) => presences.map(({ from, state }) => [from, state])

describe("presence of a client", () => {
  it("is shown to contacts that watch it, now and when it changes, and to no other", async () => {
    contact.watch(number)
    await client.sock.sendPresenceUpdate("unavailable")
    await client.sock.sendPresenceUpdate("available")
    await until(() => contact.presences.length === 3, "every change")
    expect(statesSeenBy(contact)).toEqual([
      [number, "available"],
      [number, "unavailable"],
      [number, "available"]
    ])
    expect(other.presences).toEqual([])
  })
})

describe("typing of a client", () => {
  it("is shown to the contact that it is for, addressed by number or by LID", async () => {
    for (const [state, jid] of [
      ["composing", other.jid],
      ["recording", other.lid],
      ["paused", other.jid]
    ] as const)
      await client.sock.sendPresenceUpdate(state, jid)
    await until(() => other.presences.length === 3, "typing")
    expect(statesSeenBy(other)).toEqual([
      [number, "composing"],
      [number, "recording"],
      [number, "paused"]
    ])
  })

  it("is shown to the other members of a group", async () => {
    const group = contact.createGroup("Group", [number, other.number])
    await client.sock.sendPresenceUpdate("composing", group)
    await until(() => other.presences.some((presence) => presence.group === group), "typing")
    expect(other.presences.at(-1)).toMatchObject({ from: number, state: "composing", group })
    await until(() => contact.presences.some((presence) => presence.group === group), "typing")
  })
})

describe("typing of a member", () => {
  it("is shown to a client in the group", async () => {
    const group = contact.createGroup("Group", [number])
    const seen: unknown[] = []
    client.sock.ev.on("presence.update", (update) => seen.push(update))
    contact.type(group, "composing")
    await until(() => seen.length === 1, "typing")
    expect(seen).toEqual([{ id: group, presences: { [contact.lid]: { lastKnownPresence: "composing" } } }])
  })

  it("of another group is not", async () => {
    const group = contact.createGroup("Group", [other.number])
    const before = client.messages.length
    const seen: unknown[] = []
    client.sock.ev.on("presence.update", (update) => seen.push(update))
    contact.type(group, "composing")
    await contact.send(number, { text: "after it" })
    await until(() => client.messages.length > before, "a later message")
    expect(seen).toEqual([])
  })
})

describe("read receipts of a client", () => {
  it("reach each author in a group, and one receipt serves several messages", async () => {
    const group = contact.createGroup("Group", [number, other.number])
    const ids = [
      await contact.send(group, { text: "one" }),
      await contact.send(group, { text: "two" }),
      await other.send(group, { text: "three" })
    ]
    await until(() => ids.every((id) => client.messages.some(({ key }) => key.id === id)), "the messages")
    await client.sock.readMessages(
      client.messages.filter(({ key }) => ids.includes(key.id ?? "")).map(({ key }) => key)
    )
    const readBy = (author: Contact) =>
      author.receipts.filter(({ id, type, from }) => type === "read" && from === number && ids.includes(id))
    await until(() => readBy(contact).length === 2 && readBy(other).length === 1, "the receipts")
    expect(readBy(contact).map(({ id }) => id)).toEqual(ids.slice(0, 2))
    expect(readBy(other).map(({ id }) => id)).toEqual(ids.slice(2))
  })
})

describe("the control API", () => {
  it("lets a contact watch a number, and lists what it was shown", async () => {
    const { controlUrl } = sandbox.network
    const watcher = sandbox.network.addContact(sandbox.newNumber())
    const at = `/contacts/${watcher.number}`
    await call(controlUrl, "POST", `${at}/watch`, { number })
    await client.sock.sendPresenceUpdate("composing", watcher.jid)
    await until(() => watcher.presences.length === 2, "typing")
    const listed = await call<unknown[]>(controlUrl, "GET", `${at}/presences`)
    expect(listed.body).toMatchObject([
      { from: number, state: "available" },
      { from: number, state: "composing" }
    ])
  })
})

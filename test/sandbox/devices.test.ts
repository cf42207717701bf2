/** Contacts with linked devices, what clients are told of accounts, what waited for them, and questions that stay without an answer. */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { Curve } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import { isIdentityOf, linkedIdentity } from "../../src/sandbox/login/adv.ts"
import { until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

const acksOf = (sock: { ws: { on(name: string, hear: (ack: BinaryNode) => void): unknown } }): BinaryNode[] => {
  const acks: BinaryNode[] = []
  sock.ws.on("CB:ack,class:message", (ack) => acks.push(ack))
  return acks
}

describe("a linked device of a contact", () => {
  it("gets what is encrypted for it, confirms it as nobody looks, and writes", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const linked = contact.linkDevice()
    const sent = await client.sock.sendMessage(contact.jid, { text: "hola" })
    await until(() => client.heard(sent?.key.id).includes("inactive"), "its receipt")
    expect(linked.inbox).toEqual([{ id: sent?.key.id, from: number, text: "hola" }])
    await linked.send(client.jid, "de la web")
    await until(() => client.received("de la web") !== undefined, "its message")
    await until(() => contact.inbox.some(({ text }) => text === "de la web"), "the copy on the phone")
  })

  it("is named in the ack of a message that leaves it out", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const acks = acksOf(client.sock)
    await client.sock.sendMessage(contact.jid, { text: "uno" })
    await until(() => acks.length === 1, "the first ack")
    contact.linkDevice({ announced: false })
    await client.sock.sendMessage(contact.jid, { text: "dos" })
    await until(() => acks.length === 2, "both acks")
    expect(acks.map(({ attrs }) => attrs["phash"])).toEqual([undefined, expect.stringMatching(/^2:.{6}$/)])
  })

  it("is signed for by its account", () => {
    const [phone, device, other] = [Curve.generateKeyPair(), Curve.generateKeyPair(), Curve.generateKeyPair()]
    const identity = linkedIdentity({ signedIdentityKey: phone, registrationId: 7 }, device, 1)
    expect([isIdentityOf(phone.public, identity), isIdentityOf(other.public, identity)]).toEqual([true, false])
  })

  it("gets a message again only when the stanza says that it is for one device", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const { id } = contact.linkDevice()
    const to = contact.jid.replace("@", `:${id}@`)
    const enc = { tag: "enc", attrs: { v: "2", type: "msg" }, content: Buffer.alloc(32) }
    await client.sock.sendNode({ tag: "message", attrs: { id: "A", to, type: "text" }, content: [enc] })
    await client.sock.sendNode({
      tag: "message",
      attrs: { id: "B", to, type: "text", device_fanout: "false" },
      content: [enc]
    })
    await until(() => client.acks.has("A") && client.acks.has("B"), "both acks")
    expect([client.acks.get("A"), client.acks.get("B")]).toEqual(["479", undefined])
  })
})

describe("an about text that changes", () => {
  it("is announced to clients that have written to the account", async () => {
    const { client, number } = await sandbox.loggedIn()
    const stranger = (await sandbox.loggedIn()).client
    const contact = sandbox.network.addContact(sandbox.newNumber(), { name: "Beto" })
    await client.sock.sendMessage(contact.jid, { text: "hola" })
    contact.setAbout("de vacaciones")
    const told = () => client.notifications.find(({ attrs }) => attrs["type"] === "status")
    await until(() => told() !== undefined, "the notification")
    const content = told()?.content as BinaryNode[]
    expect(told()?.attrs).toMatchObject({ notify: "Beto" })
    expect([content[0]?.tag, Buffer.from(content[0]?.content as Uint8Array).toString()]).toEqual([
      "set",
      "de vacaciones"
    ])
    await until(() => sandbox.network.phone(number).companions[0]?.waiting === 0, "its ack")
    expect(stranger.notifications.filter(({ attrs }) => attrs["type"] === "status")).toEqual([])
  })
})

describe("what waited for a client", () => {
  it("comes as far as the client asks for it: Baileys, which asks once, gets 105 stanzas", async () => {
    const { client, number } = await sandbox.loggedIn()
    await client.close()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    for (let i = 0; i < 120; i++) await contact.send(number, { text: `m ${i}` })
    const waiting = sandbox.network.phone(number).companions[0]?.waiting ?? 0
    await client.open()
    const left = () => sandbox.network.phone(number).companions[0]?.waiting
    await until(() => left() === waiting - 105, "the first 105")
    await contact.send(number, { text: "nuevo" })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect([left(), client.received("nuevo")]).toEqual([waiting - 105 + 1, undefined])
    const batch = { tag: "offline_batch", attrs: { count: "100" } }
    await client.sock.sendNode({ tag: "ib", attrs: {}, content: [batch] })
    await until(() => left() === 0 && client.received("nuevo") !== undefined, "the rest, and what is new")
  })
})

describe("a query that WhatsApp refuses or leaves without an answer", () => {
  it("is of one namespace; others are answered", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "iq_error", xmlns: "usync", code: 429, number })
    await expect(client.sock.onWhatsApp(contact.number)).rejects.toMatchObject({ data: 429, message: "rate-overlimit" })
    expect(await client.sock.onWhatsApp(contact.number)).toMatchObject([{ exists: true }])
    sandbox.network.fault({ kind: "iq_error", xmlns: "w:m", number, times: 2 })
    expect(await client.sock.onWhatsApp(contact.number)).toMatchObject([{ exists: true }])
    const query = { tag: "iq", attrs: { to: "s.whatsapp.net", type: "set", xmlns: "w:m" } }
    const asked = client.sock.query({ ...query, content: [{ tag: "media_conn", attrs: {} }] }, 300)
    await expect(asked).rejects.toMatchObject({ message: "Timed Out" })
    sandbox.network.clearFaults()
  })
})

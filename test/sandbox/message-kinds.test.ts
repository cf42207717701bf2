/** Kinds of messages beyond texts and files: what Baileys itself makes of them proves that they are encrypted as phones do it. */
import { createHash } from "node:crypto"
import { decryptEventResponse, decryptPollVote, proto } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import { until } from "./support/bare-client.ts"
import { call } from "./support/control.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

const hashOf = (option: string) => createHash("sha256").update(option).digest("hex")

describe("a poll", () => {
  it("gets votes that Baileys decrypts with the poll's secret", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const poll = await contact.send(number, { poll: { name: "Chicken or pasta?", options: ["Chicken", "Pasta"] } })
    const id = await contact.send(number, { vote: poll, options: ["Pasta"] })
    await until(() => client.messages.some(({ key }) => key.id === id), "the vote")
    const secret = client.messages.find(({ key }) => key.id === poll)?.message?.messageContextInfo?.messageSecret
    const vote = client.messages.find(({ key }) => key.id === id)?.message?.pollUpdateMessage?.vote
    const { selectedOptions } = decryptPollVote(vote ?? {}, {
      pollCreatorJid: contact.jid,
      pollMsgId: poll,
      pollEncKey: secret ?? new Uint8Array(),
      voterJid: contact.jid
    })
    expect(selectedOptions?.map((option) => Buffer.from(option).toString("hex"))).toEqual([hashOf("Pasta")])
  })
})

describe("an event", () => {
  it("gets answers that Baileys decrypts with the event's secret", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const event = await contact.send(number, { event: { name: "Meeting" } })
    const id = await contact.send(number, { answer: "notGoing", event, extraGuests: 1 })
    await until(() => client.messages.some(({ key }) => key.id === id), "the answer")
    const secret = client.messages.find(({ key }) => key.id === event)?.message?.messageContextInfo?.messageSecret
    const answer = client.messages.find(({ key }) => key.id === id)?.message?.encEventResponseMessage
    const response = decryptEventResponse(answer ?? {}, {
      eventCreatorJid: contact.jid,
      eventMsgId: event,
      eventEncKey: secret ?? new Uint8Array(),
      responderJid: contact.jid
    })
    expect(response).toMatchObject({ response: 2, extraGuestCount: 1 })
  })
})

describe("an edit", () => {
  it("can be sealed with the secret of the message", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const text = await contact.send(number, { text: "draft" })
    const id = await contact.send(number, { text: "final", edit: text, sealed: true })
    await until(() => client.messages.some(({ key }) => key.id === id), "the edit")
    const sealed = client.messages.find(({ key }) => key.id === id)?.message?.secretEncryptedMessage
    expect(sealed?.targetMessageKey?.id).toBe(text)
    expect(JSON.stringify(sealed)).not.toContain("final")
  })
})

describe("a deletion by an administrator of a group", () => {
  it("names the author of the message, and is marked as such for the server", async () => {
    const { client, number } = await sandbox.loggedIn()
    const admin = sandbox.network.addContact(sandbox.newNumber())
    const member = sandbox.network.addContact(sandbox.newNumber())
    const group = admin.createGroup("Group", [number, member.number])
    const text = await member.send(group, { text: "off topic" })
    await until(() => admin.inbox.some(({ id }) => id === text), "the text")
    const id = await admin.send(group, { revoke: text })
    await until(() => client.messages.some(({ key }) => key.id === id), "the deletion")
    const protocol = client.messages.find(({ key }) => key.id === id)?.message?.protocolMessage
    expect(protocol?.key).toMatchObject({ id: text, fromMe: false, participant: member.lid })
  })
})

describe("any message", () => {
  it("can be sent as the JSON of WhatsApp's Message, also over the control API", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const body = {
      to: number,
      proto: {
        pinInChatMessage: { key: { id: "A" }, type: "PIN_FOR_ALL", senderTimestampMs: "1790000000000" },
        messageContextInfo: { messageSecret: Buffer.alloc(32, 1).toString("base64") }
      }
    }
    const path = `/contacts/${contact.number}/messages`
    const answer = await call<{ id: string }>(sandbox.network.controlUrl, "POST", path, body)
    expect(answer.status).toBe(200)
    const { id } = answer.body
    await until(() => client.messages.some(({ key }) => key.id === id), "the pin")
    const message = client.messages.find(({ key }) => key.id === id)?.message
    expect(message?.pinInChatMessage?.type).toBe(proto.Message.PinInChatMessage.Type.PIN_FOR_ALL)
    expect(Buffer.from(message?.messageContextInfo?.messageSecret ?? [])).toEqual(Buffer.alloc(32, 1))
  })

  it.each([
    [{ poll: { name: "?", options: ["a", "b"], selectable: 2 } }, "pollCreationMessage"],
    [{ event: { name: "Meeting", startsAt: 1_900_000_000, description: "here" } }, "eventMessage"],
    [{ text: "only the phone", withheld: "view_once" }, undefined]
  ])("of the kinds that the control API names: %j", async (content, field) => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const path = `/contacts/${contact.number}/messages`
    const { body } = await call<{ id: string }>(sandbox.network.controlUrl, "POST", path, { to: number, ...content })
    await until(() => client.messages.some(({ key }) => key.id === body.id), "the message")
    const message = client.messages.find(({ key }) => key.id === body.id)?.message
    if (field === undefined) expect(message).toBeUndefined()
    else expect(message).toHaveProperty(field)
    await until(() => sandbox.network.phone(number).inbox.some(({ id }) => id === body.id), "the phone's copy")
  })

  it.each([
    [{ proto: "text" }, "must be a JSON object"],
    [{ proto: { pinInChatMessage: 5 } }, '"proto" is not a message of WhatsApp'],
    [{ vote: "nothing", options: [] }, "has no message nothing"],
    [{ answer: "perhaps", event: "x" }, "must be one of going, notGoing, maybe"]
  ])("is refused where it is none: %j", async (content, error) => {
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const path = `/contacts/${contact.number}/messages`
    const answer = await call(sandbox.network.controlUrl, "POST", path, { to: contact.number, ...content })
    expect(answer).toEqual({ status: 400, body: { error: expect.stringContaining(error) } })
  })
})

describe("a message to oneself", () => {
  it("reaches each other device of the account once", async () => {
    const { client, number } = await sandbox.loggedIn()
    const sent = await client.sock.sendMessage(client.jid, { text: "note" })
    const phone = sandbox.network.phone(number)
    await until(() => phone.inbox.some(({ id }) => id === sent?.key.id), "the phone's copy")
    expect(sandbox.network.stats().duplicatesReceived).toBe(0)
  })
})

describe("receipts of a group for a client that is not connected", () => {
  it("wait as one", async () => {
    const { client, number } = await sandbox.loggedIn()
    const members = [1, 2].map(() => sandbox.network.addContact(sandbox.newNumber()))
    const group = members[0]?.createGroup("Group", [number, members[1]?.number ?? ""]) ?? ""
    for (const member of members) member.setOnline(false)
    const sent = await client.sock.sendMessage(group, { text: "notice" })
    await until(() => client.acks.has(sent?.key.id ?? ""), "the ack")
    await client.close()
    for (const member of members) member.setOnline(true)
    await until(() => members.every(({ inbox }) => inbox.length === 1), "the message")
    expect(sandbox.network.phone(number).companions[0]?.waiting).toBe(1)
  })
})

/** Messages, receipts, presence, calls, statuses and app state between clients, phones and contacts. */
import { proto } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import { textOf, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()
const { DELIVERY_ACK, READ, PLAYED } = proto.WebMessageInfo.Status

describe("a text of a client", () => {
  it("is acked by the server, then delivered, then read, in that order", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber(), { behaviour: "reads" })
    const sent = await client.sock.sendMessage(contact.jid, { text: "hello" })
    await until(() => client.status(sent?.key.id) === READ, "read")
    // The own phone sends the `sender` receipt. When it arrives is not fixed.
    expect(client.heard(sent?.key.id).filter((heard) => heard !== "sender")).toEqual(["ack", "delivery", "read"])
    expect(contact.inbox).toMatchObject([{ id: sent?.key.id, type: "text", text: "hello" }])
  })

  it("reaches a contact once, whether it is addressed by number or by LID", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await client.sock.sendMessage(contact.jid, { text: "by number" })
    await client.sock.sendMessage(contact.lid, { text: "by LID" })
    await until(() => contact.inbox.length === 2, "both")
    expect(contact.inbox.map(({ from, chat, text }) => ({ from, chat, text }))).toEqual([
      { from: number, chat: client.jid, text: "by number" },
      { from: number, chat: sandbox.network.phone(number).lid, text: "by LID" }
    ])
  })

  it("to a number without an account is acked and not delivered", async () => {
    const { client } = await sandbox.loggedIn()
    expect(await client.sock.onWhatsApp("5491100009999")).toEqual([])
    const sent = await client.sock.sendMessage("5491100009999@s.whatsapp.net", { text: "anybody?" })
    await until(() => client.acks.has(sent?.key.id ?? ""), "ack")
  })

  it("can be edited, reacted to, replied to and revoked", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const sent = await client.sock.sendMessage(contact.jid, { text: "one" })
    if (sent === undefined) throw new Error("not sent")
    // Copied, because Baileys changes the object that it returned.
    const key = { ...sent.key }
    const quoted = { key, message: { ...sent.message } }
    await client.sock.sendMessage(contact.jid, { text: "two", edit: key })
    await client.sock.sendMessage(contact.jid, { react: { text: "👍", key } })
    await client.sock.sendMessage(contact.jid, { text: "about it" }, { quoted })
    await client.sock.sendMessage(contact.jid, { delete: key })
    await until(() => contact.inbox.length === 5, "all five")
    expect(contact.inbox.map(({ type, text, target }) => [type, text, target])).toEqual([
      ["text", "one", undefined],
      ["edit", "two", key.id],
      ["reaction", "👍", key.id],
      ["text", "about it", key.id],
      ["revoke", undefined, key.id]
    ])
  })
})

describe("a text of a contact", () => {
  it("reaches the client with the contact's name and both of its jids, and the contact gets a receipt", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber(), { name: "Berta" })
    const id = await contact.send(number, { text: "good morning" })
    await until(() => client.received("good morning"), "the text")
    expect(client.received("good morning")).toMatchObject({
      key: { id, fromMe: false, remoteJid: contact.jid, remoteJidAlt: contact.lid, addressingMode: "pn" },
      pushName: "Berta",
      upsert: "notify"
    })
    await until(() => contact.receipts.length >= 2, "receipts")
    expect(contact.receipts.filter((receipt) => receipt.id === id && receipt.from === number).length).toBeGreaterThan(0)
  })

  it("comes from the LID when the contact addresses by LID", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    contact.setAddressing("lid")
    await contact.send(number, { text: "by LID" })
    await until(() => client.received("by LID"), "the text")
    expect(client.received("by LID")?.key).toMatchObject({
      remoteJid: contact.lid,
      remoteJidAlt: contact.jid,
      addressingMode: "lid"
    })
    const answer = await client.sock.sendMessage(contact.lid, { text: "answered" })
    await until(() => contact.inbox.some(({ id }) => id === answer?.key.id), "the answer")
  })

  it("can be read by the client, and the contact gets the read receipt", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const id = await contact.send(number, { text: "read me" })
    await until(() => client.received("read me"), "the text")
    await client.sock.readMessages([client.received("read me")?.key ?? {}])
    await until(() => contact.receipts.some((receipt) => receipt.id === id && receipt.type === "read"), "read")
  })

  it("can be edited, revoked, reacted to and replied to", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const id = await contact.send(number, { text: "draft" })
    await contact.send(number, { text: "final", edit: id })
    await contact.send(number, { react: "🎉", target: id })
    await contact.send(number, { text: "about the draft", quote: id })
    await contact.send(number, { revoke: id })
    await until(() => client.updates.some(({ key, update }) => key.id === id && update.message === null), "revoke")
    const edit = client.updates.find(({ key, update }) => key.id === id && update.message?.editedMessage)
    expect(edit?.update.message?.editedMessage?.message?.conversation).toBe("final")
    const reaction = client.messages.find(({ message }) => message?.reactionMessage)
    expect(reaction?.message?.reactionMessage).toMatchObject({ text: "🎉", key: { id } })
    const reply = client.received("about the draft")
    expect(reply?.message?.extendedTextMessage?.contextInfo).toMatchObject({
      stanzaId: id,
      quotedMessage: { conversation: "draft" }
    })
  })
})

describe("a message for a client that is not connected", () => {
  it("arrives at the next login, in order, as append", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await contact.send(number, { text: "before" })
    await until(() => client.received("before"), "the first text")
    await client.close()
    for (const text of ["one", "two", "three"]) await contact.send(number, { text })
    await client.open()
    await until(() => client.received("three"), "what waited")
    const waited = client.messages.filter(({ upsert, key }) => upsert === "append" && key.fromMe === false)
    expect(waited.map((message) => textOf(message))).toEqual(["one", "two", "three"])
    await until(() => sandbox.network.phone(number).companions[0]?.waiting === 0, "an empty queue")
  })

  it("arrives again until the client has acknowledged it", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "freeze", number })
    await contact.send(number, { text: "into the void" })
    sandbox.network.fault({ kind: "terminate", number })
    await until(() => client.closes.length > 0, "the end of the socket")
    expect(client.received("into the void")).toBeUndefined()
    await client.open()
    await until(() => client.received("into the void"), "the text")
  })
})

describe("a message whose ack is lost with the socket", () => {
  it("arrives again; its key is used up, so Baileys sends a retry receipt and raises the resend", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    // After it received an answer the contact sends no pkmsg any more. For a pkmsg whose key is used up Baileys sends no
    // retry receipt: it answers with error 487, and the message is lost.
    await client.sock.sendMessage(contact.jid, { text: "hello" })
    await until(() => contact.inbox.length === 1, "the first text")
    client.sock.ws.once("CB:message", () => sandbox.network.fault({ kind: "terminate", number }))
    const id = await contact.send(number, { text: "again" })
    await until(() => client.closes.length > 0, "the end of the socket")
    await client.open()
    await until(() => contact.receipts.some((receipt) => receipt.id === id && receipt.type === "retry"), "the retry")
    // Whether Baileys also raised the first copy depends on its event buffer.
    await until(() => client.received("again"), "the resend")
  })
})

describe("the phone of the account", () => {
  it("sends a message, which its companions get as an own message", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const id = await sandbox.network.phone(number).send(contact.number, { text: "from the phone" })
    await until(() => client.messages.some(({ key }) => key.id === id), "the copy")
    expect(client.messages.find(({ key }) => key.id === id)?.key).toMatchObject({
      fromMe: true,
      remoteJid: contact.jid
    })
    await until(() => contact.inbox.length === 1, "the message")
  })

  it("gets what its companions sent, and confirms it to them", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await client.sock.sendMessage(contact.jid, { text: "from the companion" })
    await until(() => sandbox.network.phone(number).inbox.length === 1, "the copy")
    expect(sandbox.network.phone(number).inbox).toMatchObject([
      { fromMe: true, chat: contact.jid, text: "from the companion" }
    ])
  })

  it("sends no receipts while it is switched off, and all of them when it is switched on", async () => {
    const { client, number } = await sandbox.loggedIn({ markOnlineOnConnect: false })
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const phone = sandbox.network.phone(number)
    phone.setOnline(false)
    const id = await contact.send(number, { text: "are you there?" })
    await until(() => client.received("are you there?"), "the companion's copy")
    await until(() => contact.receipts.length > 0, "the companion's receipt")
    expect(contact.receipts.map(({ type }) => type)).toEqual(["inactive"])
    phone.setOnline(true)
    await until(() => contact.receipts.some((receipt) => receipt.id === id && receipt.type === "delivery"), "delivery")
  })

  it("reads a message, and its companions get the receipt", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const id = await contact.send(number, { text: "read on the phone" })
    const phone = sandbox.network.phone(number)
    await until(() => phone.inbox.length === 1 && client.received("read on the phone"), "the text")
    phone.read(id)
    await until(() => client.status(id) === READ, "read")
    await until(() => contact.receipts.some(({ type }) => type === "read"), "the receipt")
  })
})

describe("two companions of one phone", () => {
  it("each get what the other sends", async () => {
    const { client: first, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await first.sock.sendMessage(contact.jid, { text: "before the second" })
    const second = await sandbox.client().pair((qr) => sandbox.network.phone(number).scanQr(qr))
    await second.settled()
    await until(
      () => first.notifications.some(({ attrs }) => attrs["type"] === "devices"),
      "the notification of the second"
    )
    const sent = await first.sock.sendMessage(contact.jid, { text: "from the first" })
    await until(() => second.messages.some(({ key }) => key.id === sent?.key.id), "the copy")
    expect(second.messages.find(({ key }) => key.id === sent?.key.id)?.key).toMatchObject({
      fromMe: true,
      remoteJid: contact.jid
    })
  })
})

describe("a contact that", () => {
  it("is silent confirms delivery and does nothing more", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber(), { behaviour: "silent" })
    const sent = await client.sock.sendMessage(contact.jid, { text: "psst" })
    await until(() => client.status(sent?.key.id) === DELIVERY_ACK, "delivered")
  })

  it("reads also plays a voice note", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber(), { behaviour: "reads" })
    const voice = { audio: Buffer.from("OggS not really"), mimetype: "audio/ogg; codecs=opus", ptt: true, seconds: 1 }
    const sent = await client.sock.sendMessage(contact.jid, voice)
    await until(() => client.status(sent?.key.id) === PLAYED, "played")
  })

  it("echoes answers with the same text", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber(), { behaviour: "echo" })
    await client.sock.sendMessage(contact.jid, { text: "is anybody there?" })
    await until(() => client.received("is anybody there?"), "the echo")
  })

  it("blocks gets no message: the server acks it and drops it", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.phone(number).setOnline(false)
    const contact = sandbox.network.addContact(sandbox.newNumber(), { behaviour: "blocks" })
    const sent = await client.sock.sendMessage(contact.jid, { text: "let me in" })
    await until(() => client.acks.has(sent?.key.id ?? ""), "ack")
    contact.setBehaviour("silent")
    const second = await client.sock.sendMessage(contact.jid, { text: "and now?" })
    await until(() => contact.inbox.length > 0, "the second")
    expect(contact.inbox.map(({ id }) => id)).toEqual([second?.key.id])
    expect(client.heard(sent?.key.id)).toEqual(["ack"])
  })

  it("is restricted refuses a first message with 463, and accepts one after it has written to the client", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    contact.setRestricted(true)
    const refused = await client.sock.sendMessage(contact.jid, { text: "do we know each other?" })
    await until(() => client.acks.get(refused?.key.id ?? "") === "463", "463")
    await contact.send(number, { text: "now we do" })
    await until(() => client.notifications.some(({ attrs }) => attrs["type"] === "privacy_token"), "the token")
    await client.sock.sendMessage(contact.jid, { text: "good" })
    await until(() => contact.inbox.length === 1, "the message")
    expect(contact.inbox[0]?.text).toBe("good")
  })

  it("gets no first message from an account that is locked, only from its phone and from those that it has written to", async () => {
    const { client, number } = await sandbox.loggedIn()
    const [stranger, friend] = [sandbox.newNumber(), sandbox.newNumber()].map((each) =>
      sandbox.network.addContact(each)
    )
    await friend?.send(number, { text: "hi" })
    await until(() => client.received("hi"), "the friend's message")
    const phone = sandbox.network.phone(number)
    phone.setStanding({ timelock: { type: "BIZ_QUALITY", endsAt: Math.floor(Date.now() / 1_000) + 60 } })
    const refused = await client.sock.sendMessage(stranger?.jid ?? "", { text: "do we know each other?" })
    await until(() => client.acks.get(refused?.key.id ?? "") === "463", "463")
    await client.sock.sendMessage(friend?.jid ?? "", { text: "hi yourself" })
    await phone.send(stranger?.number ?? "", { text: "from the phone" })
    await until(() => stranger?.inbox.length === 1 && friend?.inbox.length === 1, "both messages")
    phone.setStanding({ timelock: { type: "BIZ_QUALITY", endsAt: Math.floor(Date.now() / 1_000) - 1 } })
    await client.sock.sendMessage(stranger?.jid ?? "", { text: "at last" })
    await until(() => stranger?.inbox.length === 2, "the message after the lock")
  })

  it("is blocked by the client cannot send to it", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await contact.send(number, { text: "one" })
    await until(() => client.received("one"), "the first")
    await client.sock.updateBlockStatus(contact.lid, "block")
    expect(await client.sock.fetchBlocklist()).toEqual([contact.lid])
    await contact.send(number, { text: "two" })
    await client.sock.updateBlockStatus(contact.lid, "unblock")
    await contact.send(number, { text: "three" })
    await until(() => client.received("three"), "the third")
    expect(client.received("two")).toBeUndefined()
  })
})

describe("presence", () => {
  it("is sent to a client that subscribes, at once and when it changes", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const seen: unknown[] = []
    client.sock.ev.on("presence.update", ({ presences }) => seen.push(presences[contact.jid]?.lastKnownPresence))
    await client.sock.presenceSubscribe(contact.jid)
    await until(() => seen.length === 1, "the first state")
    contact.setAvailable(true)
    await until(() => seen.length === 2, "online")
    contact.setAvailable(false)
    await until(() => seen.length === 3, "offline")
    expect(seen).toEqual(["unavailable", "available", "unavailable"])
  })

  it("shows that a contact is typing or recording", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const seen: unknown[] = []
    client.sock.ev.on("presence.update", ({ presences }) => seen.push(presences[contact.jid]?.lastKnownPresence))
    contact.type(number, "composing")
    contact.type(number, "recording")
    contact.type(number, "paused")
    await until(() => seen.length === 3, "typing")
    expect(seen).toEqual(["composing", "recording", "available"])
  })
})

describe("a call", () => {
  it("rings at the client, which can decline it", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const seen: { status: string; id: string; from: string }[] = []
    client.sock.ev.on("call", (calls) => seen.push(...calls))
    const call = contact.call(number, { video: true })
    await until(() => seen.length === 1, "ringing")
    expect(seen[0]).toMatchObject({ id: call.id, from: contact.lid, status: "offer", isVideo: true })
    expect(call.declined).toBe(false)
    await client.sock.rejectCall(call.id, contact.lid)
    expect(call.declined).toBe(true)
    call.end()
    await until(() => seen.length === 2, "the end")
    expect(seen[1]?.status).toBe("terminate")
  })
})

describe("a contact with another LID", () => {
  it("gets messages under the old one, and their senders are told that it is stale", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const old = contact.lid
    const marks: (string | undefined)[] = []
    client.sock.ws.on("CB:ack,class:message", ({ attrs }) => marks.push(attrs.refresh_lid))
    await client.sock.sendMessage(old, { text: "one" })
    await until(() => marks.length === 1, "the first ack")
    expect(contact.changeLid()).not.toBe(old)
    await client.sock.sendMessage(old, { text: "two" })
    await client.sock.sendMessage(contact.lid, { text: "three" })
    await until(() => contact.inbox.length === 3 && marks.length === 3, "all messages")
    expect(marks).toEqual([undefined, "true", undefined])
  })
})

describe("a status", () => {
  it("of a contact reaches clients, and one of a client reaches the contacts that it names", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await contact.send("status@broadcast", { text: "at the beach" })
    await until(() => client.received("at the beach"), "the contact's status")
    expect(client.received("at the beach")?.key).toMatchObject({ remoteJid: "status@broadcast" })
    await client.sock.sendMessage("status@broadcast", { text: "at work" }, { statusJidList: [contact.jid] })
    await until(
      () => contact.inbox.some(({ text, group }) => text === "at work" && group === "status@broadcast"),
      "the client's status"
    )
  })

  it("that a client refuses comes first at its next login, and holds back the others until it is confirmed", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await contact.send(number, { text: "hello" })
    await until(() => client.received("hello"), "the first message")
    sandbox.network.fault({ kind: "tamper", number })
    const id = await contact.send("status@broadcast", { text: "unreadable" })
    const isRefused = () => client.messages.some((message) => message.key.id === id)
    await until(isRefused, "the status")
    await client.close()
    await contact.send(number, { text: "behind" })
    const before = client.messages.length
    client.onSocket = (sock) => {
      sock.ws.removeAllListeners("CB:message")
      sock.ws.on("CB:message", (stanza) => void first.push(stanza.attrs.id))
    }
    const first: string[] = []
    await client.open()
    expect(first).toEqual([id])
    const [status] = [{ tag: "ack", attrs: { class: "message", id, to: "status@broadcast" } }]
    await client.sock.sendNode(status)
    await until(() => first.length === 2, "what waited behind it")
    expect(client.messages).toHaveLength(before)
    client.onSocket = undefined
  })
})

describe("app state", () => {
  it("changed by one companion reaches the other", async () => {
    const { client: first, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const second = await sandbox.client().pair((qr) => sandbox.network.phone(number).scanQr(qr))
    const muted: unknown[] = []
    second.sock.ev.on("chats.update", (chats) =>
      muted.push(...chats.filter(({ muteEndTime }) => muteEndTime).map(({ id }) => id))
    )
    await until(() => first.auth.creds.myAppStateKeyId && second.auth.creds.accountSyncCounter === 1, "keys")
    await first.sock.chatModify({ mute: 8_000_000_000_000 }, contact.jid)
    await until(() => muted.includes(contact.jid), "the muted chat")
  })
})

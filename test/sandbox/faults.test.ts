import { DisconnectReason, proto } from "@whiskeysockets/baileys"
import { afterEach, describe, expect, it } from "vitest"
import type { Fault } from "../../src/sandbox/faults/fault.ts"
import { textOf, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork({}, { expectSecondSockets: true })
const { ERROR } = proto.WebMessageInfo.Status

type Aimed<T> = T extends unknown ? Omit<T, "number"> : never

/** The codes with which a client's sockets close after a fault has struck it. */
async function codesAfter(fault: Aimed<Fault>): Promise<number[]> {
  const { client, number } = await sandbox.loggedIn()
  sandbox.network.fault({ ...fault, number })
  await until(() => client.closes.length > 0, "the end of the socket")
  return client.closes
}

describe("a fault of the socket gives Baileys' DisconnectReason", () => {
  it.each<[string, Aimed<Fault>, DisconnectReason | number]>([
    ["stream 515", { kind: "stream", code: 515 }, DisconnectReason.restartRequired],
    ["stream 503", { kind: "stream", code: 503 }, DisconnectReason.unavailableService],
    ["stream 500", { kind: "stream", code: 500 }, DisconnectReason.badSession],
    ["stream without a code", { kind: "stream" }, DisconnectReason.badSession],
    ["replaced", { kind: "replaced" }, DisconnectReason.connectionReplaced],
    ["logged_out", { kind: "logged_out" }, DisconnectReason.loggedOut],
    ["failure 401", { kind: "failure", code: 401 }, DisconnectReason.loggedOut],
    ["failure 402", { kind: "failure", code: 402 }, 402],
    ["failure 403", { kind: "failure", code: 403 }, DisconnectReason.forbidden],
    ["failure 405", { kind: "failure", code: 405 }, 405],
    ["failure 503", { kind: "failure", code: 503 }, DisconnectReason.unavailableService],
    ["downgrade", { kind: "downgrade" }, DisconnectReason.multideviceMismatch],
    ["stream_end", { kind: "stream_end" }, DisconnectReason.connectionClosed],
    ["close", { kind: "close" }, DisconnectReason.connectionClosed],
    ["terminate", { kind: "terminate" }, DisconnectReason.connectionClosed]
  ])("%s", async (_name, fault, code) => {
    expect(await codesAfter(fault)).toEqual([code])
  })

  it("a second login with the same credentials ends the first with 440, and is counted", async () => {
    const { client, number } = await sandbox.loggedIn()
    const first = client.closes
    await client.open()
    await until(() => first.length > 0, "the end of the first socket")
    expect(first).toEqual([DisconnectReason.connectionReplaced])
    expect(sandbox.network.stats().socketsAtOnce).toBe(2)
    expect(sandbox.network.phone(number).companions).toMatchObject([{ connected: true }])
  })
})

describe.concurrent("a server that falls silent", () => {
  it("mute: the client gives up with 408 about six seconds after its last keep-alive", async () => {
    const { client, number } = await sandbox.loggedIn({ keepAliveIntervalMs: 500 })
    sandbox.network.fault({ kind: "mute", number })
    await until(() => client.closes.length > 0, "the end of the socket")
    expect(client.closes).toEqual([DisconnectReason.timedOut])
  })

  it("freeze: it gives up as well, but Baileys waits for the WebSocket to close, 30 s or until the server wakes", async () => {
    const { client, number } = await sandbox.loggedIn({ keepAliveIntervalMs: 500 })
    sandbox.network.fault({ kind: "freeze", number, forMs: 7000 })
    await until(() => client.closes.length > 0, "the end of the socket")
    expect(client.closes).toEqual([DisconnectReason.timedOut])
  })

  it("mute, and then an end that has a reason: the reason is heard", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.fault({ kind: "mute", number })
    sandbox.network.fault({ kind: "failure", code: 403, number })
    await until(() => client.closes.length > 0, "the end of the socket")
    expect(client.closes).toEqual([DisconnectReason.forbidden])
  })

  it("mute for a moment: the client stays, and gets what was held back", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "mute", number, forMs: 300 })
    await contact.send(number, { text: "held back" })
    expect(client.received("held back")).toBeUndefined()
    await until(() => client.received("held back"), "the text")
    expect(client.closes).toEqual([])
  })
})

describe("how long a fault lasts", () => {
  afterEach(() => sandbox.network.clearFaults())

  it("one that finds no socket waits for the next login, and strikes once", async () => {
    const { client, number } = await sandbox.loggedIn()
    await client.close()
    await until(() => sandbox.network.phone(number).companions[0]?.connected === false, "the end of the socket")
    sandbox.network.fault({ kind: "failure", code: 405, number })
    await expect(client.open()).rejects.toThrow("closed with 405")
    await client.open()
  })

  it("one with a time strikes every login until it is over", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.fault({ kind: "failure", code: 503, number, forMs: 400 })
    await until(() => client.closes.length === 1, "the end of the socket")
    await expect(client.open()).rejects.toThrow("closed with 503")
    await until(async () => client.open().then(Boolean, () => false), "the login after the fault")
  })

  it("one until cleared strikes until it is cleared", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.fault({ kind: "failure", code: 403, number, untilCleared: true })
    await expect(client.open()).rejects.toThrow("closed with 403")
    await expect(client.open()).rejects.toThrow("closed with 403")
    sandbox.network.clearFaults()
    await client.open()
  })

  it("one without a number strikes clients that wait to be paired as well", async () => {
    const client = sandbox.client()
    client.connect()
    await until(() => client.qr, "qr")
    sandbox.network.fault({ kind: "failure", code: 405 })
    await until(() => client.closes.length > 0, "the end of the socket")
    sandbox.network.fault({ kind: "failure", code: 405, untilCleared: true })
    client.connect()
    await until(() => client.closes.length > 1, "the end of the next")
    expect(client.closes).toEqual([405, 405])
  })

  it("one that aims at a number leaves the others alone", async () => {
    const [{ client, number }, { client: other }] = [await sandbox.loggedIn(), await sandbox.loggedIn()]
    sandbox.network.fault({ kind: "terminate", number })
    await until(() => client.closes.length > 0, "the end of the socket")
    expect(other.closes).toEqual([])
  })

  it("one that is logged out stays so", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.fault({ kind: "logged_out", number })
    await until(() => client.closes.length > 0, "the end of the socket")
    sandbox.network.clearFaults()
    await expect(client.open()).rejects.toThrow("closed with 401")
    expect(sandbox.network.phone(number).companions).toEqual([])
  })
})

describe("at the door", () => {
  afterEach(() => sandbox.network.clearFaults())

  it.each([503, 429])("an upgrade answered %i raises nothing in Baileys, and is over when cleared", async (code) => {
    const { client } = await sandbox.loggedIn()
    await client.close()
    const before = client.closes.length
    sandbox.network.fault({ kind: "upgrade", code })
    const refused = new Promise((resolve) => {
      client.onSocket = ({ ws }) =>
        ws.on("unexpected-response", (_request: unknown, { statusCode }: { statusCode: number }) => resolve(statusCode))
    })
    client.connect()
    expect(await refused).toBe(code)
    expect(client.closes.length).toBe(before)
    sandbox.network.clearFaults()
    await client.open()
  })
})

describe("an ack error", () => {
  it.each([463, 479, 500])("%i turns the message into an error that reaches nobody", async (code) => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "ack_error", code, number })
    const refused = await client.sock.sendMessage(contact.jid, { text: "refused" })
    await until(() => client.status(refused?.key.id) === ERROR, "error")
    expect(client.heard(refused?.key.id)).toEqual([`ack ${code}`])
    await client.sock.sendMessage(contact.jid, { text: "accepted" })
    await until(() => contact.inbox.length === 1, "the next message")
    expect(contact.inbox[0]?.text).toBe("accepted")
  })
})

describe("a message on its way", () => {
  it("that is tampered with is asked for again by the client, and sent again by the contact", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "tamper", number })
    const id = await contact.send(number, { text: "read this" })
    await until(() => client.received("read this"), "the resend")
    expect(client.received("read this")?.key.id).toBe(id)
    expect(contact.receipts.some(({ type }) => type === "retry")).toBe(true)
  })

  it("that is tampered with is asked for again by the contact, and sent again by the client", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "tamper", number: contact.number })
    const sent = await client.sock.sendMessage(contact.jid, { text: "read this" })
    await until(() => contact.inbox.length === 1, "the resend")
    expect(contact.inbox[0]).toMatchObject({ id: sent?.key.id, text: "read this" })
    await client.sock.sendMessage(contact.jid, { text: "and this" })
    await until(() => contact.inbox.length === 2, "the next message")
  })

  it("that is tampered with in a group is sent again as well", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const group = contact.createGroup("Friends", [number])
    await contact.send(group, { text: "one" })
    await until(() => client.received("one"), "the first")
    sandbox.network.fault({ kind: "tamper", number })
    await contact.send(group, { text: "two" })
    await until(() => client.received("two"), "the resend")
    await contact.send(group, { text: "three" })
    await until(() => client.received("three"), "the third")
  })

  it("to a companion is sent again by Baileys in a shape that WhatsApp refuses with 479 (Baileys#2781)", async () => {
    const kept = new Map<string, proto.IMessage>()
    const [{ client: ana }, { client: bea, number }] = [
      await sandbox.loggedIn({ getMessage: ({ id }) => Promise.resolve(kept.get(id ?? "")) }),
      await sandbox.loggedIn()
    ]
    sandbox.network.fault({ kind: "tamper", number })
    const id = "3EB0000000000000000001"
    kept.set(id, { extendedTextMessage: { text: "again, please" } })
    await ana.sock.sendMessage(bea.jid, { text: "again, please" }, { messageId: id })
    await until(() => ana.heard(id).includes("ack 479"), "the refusal")
    expect(ana.heard(id)).toContain("retry")
  })

  it("that is dropped is lost, and the next is not", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "drop", number })
    await contact.send(number, { text: "lost" })
    await contact.send(number, { text: "not lost" })
    await until(() => client.received("not lost"), "the second")
    expect(client.received("lost")).toBeUndefined()
  })
})

describe("receipts", () => {
  it("can come twice", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.phone(number).setOnline(false)
    const contact = sandbox.network.addContact(sandbox.newNumber(), { behaviour: "reads" })
    sandbox.network.fault({ kind: "duplicate_receipts", number, times: 2 })
    const sent = await client.sock.sendMessage(contact.jid, { text: "twice" })
    await until(() => client.heard(sent?.key.id).length === 5, "all of them")
    expect(client.heard(sent?.key.id)).toEqual(["ack", "delivery", "delivery", "read", "read"])
  })

  it("can overtake each other", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.phone(number).setOnline(false)
    const contact = sandbox.network.addContact(sandbox.newNumber(), { behaviour: "reads" })
    sandbox.network.fault({ kind: "reorder_receipts", number })
    const sent = await client.sock.sendMessage(contact.jid, { text: "overtaken" })
    await until(() => client.heard(sent?.key.id).length === 3, "all of them")
    expect(client.heard(sent?.key.id)).toEqual(["ack", "read", "delivery"])
  })
})

describe("latency", () => {
  it("makes everything late, and keeps its order", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "latency", ms: 100, jitterMs: 100, number })
    const started = Date.now()
    const texts = ["one", "two", "three", "four", "five"]
    for (const text of texts) await contact.send(number, { text })
    await until(() => client.received("five"), "the last")
    expect(Date.now() - started).toBeGreaterThanOrEqual(100)
    expect(client.incoming.map((message) => textOf(message))).toEqual(texts)
    sandbox.network.clearFaults()
  })
})

/** What each fault does to a Baileys client. */
import { DisconnectReason, proto } from "@whiskeysockets/baileys"
import { afterEach, describe, expect, it } from "vitest"
import type { Fault } from "../../src/sandbox/faults/fault.ts"
import { textOf, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork({}, { expectSecondSockets: true })
const { ERROR } = proto.WebMessageInfo.Status

type Aimed<T> = T extends unknown ? Omit<T, "number"> : never

/** The codes with which a client's sockets close after this fault. */
async function codesAfter(fault: Aimed<Fault>): Promise<number[]> {
  const { client, number } = await sandbox.loggedIn()
  sandbox.network.fault({ ...fault, number })
  await until(() => client.closes.length > 0, "the end of the socket")
  return client.closes
}

describe("a fault of the socket causes this DisconnectReason in Baileys", () => {
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

  it("a second login with the same credentials closes the first socket with 440, and is counted", async () => {
    const { client, number } = await sandbox.loggedIn()
    const first = client.closes
    await client.open()
    await until(() => first.length > 0, "the end of the first socket")
    expect(first).toEqual([DisconnectReason.connectionReplaced])
    expect(sandbox.network.stats().socketsAtOnce).toBe(2)
    expect(sandbox.network.phone(number).companions).toMatchObject([{ connected: true }])
  })
})

describe.concurrent("a server that stops sending", () => {
  it("mute: the client closes with 408 about six seconds after its last keep-alive", async () => {
    const { client, number } = await sandbox.loggedIn({ keepAliveIntervalMs: 500 })
    sandbox.network.fault({ kind: "mute", number })
    await until(() => client.closes.length > 0, "the end of the socket")
    expect(client.closes).toEqual([DisconnectReason.timedOut])
  })

  it("freeze: the client closes with 408 when its WebSocket has closed: after 30 s, or when the server resumes", async () => {
    const { client, number } = await sandbox.loggedIn({ keepAliveIntervalMs: 500 })
    sandbox.network.fault({ kind: "freeze", number, forMs: 7000 })
    await until(() => client.closes.length > 0, "the end of the socket")
    expect(client.closes).toEqual([DisconnectReason.timedOut])
  })

  it("mute, then a fault that ends the connection: the client gets the code of the second", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.fault({ kind: "mute", number })
    sandbox.network.fault({ kind: "failure", code: 403, number })
    await until(() => client.closes.length > 0, "the end of the socket")
    expect(client.closes).toEqual([DisconnectReason.forbidden])
  })

  it("mute with forMs: the client stays connected and gets what was held back", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "mute", number, forMs: 300 })
    await contact.send(number, { text: "held back" })
    expect(client.received("held back")).toBeUndefined()
    await until(() => client.received("held back"), "the text")
    expect(client.closes).toEqual([])
  })
})

describe("a fault of the socket", () => {
  afterEach(() => sandbox.network.clearFaults())

  it("that finds no open socket affects the next login, once", async () => {
    const { client, number } = await sandbox.loggedIn()
    await client.close()
    await until(() => sandbox.network.phone(number).companions[0]?.connected === false, "the end of the socket")
    sandbox.network.fault({ kind: "failure", code: 405, number })
    await expect(client.open()).rejects.toThrow("closed with 405")
    await client.open()
  })

  it("with forMs affects every login until that time is over", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.fault({ kind: "failure", code: 503, number, forMs: 400 })
    await until(() => client.closes.length === 1, "the end of the socket")
    await expect(client.open()).rejects.toThrow("closed with 503")
    await until(async () => client.open().then(Boolean, () => false), "the login after the fault")
  })

  it("with untilCleared affects every login until it is cleared", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.fault({ kind: "failure", code: 403, number, untilCleared: true })
    await expect(client.open()).rejects.toThrow("closed with 403")
    await expect(client.open()).rejects.toThrow("closed with 403")
    sandbox.network.clearFaults()
    await client.open()
  })

  it("without a number also affects clients that wait to be paired", async () => {
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

  it("with a number does not affect other numbers", async () => {
    const [{ client, number }, { client: other }] = [await sandbox.loggedIn(), await sandbox.loggedIn()]
    sandbox.network.fault({ kind: "terminate", number })
    await until(() => client.closes.length > 0, "the end of the socket")
    expect(other.closes).toEqual([])
  })

  it("of kind logged_out is permanent: clearing it does not restore the companion", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.fault({ kind: "logged_out", number })
    await until(() => client.closes.length > 0, "the end of the socket")
    sandbox.network.clearFaults()
    await expect(client.open()).rejects.toThrow("closed with 401")
    expect(sandbox.network.phone(number).companions).toEqual([])
  })
})

describe("the fault upgrade", () => {
  afterEach(() => sandbox.network.clearFaults())

  it.each([503, 429])(
    "answers the upgrade with %i, on which Baileys raises nothing, until it is cleared",
    async (code) => {
      const { client } = await sandbox.loggedIn()
      await client.close()
      const before = client.closes.length
      sandbox.network.fault({ kind: "upgrade", code })
      const refused = new Promise((resolve) => {
        client.onSocket = ({ ws }) =>
          ws.on("unexpected-response", (_request: unknown, { statusCode }: { statusCode: number }) =>
            resolve(statusCode)
          )
      })
      client.connect()
      expect(await refused).toBe(code)
      expect(client.closes.length).toBe(before)
      sandbox.network.clearFaults()
      await client.open()
    }
  )
})

describe("an ack error", () => {
  it.each([463, 479, 500])("%i gives the message the status ERROR, and the message is not delivered", async (code) => {
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

describe("a message to a device", () => {
  it("with a tampered ciphertext makes the client send a retry receipt, and the contact sends it again", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "tamper", number })
    const id = await contact.send(number, { text: "read this" })
    await until(() => client.received("read this"), "the resend")
    expect(client.received("read this")?.key.id).toBe(id)
    expect(contact.receipts.some(({ type }) => type === "retry")).toBe(true)
  })

  it("with a tampered ciphertext makes the contact send a retry receipt, and the client sends it again", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    sandbox.network.fault({ kind: "tamper", number: contact.number })
    const sent = await client.sock.sendMessage(contact.jid, { text: "read this" })
    await until(() => contact.inbox.length === 1, "the resend")
    expect(contact.inbox[0]).toMatchObject({ id: sent?.key.id, text: "read this" })
    await client.sock.sendMessage(contact.jid, { text: "and this" })
    await until(() => contact.inbox.length === 2, "the next message")
  })

  it("with a tampered ciphertext is sent again in a group too", async () => {
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

  it("with a tampered ciphertext, to a companion, is sent again by Baileys in a form that WhatsApp refuses with 479 (Baileys#2781)", async () => {
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

  it("is lost by the fault drop, and the next one arrives", async () => {
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
  it("arrive twice by the fault duplicate_receipts", async () => {
    const { client, number } = await sandbox.loggedIn()
    sandbox.network.phone(number).setOnline(false)
    const contact = sandbox.network.addContact(sandbox.newNumber(), { behaviour: "reads" })
    sandbox.network.fault({ kind: "duplicate_receipts", number, times: 2 })
    const sent = await client.sock.sendMessage(contact.jid, { text: "twice" })
    await until(() => client.heard(sent?.key.id).length === 5, "all of them")
    expect(client.heard(sent?.key.id)).toEqual(["ack", "delivery", "delivery", "read", "read"])
  })

  it("overtake each other by the fault reorder_receipts", async () => {
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
  it("delays every stanza and keeps the order", async () => {
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

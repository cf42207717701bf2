/** The bounds of a network: what happens when each is reached. */
import { describe, expect, it } from "vitest"
import { textOf, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork({
  offlineStanzasMax: 5,
  inboxMax: 3,
  companionsMax: 1,
  connectionsMax: 4,
  accountsMax: 12
})

describe("bounds", () => {
  it("an offline queue keeps its newest stanzas; the network counts and logs those that it drops", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    await contact.send(number, { text: "before" })
    await until(
      () => client.received("before") && sandbox.network.phone(number).companions[0]?.waiting === 0,
      "an empty queue"
    )
    await client.close()
    await until(() => sandbox.network.phone(number).companions[0]?.connected === false, "the end of the socket")
    for (let sent = 1; sent <= 8; sent++) await contact.send(number, { text: `text ${sent}` })
    expect(sandbox.network.phone(number).companions[0]?.waiting).toBe(5)
    expect(sandbox.network.stats().droppedStanzas).toBe(3)
    expect(sandbox.log.filter((line) => line.includes("offline queue of"))).toHaveLength(1)
    await client.open()
    await until(() => client.received("text 8"), "what waited")
    const texts = client.incoming.map((message) => textOf(message))
    expect(texts).toEqual(["before", "text 4", "text 5", "text 6", "text 7", "text 8"])
    await client.close()
  })

  it("an inbox keeps its newest messages", async () => {
    const { client } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    for (let sent = 1; sent <= 5; sent++) await client.sock.sendMessage(contact.jid, { text: `text ${sent}` })
    await until(() => contact.inbox.at(-1)?.text === "text 5", "the last")
    expect(contact.inbox.map(({ text }) => text)).toEqual(["text 3", "text 4", "text 5"])
    expect(sandbox.network.stats().droppedInbox).toBeGreaterThanOrEqual(2)
    expect(sandbox.log.some((line) => line.includes("are over their bound"))).toBe(true)
    await client.close()
  })

  it("a phone refuses a companion over companionsMax", async () => {
    const phone = sandbox.network.addPhone(sandbox.newNumber())
    const client = await sandbox.client().pair((qr) => phone.scanQr(qr))
    const second = sandbox.client()
    second.connect()
    await until(() => second.qr, "qr")
    await expect(phone.scanQr(second.qr ?? "")).rejects.toThrow("no room for another linked device (1 at most)")
    await second.close()
    await client.close()
  })

  it("the network refuses a connection over connectionsMax", async () => {
    await until(() => sandbox.network.stats().socketsOpen === 0, "no open socket")
    const clients = Array.from({ length: 5 }, () => sandbox.client())
    for (const client of clients) client.connect()
    await until(() => clients.filter(({ qr }) => qr !== undefined).length === 4, "four clients")
    expect(sandbox.network.stats().socketsOpen).toBe(4)
    expect(sandbox.log.some((line) => line.includes("another is refused"))).toBe(true)
    await Promise.all(clients.map((client) => client.close()))
  })

  it("the network refuses a number over accountsMax", () => {
    expect(() => {
      for (let added = 0; added < 20; added++) sandbox.network.addContact(sandbox.newNumber())
    }).toThrow("no room for another number")
  })
})

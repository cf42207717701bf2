/** Pairing by QR and by code, and what a phone does for its companions. */
import { DisconnectReason } from "@whiskeysockets/baileys"
import { toDataURL } from "qrcode"
import { describe, expect, it } from "vitest"
import { child, textOf as contentOf } from "../../src/sandbox/wire/stanza.ts"
import { textOf, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

describe("a client without credentials", () => {
  it("is paired when a phone scans its QR, restarts with 515 and opens", async () => {
    const phone = sandbox.network.addPhone("5491155550001", { name: "Ana" })
    const client = await sandbox.client().pair((qr) => phone.scanQr(qr))
    expect(client.closes).toEqual([515])
    expect(client.sock.user).toEqual({
      id: "5491155550001:33@s.whatsapp.net",
      name: "Ana",
      lid: expect.stringMatching(/^\d{15}:33@lid$/)
    })
    expect(phone.companions).toEqual([{ id: 33, connected: true, waiting: expect.any(Number) }])
  })

  it("is paired when the phone scans the QR as a PNG", async () => {
    const phone = sandbox.network.addPhone("5491155550002")
    const client = await sandbox.client().pair(async (qr) => phone.scanQr(await toDataURL(qr)))
    expect(client.opened).toBe(1)
  })

  it("is paired when its code is entered on the phone, in lower case and with a dash", async () => {
    const phone = sandbox.network.addPhone("5491155550003")
    const client = sandbox.client()
    await client.pair(async () => {
      const code = await client.sock.requestPairingCode("5491155550003")
      await phone.enterCode(`${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase())
    })
    expect(client.sock.user?.id).toBe("5491155550003:33@s.whatsapp.net")
  })

  it("is not paired by a wrong code, and is paired by the right one; a phone may try three times", async () => {
    const phone = sandbox.network.addPhone("5491155550004")
    const client = sandbox.client()
    client.connect()
    await until(() => client.qr, "qr")
    await client.sock.requestPairingCode("5491155550004", "ABCDEFGH")
    await expect(phone.enterCode("12345678")).rejects.toThrow("the code is wrong")
    expect(phone.companions).toEqual([])
    await expect(phone.enterCode("ABCDEFGH")).resolves.toEqual({ device: 33 })
  })

  it("needs a new code after three attempts, and after the code's time", async () => {
    const phone = sandbox.network.addPhone(sandbox.newNumber())
    const client = sandbox.client()
    client.connect()
    await until(() => client.qr, "qr")
    await client.sock.requestPairingCode(phone.number, "ABCDEFGH")
    for (let attempt = 0; attempt < 3; attempt++) await expect(phone.enterCode("12345678")).rejects.toThrow("wrong")
    await expect(phone.enterCode("ABCDEFGH")).rejects.toThrow("the code has expired")
  })

  it("is asked for a passkey when one protects the account, and stays unpaired", async () => {
    const phone = sandbox.network.addPhone("5491155550005")
    const client = sandbox.client()
    client.connect()
    await until(() => client.qr, "qr")
    sandbox.network.fault({ kind: "passkey", number: phone.number })
    await expect(phone.scanQr(client.qr ?? "")).resolves.toEqual({ passkey: true })
    await until(() => client.notifications.length > 0, "the demand")
    const [demand] = client.notifications
    expect(demand?.attrs).toMatchObject({ type: "passkey_prologue_request", from: "@s.whatsapp.net" })
    const options = JSON.parse(contentOf(child(demand, "passkey_request_options"))) as unknown
    expect(options).toMatchObject({ rpId: "whatsapp.com", userVerification: "required" })
    expect(phone.companions).toEqual([])
    sandbox.network.clearFaults()
    await expect(phone.scanQr(client.qr ?? "")).resolves.toEqual({ device: 33 })
  })

  it("closes with 408 when none of its six QRs is scanned", async () => {
    const client = sandbox.client({ qrTimeout: 20 })
    let shown = 0
    client.onSocket = ({ ev }) => ev.on("connection.update", ({ qr }) => void (qr !== undefined && shown++))
    client.connect()
    await until(() => client.closes.length > 0, "the end of the socket")
    expect({ shown, closes: client.closes }).toEqual({ shown: 6, closes: [DisconnectReason.timedOut] })
  })

  it("gets a device id that no other companion of the phone has", async () => {
    const phone = sandbox.network.addPhone("5491155550006")
    const first = await sandbox.client().pair((qr) => phone.scanQr(qr))
    const second = await sandbox.client().pair((qr) => phone.scanQr(qr))
    expect([first.sock.user?.id, second.sock.user?.id]).toEqual([
      "5491155550006:33@s.whatsapp.net",
      "5491155550006:34@s.whatsapp.net"
    ])
  })
})

describe("a phone", () => {
  it("scans only the QR of a client that waits", async () => {
    const phone = sandbox.network.addPhone("5491155550010")
    await expect(phone.scanQr("hello")).rejects.toThrow("not the QR of a WhatsApp client")
    await expect(phone.scanQr("2@gone,a,b,c,1")).rejects.toThrow("the QR has expired")
    await expect(phone.scanQr("data:image/png;base64,AAAA")).rejects.toThrow("damaged")
    await expect(phone.scanQr(await toDataURL("x"))).rejects.toThrow("not the QR of a WhatsApp client")
  })

  it("scans nothing while it is switched off", async () => {
    const phone = sandbox.network.addPhone("5491155550011")
    phone.setOnline(false)
    await expect(phone.scanQr("x")).rejects.toThrow("switched off")
  })

  it("sends a new companion its app state key and its history", async () => {
    const phone = sandbox.network.addPhone("5491155550012")
    sandbox.network.addContact("5491155550013", { name: "Berta" })
    phone.setHistory([
      { with: "5491155550013", text: "first", at: 1_700_000_000 },
      { with: "5491155550013", text: "second", fromMe: true, at: 1_700_000_060 }
    ])
    const client = sandbox.client()
    const received: string[] = []
    client.onSocket = ({ ev }) =>
      ev.on("messaging-history.set", ({ messages }) =>
        received.push(...messages.map((message) => textOf(message) ?? ""))
      )
    await client.pair((qr) => phone.scanQr(qr))
    await until(() => received.length === 2 && client.auth.creds.myAppStateKeyId, "history")
    expect(received).toEqual(["second", "first"])
    await until(() => client.auth.creds.accountSyncCounter === 1, "the first sync")
  })

  it("sends a companion older messages of a chat on request", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const texts = ["one", "two", "three", "four"]
    const at = (index: number): number => 1_700_000_000 + index * 60
    sandbox.network
      .phone(number)
      .setHistory(texts.map((text, index) => ({ with: contact.number, text, at: at(index) })))
    const received: string[] = []
    client.sock.ev.on("messaging-history.set", ({ messages }) => {
      received.push(...messages.map((message) => textOf(message) ?? ""))
    })
    const oldestKnown = { remoteJid: contact.jid, id: "unknown", fromMe: false }
    await client.sock.fetchMessageHistory(2, oldestKnown, at(2) * 1000)
    await until(() => received.length > 0, "older messages")
    expect(received).toEqual(["three", "two"])
  })

  it("sends a companion, on request, a message that arrived there without content", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const id = await contact.send(number, { text: "once more" })
    await until(() => client.received("once more") && sandbox.network.phone(number).inbox.length === 1, "the text")
    await client.sock.requestPlaceholderResend({ remoteJid: contact.jid, id, fromMe: false })
    await until(() => client.incoming.filter(({ key }) => key.id === id).length === 2, "the resend")
  })

  it("removes a companion for good: its socket closes with 401, and every later login is refused with 401", async () => {
    const phone = sandbox.network.addPhone("5491155550014")
    const client = await sandbox.client().pair((qr) => phone.scanQr(qr))
    phone.removeCompanion()
    await until(() => client.closes.at(-1) === 401, "401")
    await expect(client.open()).rejects.toThrow("closed with 401")
    expect(phone.companions).toEqual([])
  })

  it("loses a companion that logs out", async () => {
    const phone = sandbox.network.addPhone("5491155550015")
    const client = await sandbox.client().pair((qr) => phone.scanQr(qr))
    await client.sock.logout()
    await until(() => phone.companions.length === 0, "no companions")
  })
})

describe("provisioned credentials", () => {
  it("open at the first login, like those of a paired client", async () => {
    const { client, number } = await sandbox.loggedIn()
    expect(client.closes).toEqual([])
    expect(client.sock.user?.id).toBe(`${number}:33@s.whatsapp.net`)
    await until(() => client.auth.creds.myAppStateKeyId, "the app state key")
  })
})

/** What survives a restart of the network with a state folder. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { downloadMediaMessage } from "@whiskeysockets/baileys"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { openState } from "../../src/sandbox/state/store.ts"
import { BareClient, textOf, until } from "./support/bare-client.ts"

const PHONE = "5491155550001"
const CONTACT = "5491166660001"

let folder = ""
let network: Network
let client: BareClient

const start = (): Promise<Network> => startNetwork({ stateDir: folder, log: () => undefined })

/** Stops the network, which closes the client's socket, and starts it again with the same folder. */
async function restart(): Promise<void> {
  const ended = client.closes.length
  await network.stop()
  await until(() => client.closes.length > ended, "the end of the socket")
  network = await start()
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-state-"))
  network = await start()
  const phone = network.addPhone(PHONE, { name: "Ana" })
  network.addContact(CONTACT, { name: "Berta", behaviour: "reads" })
  client = await new BareClient(network, {}, await phone.provision()).open()
  await client.settled()
})

afterAll(async () => {
  await client.close()
  expect(network.unknownIqs).toEqual([])
  await network.stop()
  await rm(folder, { recursive: true, force: true })
})

describe("a network that starts again with its state folder", () => {
  it("has the same addresses and the same keys", async () => {
    const before = { url: network.url, rootKey: network.rootKey, ca: network.ca, controlUrl: network.controlUrl }
    const { mediaHost } = network
    await restart()
    expect({ url: network.url, rootKey: network.rootKey, ca: network.ca, controlUrl: network.controlUrl }).toEqual(
      before
    )
    expect(network.mediaHost).toBe(mediaHost)
    await client.open()
  })

  it("has its phones, contacts, behaviours and companions", async () => {
    await restart()
    expect(network.phones().map(({ number, name }) => ({ number, name }))).toEqual([{ number: PHONE, name: "Ana" }])
    expect(network.contact(CONTACT)).toMatchObject({ name: "Berta", behaviour: "reads" })
    expect(network.phone(PHONE).companions).toMatchObject([{ id: 33, connected: false }])
    await client.open()
  })

  it("has its channels with their posts, its catalogues and its orders", async () => {
    const shop = network.contact(CONTACT)
    const { id } = shop.channels.create("News", "what happens")
    await client.sock.newsletterFollow(id)
    await shop.send(id, { text: "opened" })
    const mate = { id: "1", name: "Mate", price: 1000, currency: "ARS" }
    shop.shop.catalog = { products: [mate], collections: [] }
    const { orderId, token } = await shop.order(CONTACT, [{ product: "1", quantity: 2 }])
    const channel = network.channel(id)
    await restart()
    await client.open()
    expect(network.channel(id)).toEqual(channel)
    expect(await client.sock.newsletterMetadata("jid", id)).toMatchObject({ viewer_metadata: { role: "SUBSCRIBER" } })
    expect(network.contact(CONTACT).shop.catalog.products).toEqual([mate])
    expect(await client.sock.getOrderDetails(orderId, token)).toMatchObject({ products: [{ id: "1", quantity: 2 }] })
  })

  it("has the messages that waited for a client, and decrypts what the client sends", async () => {
    await network.contact(CONTACT).send(PHONE, { text: "before" })
    await until(() => client.received("before"), "the first text")
    await client.sock.sendMessage(network.contact(CONTACT).jid, { text: "answer before" })
    await until(() => network.contact(CONTACT).inbox.length === 1, "the answer")
    await client.close()
    await network.contact(CONTACT).send(PHONE, { text: "meanwhile" })
    await network.stop()
    network = await start()
    await network.contact(CONTACT).send(PHONE, { text: "after" })
    await client.open()
    await until(() => client.received("after"), "what waited")
    expect(client.incoming.slice(-2).map((message) => textOf(message))).toEqual(["meanwhile", "after"])
    await client.sock.sendMessage(network.contact(CONTACT).jid, { text: "answer after" })
    await until(() => network.contact(CONTACT).inbox.length === 2, "the second answer")
    expect(network.contact(CONTACT).inbox.map(({ text }) => text)).toEqual(["answer before", "answer after"])
    expect(network.stats()).toMatchObject({ retryReceipts: 0, duplicatesReceived: 0 })
  })

  it("has its groups and their sender keys", async () => {
    const group = network.contact(CONTACT).createGroup("Friends", [PHONE])
    await network.contact(CONTACT).send(group, { text: "group before" })
    await client.sock.sendMessage(group, { text: "group answer before" })
    await until(() => client.received("group before") && network.contact(CONTACT).inbox.at(-1)?.group === group, "both")
    await restart()
    await client.open()
    await network.contact(CONTACT).send(group, { text: "group after" })
    await client.sock.sendMessage(group, { text: "group answer after" })
    await until(
      () => client.received("group after") && network.contact(CONTACT).inbox.at(-1)?.text === "group answer after",
      "both"
    )
    expect((await client.sock.groupMetadata(group)).subject).toBe("Friends")
    expect(network.stats().retryReceipts).toBe(0)
  })

  it("has its media", async () => {
    await network
      .contact(CONTACT)
      .send(PHONE, { media: Buffer.from("kept"), mimetype: "text/plain", filename: "a.txt" })
    const document = () => client.incoming.find(({ message }) => message?.documentMessage)
    await until(document, "the document")
    await restart()
    const message = document()
    if (message === undefined) throw new Error("no document")
    expect(String(await downloadMediaMessage(message, "buffer", {}))).toBe("kept")
    await client.open()
  })

  it("has the app state: a new companion gets what an old one changed", async () => {
    await until(() => client.auth.creds.myAppStateKeyId, "the key")
    await client.sock.addOrEditContact(network.contact(CONTACT).jid, {
      fullName: "Berta from work",
      firstName: "Berta"
    })
    await client.sock.updateProfileName("Ana María")
    await until(() => network.phone(PHONE).name === "Ana María", "the name")
    network.phone(PHONE).rename("Ana")
    await restart()
    await until(() => Object.keys(network.phone(PHONE).appState.contacts).length === 1, "the phone")
    expect(network.phone(PHONE)).toMatchObject({ name: "Ana", appStateFlaws: [] })
    const second = new BareClient(network, {}, await network.phone(PHONE).provision())
    const names: unknown[] = []
    second.onSocket = ({ ev }) =>
      ev.on("contacts.upsert", (contacts) => names.push(...contacts.map(({ name }) => name)))
    await second.open()
    await until(() => names.includes("Berta from work"), "the name")
    await second.close()
    await client.open()
  })

  it("has what accounts show about themselves, and their pictures", async () => {
    const { profile } = network.contact(CONTACT)
    const background = { r: 10, g: 120, b: 200 }
    const picture = sharp({ create: { width: 40, height: 40, channels: 3, background } })
    const file = await picture.jpeg().toBuffer()
    await profile.setPicture(file)
    profile.setAbout("at work")
    profile.setPrivacy("status", "contacts")
    profile.setDisappearing(86_400)
    await restart()
    const { about, privacy, disappearingSeconds } = network.contact(CONTACT).profile
    expect({ about, privacy, disappearingSeconds }).toEqual({
      about: "at work",
      privacy: { status: "contacts" },
      disappearingSeconds: 86_400
    })
    await client.open()
    const url = await client.sock.profilePictureUrl(network.contact(CONTACT).jid, "image")
    expect(Buffer.from(await (await fetch(url ?? "")).arrayBuffer())).toEqual(file)
  })

  it("refuses the login of a companion that was removed before", async () => {
    network.phone(PHONE).removeCompanion()
    await until(() => client.closes.at(-1) === 401, "401")
    await network.stop()
    network = await start()
    await expect(client.open()).rejects.toThrow("closed with 401")
  })
})

it("a state folder that cannot be made is an error; opening it does not hang", () => {
  expect(() => openState("/proc/bitacora/network")).toThrow(/ENOENT|EACCES|EPERM|EROFS/)
})

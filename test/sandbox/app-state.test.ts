/**
 * App state that clients write: what the server keeps, what the phone of the account then believes, and what its other companions raise.
 */
import { type BinaryNode, type ChatUpdate, proto } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { child, children } from "../../src/sandbox/wire/stanza.ts"
import { type BareClient, until } from "./support/bare-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

let client: BareClient
let other: BareClient
let number: string
const chats: ChatUpdate[] = []

beforeAll(async () => {
  ;({ client, number } = await sandbox.loggedIn({}, "Ana"))
  other = await sandbox.companionOf(number)
  other.sock.ev.on("chats.update", (updates) => chats.push(...updates))
})

afterAll(() => expect(phone().appStateFlaws).toEqual([]))

const phone = () => sandbox.network.phone(number)
const contact = () => sandbox.network.addContact(sandbox.newNumber())
const chat = (jid: string) => phone().appState.chats[jid]

/** What the other companion raised about a chat, merged. */
const raised = (jid: string): ChatUpdate => Object.assign({}, ...chats.filter(({ id }) => id === jid)) as ChatUpdate

/** A message of a contact, as the client has it. */
async function received(text: string) {
  const author = contact()
  await author.send(number, { text })
  await until(() => client.received(text), "the text")
  const { key, messageTimestamp } = client.received(text) ?? {}
  return { jid: author.jid, key: key ?? {}, messageTimestamp: Number(messageTimestamp) }
}

describe("a chat", () => {
  it("is archived and taken out again", async () => {
    const { jid, ...last } = await received("to be archived")
    await client.sock.chatModify({ archive: true, lastMessages: [last] }, jid)
    await until(() => chat(jid)?.archived === true && raised(jid).archived === true, "the archive")
    await client.sock.chatModify({ archive: false, lastMessages: [last] }, jid)
    await until(() => chat(jid)?.archived === false && raised(jid).archived === false, "its end")
  })

  it("is pinned and unpinned", async () => {
    const { jid } = contact()
    await client.sock.chatModify({ pin: true }, jid)
    await until(() => chat(jid)?.pinned === true && Number(raised(jid).pinned) > 0, "the pin")
    await client.sock.chatModify({ pin: false }, jid)
    await until(() => chat(jid)?.pinned === false && raised(jid).pinned === null, "its end")
  })

  it("is muted until a time, and heard again", async () => {
    const { jid } = contact()
    const until8h = Date.now() + 8 * 3_600_000
    await client.sock.chatModify({ mute: until8h }, jid)
    await until(() => chat(jid)?.mutedUntil === until8h && Number(raised(jid).muteEndTime) === until8h, "the mute")
    await client.sock.chatModify({ mute: null }, jid)
    await until(() => chat(jid)?.mutedUntil === undefined && raised(jid).muteEndTime === null, "its end")
  })

  it("is marked as unread and as read", async () => {
    const { jid, ...last } = await received("to be marked")
    await client.sock.chatModify({ markRead: false, lastMessages: [last] }, jid)
    await until(() => chat(jid)?.markedUnread === true && raised(jid).unreadCount === -1, "the mark")
    await client.sock.chatModify({ markRead: true, lastMessages: [last] }, jid)
    await until(() => chat(jid)?.markedUnread === false && raised(jid).unreadCount === 0, "its end")
  })

  it("is cleared and deleted", async () => {
    const deleted: string[] = []
    other.sock.ev.on("chats.delete", (jids) => deleted.push(...jids))
    const { jid, ...last } = await received("to be deleted")
    await client.sock.chatModify({ clear: true, lastMessages: [last] }, jid)
    await until(() => Number(chat(jid)?.clearedAt) > 0, "the clearing")
    await client.sock.chatModify({ delete: true, lastMessages: [last] }, jid)
    await until(() => Number(chat(jid)?.deletedAt) > 0 && deleted.includes(jid), "the deletion")
  })
})

describe("a message", () => {
  it("is starred and not any more", async () => {
    const starred = (): unknown[] =>
      other.updates.filter(({ key }) => key.id === message.id).map(({ update }) => update)
    const { jid, key } = await received("to be starred")
    const message = { id: key.id ?? "", fromMe: false }
    await client.sock.star(jid, [message], true)
    await until(() => starred().length === 1, "the star")
    expect(phone().appState.starred).toEqual([{ chat: jid, ...message }])
    await client.sock.star(jid, [message], false)
    await until(() => starred().length === 2 && phone().appState.starred.length === 0, "its end")
  })

  it("is deleted on the own devices only", async () => {
    const deleted: unknown[] = []
    other.sock.ev.on("messages.delete", (item) => deleted.push(item))
    const { jid, key, messageTimestamp } = await received("only for me")
    const deleteForMe = { key, timestamp: messageTimestamp, deleteMedia: false }
    await client.sock.chatModify({ deleteForMe }, jid)
    await until(() => deleted.length === 1, "the deletion")
    expect(deleted).toEqual([{ keys: [{ remoteJid: jid, id: key.id, fromMe: false }] }])
    expect(phone().appState.deletedForMe).toEqual([{ chat: jid, id: key.id, fromMe: false }])
  })
})

describe("a contact", () => {
  it("is saved under a name, renamed and removed", async () => {
    const names: (string | undefined)[] = []
    other.sock.ev.on("contacts.upsert", (contacts) => names.push(...contacts.map(({ name }) => name)))
    const { jid, lid } = contact()
    await client.sock.addOrEditContact(jid, { fullName: "Carla Gómez", firstName: "Carla", lidJid: lid })
    await until(() => names.includes("Carla Gómez"), "the name")
    expect(phone().appState.contacts[jid]).toEqual({ name: "Carla Gómez", lid })
    await client.sock.addOrEditContact(jid, { fullName: "Carla G." })
    await until(() => names.includes("Carla G."), "the new name")
    await client.sock.removeContact(jid)
    await until(() => phone().appState.contacts[jid] === undefined, "the removal")
  })
})

describe("labels", () => {
  it("are made, given to chats and messages, taken away, and deleted", async () => {
    const edits: unknown[] = []
    const given: string[] = []
    other.sock.ev.on("labels.edit", ({ id, name, deleted }) => edits.push([id, name, deleted]))
    other.sock.ev.on("labels.association", ({ type, association }) => given.push(`${type} ${association.type}`))
    const { jid, key } = await received("to be labelled")
    const id = key.id ?? ""
    await client.sock.addLabel("", { id: "7", name: "Paid", color: 3 })
    await client.sock.addChatLabel(jid, "7")
    await client.sock.addMessageLabel(jid, id, "7")
    await until(() => given.length === 2 && edits.length === 1, "the labels")
    expect(phone().appState).toMatchObject({
      labels: { 7: { name: "Paid", color: 3 } },
      chats: { [jid]: { labels: ["7"] } },
      labelledMessages: [{ label: "7", chat: jid, id }]
    })
    await client.sock.removeChatLabel(jid, "7")
    await client.sock.removeMessageLabel(jid, id, "7")
    await client.sock.addLabel("", { id: "7", deleted: true })
    await until(() => given.length === 4 && edits.length === 2, "the ends")
    expect(given).toEqual(["add label_jid", "add label_message", "remove label_jid", "remove label_message"])
    expect(edits).toEqual([
      ["7", "Paid", null],
      ["7", null, true]
    ])
    expect(phone().appState).toMatchObject({ labels: {}, labelledMessages: [] })
    expect(chat(jid)?.labels).toBeUndefined()
  })
})

describe("settings of the account", () => {
  it("are written: the name, which messages then carry, quick replies and link previews", async () => {
    const carla = contact()
    await client.sock.updateProfileName("Ana María")
    await client.sock.addOrEditQuickReply({ timestamp: "1700000000", shortcut: "hi", message: "Hello!" })
    await client.sock.updateDisableLinkPreviewsPrivacy(true)
    await until(
      () => other.auth.creds.me?.name === "Ana María" && phone().appState.linkPreviewsDisabled,
      "the settings"
    )
    expect(phone().appState).toMatchObject({
      pushName: "Ana María",
      quickReplies: { 1700000000: { shortcut: "hi", message: "Hello!" } }
    })
    expect(phone().name).toBe("Ana María")
    await client.sock.removeQuickReply("1700000000")
    await until(() => Object.keys(phone().appState.quickReplies).length === 0, "the removal")
    expect(carla.inbox).toEqual([])
  })
})

describe("two companions that write", () => {
  it("one after the other, build on each other's patches", async () => {
    const [first, second] = [contact().jid, contact().jid]
    await client.sock.chatModify({ pin: true }, first)
    await other.sock.chatModify({ pin: true }, second)
    await client.sock.chatModify({ pin: false }, second)
    await until(() => chat(first)?.pinned === true && chat(second)?.pinned === false, "all three")
  })

  it("are both told what the phone does", async () => {
    const jid = contact().jid
    await phone().do({ archive: true, chat: jid.split("@")[0] ?? "" })
    await until(() => raised(jid).archived === true, "the archive")
    await client.sock.chatModify({ archive: false, lastMessages: [] }, jid)
    await until(() => chat(jid)?.archived === false, "its end")
  })

  it("and a patch that is based on an older version is refused with 409 and the patches that its author lacks", async () => {
    await client.sock.chatModify({ pin: true }, contact().jid)
    await client.sock.chatModify({ pin: true }, contact().jid)
    const sync = async (version: number, patch?: Uint8Array): Promise<BinaryNode | undefined> => {
      const content = patch === undefined ? [] : [{ tag: "patch", attrs: {}, content: patch }]
      const collection = { tag: "collection", attrs: { name: "regular_low", version: String(version) }, content }
      const attrs = { to: "s.whatsapp.net", type: "set", xmlns: "w:sync:app:state" }
      const content1 = [{ tag: "sync", attrs: {}, content: [collection] }]
      return child(child(await client.sock.query({ tag: "iq", attrs, content: content1 }), "sync"), "collection")
    }
    const patches = children(child(await sync(0), "patches"), "patch")
    const version = patches.length
    const stale = await sync(version - 2, proto.SyncdPatch.encode({ mutations: [] }).finish())
    expect(stale?.attrs).toMatchObject({ name: "regular_low", type: "error", has_more_patches: "false" })
    expect(child(stale, "error")?.attrs).toEqual({ code: "409", text: "conflict" })
    const missing = children(child(stale, "patches"), "patch")
    const versions = missing.map(({ content }) =>
      Number(proto.SyncdPatch.decode(content as Uint8Array).version?.version)
    )
    expect(versions).toEqual([version - 1, version])
    expect(children(child(await sync(0), "patches"), "patch")).toHaveLength(version)
  })
})

describe("a change of the phone in the moment in which a companion writes", () => {
  it("lets the server refuse the companion's patch, which Baileys 7.0.0-rc14 overlooks: the change is lost, the hash is wrong", async () => {
    const { client: hasty, number: its } = await sandbox.loggedIn()
    const [lost, owners, later] = [contact(), contact(), contact()]
    const hastyPhone = sandbox.network.phone(its)
    const refusals: BinaryNode[] = []
    hasty.sock.ws.on("frame", (frame: BinaryNode) => {
      const collection = child(child(frame, "sync"), "collection")
      if (collection?.attrs["type"] === "error") refusals.push(collection)
    })
    hastyPhone.doBeforeNextPatch({ pin: true, chat: owners.number })
    await hasty.sock.chatModify({ pin: true }, lost.jid)
    expect(refusals).toHaveLength(1)
    expect(child(refusals[0], "error")?.attrs["code"]).toBe("409")
    expect(children(child(refusals[0], "patches"), "patch")).toHaveLength(1)
    expect(Object.keys(hastyPhone.appState.chats)).toEqual([owners.jid])
    await hasty.sock.chatModify({ pin: true }, later.jid)
    await until(() => hastyPhone.appStateFlaws.length > 0, "the flaw")
    expect(hastyPhone.appStateFlaws).toEqual(["regular_low 2"])
  })

  it("costs nothing when the client forgets the collection and writes again", async () => {
    const { client: careful, number: its } = await sandbox.loggedIn()
    const [first, owners] = [contact(), contact()]
    const carefulPhone = sandbox.network.phone(its)
    carefulPhone.doBeforeNextPatch({ pin: true, chat: owners.number })
    await careful.sock.chatModify({ pin: true }, first.jid)
    await careful.auth.keys.set({ "app-state-sync-version": { regular_low: null } })
    await careful.sock.chatModify({ pin: true }, first.jid)
    await until(() => carefulPhone.appState.chats[first.jid]?.pinned === true, "the pin")
    expect(carefulPhone.appState.chats[owners.jid]?.pinned).toBe(true)
    expect(carefulPhone.appStateFlaws).toEqual([])
  })
})

describe("a companion that is linked later", () => {
  it("gets what the others have written, and builds on it", async () => {
    const { jid } = contact()
    await client.sock.chatModify({ mute: -1 }, jid)
    await until(() => chat(jid)?.mutedUntil === -1, "the mute")
    const late = await sandbox.companionOf(number)
    await late.sock.chatModify({ mute: null }, jid)
    await until(() => chat(jid)?.mutedUntil === undefined && raised(jid).muteEndTime === null, "its end")
    expect(phone().appStateFlaws).toEqual([])
  })
})

describe("a phone that is switched off", () => {
  it("reads when it is on again what was written meanwhile, and other companions read it at once", async () => {
    const jid = contact().jid
    phone().setOnline(false)
    await client.sock.chatModify({ pin: true }, jid)
    await until(() => Number(raised(jid).pinned) > 0, "the other companion")
    expect(chat(jid)).toBeUndefined()
    phone().setOnline(true)
    await until(() => chat(jid)?.pinned === true, "the phone")
  })
})

describe("a patch with a wrong authentication code", () => {
  it("is kept by the server and found by the phone", async () => {
    const { client: careless, number: its } = await sandbox.loggedIn()
    await careless.sock.chatModify({ pin: true }, contact().jid)
    await careless.sock.resyncAppState(["regular_low"], false)
    const patch = proto.SyncdPatch.encode({
      mutations: [],
      snapshotMac: Buffer.alloc(32),
      patchMac: Buffer.alloc(32),
      keyId: { id: Buffer.from(careless.auth.creds.myAppStateKeyId ?? "", "base64") }
    }).finish()
    const collection = {
      tag: "collection",
      attrs: { name: "regular_low", version: "1" },
      content: [{ tag: "patch", attrs: {}, content: patch }]
    }
    const attrs = { to: "s.whatsapp.net", type: "set", xmlns: "w:sync:app:state" }
    await careless.sock.query({ tag: "iq", attrs, content: [{ tag: "sync", attrs: {}, content: [collection] }] })
    const itsPhone = sandbox.network.phone(its)
    await until(() => itsPhone.appStateFlaws.length > 0, "the flaw")
    expect(itsPhone.appStateFlaws).toEqual(["regular_low 2"])
  })
})

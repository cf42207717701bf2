/** What an erasure takes of the roster: everything that is said of the contact, and nothing that is said of others. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { rosterStream } from "../../src/events/streams.ts"
import { Roster, type RosterShape } from "../../src/store/roster/roster.ts"
import type { EventToAppend } from "../../src/store/log/chain-events.ts"
import { ANA, ANA_LID, BEA, ContentStore, DEVICE, GROUP, jid, received, text } from "../support/content-store.ts"
import { dialects, sqliteIn } from "../support/dialects.ts"
import { filesWith } from "../support/files-with.ts"

const BEA_LID = "777000111222444@lid"
const NUMBER = 1
const ana = { lid: ANA_LID, number: ANA }
const bea = { lid: BEA_LID, number: BEA }
const chatOfAna = { chat: jid(ANA), chatAlt: ANA_LID }
const chatOfBea = { chat: jid(BEA), chatAlt: BEA_LID }
/** Words that nothing but Ana's names and chat have. */
const WORDS_OF_ANA = ["Ana Guardada", "anita-push", "Ana S. A.", "ana.usuaria", "chat-de-ana"]

const aboutBoth: readonly EventToAppend[] = [
  {
    type: "contact.synced",
    data: {
      contacts: [
        { ...ana, name: "Ana Guardada", pushName: "anita-push" },
        { ...bea, name: "Bea", pushName: "bea-push" }
      ]
    }
  },
  {
    type: "chat.synced",
    data: {
      chats: [
        { ...chatOfAna, name: "chat-de-ana", lastMessageAt: 5, unread: { count: 2, at: 5 }, archived: true },
        { ...chatOfBea, lastMessageAt: 6, unread: { count: 3, at: 6 }, pinnedAt: 7 }
      ]
    }
  },
  {
    type: "group.synced",
    data: {
      groups: [
        {
          group: GROUP,
          subject: "Pedidos",
          owner: ana,
          members: [
            { ...ana, rank: "superadmin" },
            { ...bea, rank: "member" }
          ]
        }
      ]
    }
  },
  {
    type: "group.members_changed",
    data: { group: GROUP, action: "promote", author: ana, members: [{ ...bea, rank: "admin" }] }
  }
]
const aboutAna: readonly EventToAppend[] = [
  { type: "contact.updated", data: { ...ana, verifiedName: "Ana S. A.", username: "ana.usuaria", blocked: true } },
  { type: "chat.updated", data: { ...chatOfAna, pinnedAt: 6, mutedUntil: -1 } },
  { type: "label.assigned", data: { label: "1", ...chatOfAna, messageId: null, assigned: true } },
  { type: "call.received", data: { callId: "C1", from: ana, group: null, isVideo: false, at: 5, offline: false } },
  { type: "call.ended", data: { callId: "C1", from: ana, outcome: "missed", at: 6 } },
  { type: "message.starred", data: { target: "m1", ...chatOfAna, fromMe: false, starred: true } },
  { type: "message.hidden", data: { target: "m1", ...chatOfAna, fromMe: false } },
  { type: "chat.cleared", data: { ...chatOfAna, at: 4, keepsStarred: false } },
  { type: "chat.deleted", data: { ...chatOfAna, at: 5 } }
]

describe.each(dialects)("erasing a contact from the roster on $name", ({ name, create }) => {
  const open = () => ContentStore.open(name === "sqlite" ? async (directory) => sqliteIn(directory) : create)
  const roster = <A, E>(store: ContentStore, read: (roster: RosterShape) => Effect.Effect<A, E>): Promise<A> =>
    store.run(Effect.flatMap(Roster, read).pipe(Effect.provide(Roster.layer), Effect.orDie))
  /** Everything that the lists show. */
  const known = async (store: ContentStore) => ({
    contacts: await roster(store, ({ contacts }) => contacts.list(NUMBER, { after: "", limit: 50 })),
    chats: await roster(store, ({ chats }) => chats.list(NUMBER, { after: undefined, limit: 50 })),
    groups: await roster(store, ({ groups }) => groups.list(NUMBER, { after: "", limit: 50 })),
    members: (await roster(store, ({ groups }) => groups.members(NUMBER, [GROUP]))).get(GROUP) ?? []
  })

  it("[LOG-8] takes their names, chats, memberships, labels and calls, and leaves what the same events say of others", async () => {
    await using store = await open()
    await store.append(rosterStream(DEVICE), ...aboutBoth, ...aboutAna)
    await store.messages(received("m1", ANA, text("secreto")), received("m2", BEA, text("de Bea")))
    const before = await known(store)
    expect(before.contacts).toHaveLength(2)
    await store.eraseContact(ANA)
    const after = await known(store)
    expect(after.contacts).toEqual(before.contacts.filter(({ number }) => number === BEA))
    expect(after.chats).toEqual(before.chats.filter(({ key }) => key === BEA_LID))
    expect(after.members).toEqual([{ key: BEA_LID, ...bea, rank: "admin" }])
    expect(after.groups).toEqual([{ ...before.groups[0], owner: null }])
    const left = (await store.events).map(({ text: payload }) => payload ?? "").join("\n")
    for (const word of [ANA, ANA_LID, ...WORDS_OF_ANA]) expect(left).not.toContain(word)
    expect(left).toContain("bea-push")
    expect(JSON.stringify(await store.readModels())).not.toMatch(new RegExp(`${ANA}|${ANA_LID}`))
    expect(await store.isValid()).toBe(true)
    expect(await store.eraseContact(ANA)).toEqual({ events: 0, underWay: 0 })
  })

  it("[LOG-8] records again what was said of others as of its time: it does not win over what came later", async () => {
    await using store = await open()
    await store.append(
      rosterStream(DEVICE),
      ...aboutBoth,
      { type: "contact.updated", data: { ...bea, name: "Bea Nueva" } },
      { type: "chat.updated", data: { ...chatOfBea, pinnedAt: null, archived: true } },
      {
        type: "group.members_changed",
        data: { group: GROUP, action: "demote", author: null, members: [{ ...bea, rank: "member" }] }
      }
    )
    await store.eraseContact(ANA)
    const { contacts, chats, members } = await known(store)
    expect(contacts).toMatchObject([{ number: BEA, name: "Bea Nueva", pushName: "bea-push" }])
    expect(chats).toMatchObject([{ key: BEA_LID, pinnedAt: null, isArchived: true }])
    expect(members).toMatchObject([{ number: BEA, rank: "member" }])
    await store.eraseContact(BEA)
    expect(await known(store)).toMatchObject({ contacts: [], chats: [], members: [], groups: [{ subject: "Pedidos" }] })
  })

  it("[LOG-5] [LOG-8] read models rebuilt after it are the same", async () => {
    await using store = await open()
    await store.append(rosterStream(DEVICE), ...aboutBoth, ...aboutAna)
    await store.messages(received("m1", ANA, text("secreto")), received("m2", BEA, text("de Bea")))
    await store.eraseContact(ANA)
    const live = await store.readModels()
    await store.rebuild()
    expect(await store.readModels()).toEqual(live)
  })

  it.skipIf(name !== "sqlite")("[LOG-8] leaves none of their names in any file", async () => {
    await using store = await open()
    await store.append(rosterStream(DEVICE), ...aboutBoth, ...aboutAna)
    for (const word of WORDS_OF_ANA) expect(filesWith(store.directory, word), word).not.toEqual([])
    await store.eraseContact(ANA)
    for (const word of [ANA, ANA_LID, ...WORDS_OF_ANA]) expect(filesWith(store.directory, word), word).toEqual([])
    expect(filesWith(store.directory, "bea-push")).not.toEqual([])
  })
})

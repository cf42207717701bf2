/** Chats, contacts and groups over HTTP: what a client sees of a device's account, page by page. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"
import { follow } from "./support/follower.ts"

const ME = "51911000001"
const STRANGER = "51911000002"
const BETO = "51922000001"
const CARLA = "51922000002"
const DORA = "51922000003"
/** Its last message is the oldest of all. */
const PINNED = "519330000029"
const OLD = 1_780_000_000

let gateway: TestGateway
let token: string
let stranger: string
let group: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  const { network } = gateway
  token = await gateway.user(ME)
  stranger = await gateway.user(STRANGER)
  network.addContact(BETO, { behaviour: "silent", name: "beto" })
  network.addContact(CARLA, { behaviour: "silent", name: "carla" })
  const phone = network.addPhone(ME, { name: "Me" })
  phone.setHistory([
    ...Array.from({ length: 30 }, (_, i) => ({ with: BETO, text: `beto ${i}`, at: OLD + i, fromMe: i % 3 === 0 })),
    { with: CARLA, text: "carla", at: OLD - 1_000 },
    ...Array.from({ length: 20 }, (_, i) => ({ with: `5193300000${10 + i}`, text: "hola", at: OLD - 10_000 - i }))
  ])
  phone.setKnown({
    chats: [
      { with: CARLA, archived: true, mutedUntil: -1, unread: 2 },
      { with: PINNED, pinnedAt: OLD }
    ],
    people: [
      { number: BETO, name: "Beto Saved" },
      { number: DORA, pushName: "dora" }
    ]
  })
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
  group = network.contact(BETO).createGroup("Family", [ME, CARLA])
  await until(async () => (await get(`/groups/${group}`)).status === 200, "the group")
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const get = (path: string, as = token) => gateway.get(`/v1/devices/${ME}${path}`, { token: as })
/** All pages of a list. */
const all = async (path: string, limit: number) => {
  const items: Record<string, never>[] = []
  for (let after = ""; ; ) {
    const { body } = await get(`${path}${path.includes("?") ? "&" : "?"}limit=${limit}${after}`)
    items.push(...body.items)
    if (body.next === null) return items
    after = `&after=${body.next}`
  }
}

describe("chats", () => {
  it("are listed page by page, the last active first, each once", async () => {
    const chats = await all("/chats", 5)
    const times = chats.map(({ lastActivityAt }) => String(lastActivityAt))
    expect(times).toEqual(times.toSorted().toReversed())
    expect(new Set(chats.map(({ id }) => id)).size).toBe(chats.length)
    expect(chats).toEqual(await all("/chats", 100))
    expect(chats).toHaveLength(23)
  })

  it("show their person by both names, what the phone says of them, and their last message", async () => {
    const { lid } = gateway.network.contact(CARLA)
    const { body } = await get("/chats?archived=true")
    expect(body.items).toMatchObject([
      {
        id: lid,
        kind: "person",
        person: { id: lid, lid, number: CARLA },
        lastActivityAt: new Date((OLD - 1_000) * 1_000).toISOString(),
        unread: 2,
        archived: true,
        muted: true,
        mutedUntil: null,
        lastMessage: { kind: "text", preview: "carla", fromMe: false, sender: { number: CARLA } }
      }
    ])
  })

  it("are found by number, by jid and by LID", async () => {
    const { lid, jid } = gateway.network.contact(BETO)
    for (const name of [BETO, jid, lid])
      expect((await get(`/chats/${name}`)).body).toMatchObject({ id: lid, name: "Beto Saved" })
    expect((await get(`/chats/${group}`)).body).toMatchObject({
      id: group,
      kind: "group",
      name: "Family",
      person: null
    })
    expect((await get("/chats/51999999999")).body.code).toBe("chat-not-found")
  })

  it("are filtered by unread messages, and by their last activity", async () => {
    const unread = (await get("/chats?unread=true")).body.items
    expect(unread).toMatchObject([{ person: { number: CARLA } }])
    const since = new Date(OLD * 1_000).toISOString()
    const active = (await get(`/chats?since=${since}&archived=false`)).body.items
    expect(active.map(({ name }: { name: string }) => name)).toEqual(["Family", "Beto Saved"])
  })

  it("are filtered by whether the owner pinned them to the top, page by page", async () => {
    expect((await get("/chats?pinned=true")).body.items).toMatchObject([
      { person: { number: PINNED }, pinnedAt: new Date(OLD * 1_000).toISOString() }
    ])
    const others = await all("/chats?pinned=false", 5)
    expect(others).toEqual((await all("/chats", 100)).filter(({ pinnedAt }) => pinnedAt === null))
    expect(others).toHaveLength(22)
  })

  it("show a new message at once: higher in the list, unread, and with its beginning", async () => {
    await gateway.network.contact(BETO).send(ME, { text: "¡buenas! ".repeat(50) })
    const first = await until(async () => {
      const [chat] = (await get("/chats?limit=1")).body.items
      return chat.unread === 1 ? chat : undefined
    }, "the unread message")
    expect(first).toMatchObject({ name: "Beto Saved", lastMessage: { kind: "text", sender: { number: BETO } } })
    expect(first.lastMessage.preview).toHaveLength(100)
  })

  it("refuse what is no cursor of theirs", async () => {
    const { status, body } = await get("/chats?after=abc")
    expect([status, body.code, body.field]).toEqual([400, "invalid-request", "after"])
  })
})

describe("messages of a chat", () => {
  it("are the newest first, live ones and those of the history, page by page", async () => {
    const messages = await all(`/chats/${BETO}/messages`, 7)
    expect(messages).toHaveLength(31)
    expect(messages.slice(1).map(({ text }) => text)).toEqual(Array.from({ length: 30 }, (_, i) => `beto ${29 - i}`))
    expect(messages[30]).toMatchObject({ fromMe: true, sender: null, sentAt: new Date(OLD * 1_000).toISOString() })
    expect(messages[29]).toMatchObject({
      fromMe: false,
      sender: { number: BETO, name: "Beto Saved" },
      status: "received"
    })
  })

  it("say who wrote in a group, and what became of a message since", async () => {
    const carla = gateway.network.contact(CARLA)
    const first = await carla.send(group, { text: "uno" })
    const second = await carla.send(group, { text: "dos" })
    await carla.send(group, { text: "uno, corregido", edit: first })
    await carla.send(group, { revoke: second })
    const list = async () => (await get(`/chats/${group}/messages`)).body.items
    await until(async () => {
      const [newest, older] = await list()
      return newest?.deletedAt && older?.editedAt
    }, "the edit and the deletion")
    expect(await list()).toMatchObject([
      { id: second, text: null, sender: { number: CARLA } },
      { id: first, text: "uno, corregido", deletedAt: null }
    ])
    expect((await get(`/chats/${group}`)).body.lastMessage).toMatchObject({ id: second, preview: null, deleted: true })
  })

  it("show what they answer, and who reacted to them last", async () => {
    const carla = gateway.network.contact(CARLA)
    const question = await carla.send(ME, { text: "¿a qué hora?" })
    const answer = await carla.send(ME, { text: "ya lo vi", quote: question })
    await carla.send(ME, { react: "😮", target: question })
    await carla.send(ME, { react: "❤️", target: question })
    const list = async () => (await get(`/chats/${CARLA}/messages?limit=2`)).body.items
    await until(async () => (await list())[1]?.reactions[0]?.emoji === "❤️", "the last reaction")
    await gateway.call("PUT", `/v1/devices/${ME}/chats/${CARLA}/messages/${question}/reaction`, {
      token,
      body: { emoji: "👍" }
    })
    expect(await list()).toMatchObject([
      { id: answer, quote: { id: question, kind: "text", text: "¿a qué hora?" }, reactions: [], failure: null },
      {
        id: question,
        quote: null,
        reactions: [
          { emoji: "❤️", person: { number: CARLA } },
          { emoji: "👍", person: null }
        ]
      }
    ])
    const found = (await get(`/search?q=${encodeURIComponent("¿a qué hora?")}`)).body.items
    expect(found).toMatchObject([{ id: question, reactions: [{ emoji: "❤️" }, { emoji: "👍" }] }])
  })

  it("that the device sent have their delivery status", async () => {
    const sent = await gateway.post(`/v1/devices/${ME}/messages`, { to: CARLA, text: "para Carla" }, { token })
    const newest = async () => (await get(`/chats/${CARLA}/messages?limit=1`)).body.items[0]
    await until(async () => (await newest()).status === "delivered", "the receipt")
    expect(await newest()).toMatchObject({ id: sent.body.id, fromMe: true, text: "para Carla" })
  })
})

describe("contacts", () => {
  it("are listed with every name, each once", async () => {
    const contacts = await all("/contacts", 3)
    expect(new Set(contacts.map(({ id }) => id)).size).toBe(contacts.length)
    const beto = contacts.find(({ number }) => number === BETO)
    expect(beto).toMatchObject({ lid: gateway.network.contact(BETO).lid, name: "Beto Saved", pushName: "beto" })
    expect(contacts.find(({ number }) => number === DORA)).toMatchObject({
      name: "dora",
      savedName: null,
      blocked: false
    })
  })

  it("are found by number and LID, with the groups that they share with the account", async () => {
    const { lid } = gateway.network.contact(CARLA)
    for (const name of [CARLA, lid]) {
      expect((await get(`/contacts/${name}`)).body).toMatchObject({
        number: CARLA,
        groups: [{ id: group, subject: "Family" }]
      })
    }
    expect((await get("/contacts/51999999999")).body.code).toBe("contact-not-found")
  })
})

describe("groups", () => {
  it("are listed, and shown with their members by name", async () => {
    expect((await get("/groups")).body.items).toMatchObject([{ id: group, subject: "Family", member: true }])
    const { members } = (await get(`/groups/${group}`)).body
    expect(members.map(({ number, rank }: Record<string, string>) => `${number} ${rank}`).toSorted()).toEqual(
      [`${ME} member`, `${BETO} superadmin`, `${CARLA} member`].toSorted()
    )
    expect(members.find(({ number }: { number: string }) => number === BETO).name).toBe("Beto Saved")
    expect((await get("/groups/120363000000000000@g.us")).body.code).toBe("group-not-found")
  })
})

describe("a client that reads pages while the account goes on", () => {
  it("gets every message of before once: what arrives meanwhile moves no cursor", async () => {
    const beto = gateway.network.contact(BETO)
    const path = `/chats/${BETO}/messages`
    const before = (await all(path, 100)).map(({ id }) => id)
    const read: string[] = []
    for (let after = "", page = 0; ; page++) {
      const { body } = await get(`${path}?limit=5${after}`)
      read.push(...body.items.map(({ id }: { id: string }) => id))
      if (body.next === null) break
      after = `&after=${body.next}`
      if (page > 2) continue
      const id = await beto.send(ME, { text: `meanwhile ${page}` })
      if (page === 1) await beto.send(ME, { text: "meanwhile, corrected", edit: id })
      await until(async () => (await get(`${path}?limit=1`)).body.items[0]?.id === id, "the message")
    }
    expect(read).toEqual(before)
  })

  it("gets every chat that does not move once, and every contact", async () => {
    const keys = async (path: string, during: (page: number) => Promise<void>) => {
      const read: string[] = []
      for (let after = "", page = 0; ; page++) {
        const { body } = await get(`${path}?limit=6${after}`)
        read.push(...body.items.map(({ id }: { id: string }) => id))
        if (body.next === null) return read
        after = `&after=${body.next}`
        await during(page)
      }
    }
    const chats = (await all("/chats", 100)).map(({ id }) => id)
    const carla = gateway.network.contact(CARLA)
    const readChats = await keys("/chats", async (page) => {
      const id = await carla.send(ME, { text: `meanwhile ${page}` })
      await until(async () => (await get(`/chats/${CARLA}/messages?limit=1`)).body.items[0]?.id === id, "the message")
    })
    const { lid } = carla
    expect(readChats.filter((id) => id !== lid)).toEqual(chats.filter((id) => id !== lid))
    const contacts = (await all("/contacts", 100)).map(({ id }) => id)
    const readContacts = await keys("/contacts", async (page) => {
      const number = `5194400000${page}`
      await gateway.network.phone(ME).do({ save: `New ${page}`, chat: number })
      await until(async () => (await get(`/contacts/${number}`)).status === 200, "the new contact")
    })
    const isOld = (id: string) => contacts.some((each) => each === id)
    expect(readContacts.filter(isOld)).toEqual(contacts)
    expect(new Set(readContacts).size).toBe(readContacts.length)
  })
})

describe("[SEC-1] another user", () => {
  it("who knows the same people sees what their own account knows of them, and nothing of mine", async () => {
    const phone = gateway.network.addPhone(STRANGER, { name: "Stranger" })
    phone.setHistory([{ with: BETO, text: "strangers only", at: OLD }])
    phone.setKnown({ people: [{ number: BETO, name: "Cousin" }] })
    await gateway.connect(stranger, STRANGER)
    await gateway.untilSynced(stranger, STRANGER)
    const of = async (path: string) =>
      (await gateway.get(`/v1/devices/${STRANGER}${path}`, { token: stranger })).body.items
    expect(await of("/chats")).toMatchObject([{ name: "Cousin", lastMessage: { preview: "strangers only" } }])
    expect(await of("/contacts")).toMatchObject([{ number: BETO, savedName: "Cousin" }])
    expect(await of(`/chats/${BETO}/messages`)).toMatchObject([{ text: "strangers only" }])
    expect(await of("/groups")).toEqual([])
    const mine = JSON.stringify([await all("/chats", 100), await all(`/chats/${BETO}/messages`, 100)])
    for (const words of ["strangers only", "Cousin"]) expect(mine).not.toContain(words)
  })

  it("sees none of it", async () => {
    for (const path of [
      "/chats",
      `/chats/${BETO}`,
      `/chats/${BETO}/messages`,
      "/contacts",
      `/contacts/${BETO}`,
      "/groups",
      `/groups/${group}`,
      "/labels"
    ]) {
      expect((await get(path, stranger)).body.code).toBe("device-not-found")
    }
  })
})

describe("presence", () => {
  const beto = () => gateway.network.contact(BETO)
  const framesOf = (follower: { readonly frames: readonly { readonly type: string }[] }) =>
    follower.frames.filter(({ type }) => type === "presence.changed")

  it("of a chat that a stream watches comes as it changes, without a position, and is not in the log", async () => {
    await using follower = await follow(gateway, `?device=${ME}&presence=${BETO}&types=presence.changed`, { token })
    await until(() => framesOf(follower).length === 1, "the presence now")
    beto().setAvailable(true)
    beto().type(ME, "composing")
    await until(() => framesOf(follower).length === 3, "two changes")
    beto().setAvailable(false)
    await until(() => framesOf(follower).length === 4, "the end")
    const { lid, jid } = beto()
    expect(framesOf(follower)).toMatchObject([
      { presence: "unavailable" },
      { presence: "available", chat: jid, chatAlt: lid, person: { number: BETO, lid } },
      { presence: "composing" },
      { presence: "unavailable", lastSeen: expect.stringMatching(/Z$/) }
    ])
    expect(framesOf(follower).some((frame) => "position" in frame)).toBe(false)
    const { body } = await get("/events?limit=1000")
    expect(JSON.stringify(body)).not.toContain("presence.changed")
  })

  it("[SEC-1] is not told to another user", async () => {
    await using watcher = await follow(gateway, `?device=${ME}&presence=${BETO}`, { token })
    await using other = await follow(gateway, "", { token: stranger })
    await until(() => framesOf(watcher).length === 1, "the presence")
    beto().setAvailable(true)
    await until(() => framesOf(watcher).length === 2, "the change")
    expect(framesOf(other)).toEqual([])
  })
})

describe("[LOG-8] a contact that is erased", () => {
  it("is in no chat, no list of contacts and no group any more; others are", async () => {
    const contacts = (await all("/contacts", 100)).map(({ id }) => id)
    const { lid } = gateway.network.contact(BETO)
    expect(contacts).toContain(lid)
    const erased = await gateway.call("DELETE", `/v1/contacts/${BETO}/content`, { operator: true })
    expect(erased.status).toBe(200)
    for (const path of [`/chats/${BETO}`, `/chats/${lid}`, `/chats/${BETO}/messages`, `/contacts/${BETO}`])
      expect((await get(path)).status, path).toBe(404)
    expect((await all("/contacts", 100)).map(({ id }) => id)).toEqual(contacts.filter((id) => id !== lid))
    const chats = await all("/chats", 100)
    expect(JSON.stringify(chats)).not.toMatch(/Beto Saved|beto 29/)
    expect(chats.map(({ id }) => id)).toContain(gateway.network.contact(CARLA).lid)
    const { body } = await get(`/groups/${group}`)
    const numbers = body.members.map(({ number }: { number: string }) => number)
    expect(numbers.toSorted()).toEqual([ME, CARLA].toSorted())
  })
})

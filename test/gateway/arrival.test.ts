/** How messages arrive: in order, from contacts without a number, from the history, from channels; and what members of groups did with ours. */
import { createHash } from "node:crypto"
import { setImmediate } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { optionHash } from "../../src/events/content.ts"
import type { Contact } from "../../src/sandbox/people/contact.ts"
import { TestGateway } from "../support/gateway.ts"
import type { RecordedJson } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"

const ME = "51911000061"
const BETO = "51922000061"
const CARLA = "51922000062"
const jid = (number: string) => `${number}@s.whatsapp.net`

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  token = await gateway.user(ME)
  gateway.network.addContact(BETO, { behaviour: "silent", name: "Beto" })
  gateway.network.addContact(CARLA, { behaviour: "silent", name: "Carla" })
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const beto = () => gateway.network.contact(BETO)
const phone = () => gateway.network.phone(ME)
const events = () => gateway.events(token, ME)
const eventOf = (messageId: string, type = "message.received"): Promise<RecordedJson> =>
  until(
    async () => (await events()).find((event) => event.data.messageId === messageId && event.type === type),
    `${type} of ${messageId}`
  )

describe("five messages within milliseconds", () => {
  let nextNumber = 51_960_000_000
  const newcomers = (): readonly Contact[] =>
    Array.from({ length: 6 }, () => gateway.network.addContact(String(nextNumber++)))
  /** Sends m0 to m4 to each chat, and answers in which order each chat has them. */
  const burst = async (
    contacts: readonly Contact[],
    chatOf: (contact: Contact) => string,
    meanwhile?: (send: () => Promise<void>) => Promise<void>
  ) => {
    const send = async () => {
      for (const contact of contacts) {
        for (let i = 0; i < 5; i++) {
          await contact.send(chatOf(contact), { text: `m${i} ${contact.number}` })
          // The gateway gets each as it is sent.
          await setImmediate()
        }
      }
    }
    await (meanwhile === undefined ? send() : meanwhile(send))
    const textsOf = async (number: string) =>
      (await events()).flatMap(({ data }) => {
        const text: string = data.content?.text ?? ""
        return text.endsWith(` ${number}`) ? [text.split(" ")[0]] : []
      })
    const all = () => Promise.all(contacts.map(({ number }) => textsOf(number)))
    return until(async () => {
      const texts = await all()
      return texts.every(({ length }) => length === 5) && texts
    }, "all of them")
  }
  const inOrder = ["m0", "m1", "m2", "m3", "m4"]

  it("[IN-3] of contacts who write for the first time are recorded in their order", async () => {
    expect(await burst(newcomers(), () => ME)).toEqual(Array.from({ length: 6 }, () => inOrder))
  })

  it("[IN-3] of contacts who write by LID, as well", async () => {
    const contacts = newcomers()
    for (const contact of contacts) contact.setAddressing("lid")
    expect(await burst(contacts, () => ME)).toEqual(Array.from({ length: 6 }, () => inOrder))
  })

  it("[IN-3] in groups, as well", async () => {
    const groups = new Map<Contact, string>()
    const contacts = newcomers()
    for (const contact of contacts) groups.set(contact, contact.createGroup("g", [ME]))
    expect(await burst(contacts, (contact) => groups.get(contact) ?? "")).toEqual(
      Array.from({ length: 6 }, () => inOrder)
    )
  })

  it("[IN-3] while the gateway is away, as well", async () => {
    const away = (send: () => Promise<void>) => gateway.restart({}, send)
    expect(await burst(newcomers(), () => ME, away)).toEqual(Array.from({ length: 6 }, () => inOrder))
  })
})

describe("a contact whose number WhatsApp does not tell", () => {
  it("is in a chat of its LID, and can be answered there", async () => {
    const luz = gateway.network.addContact("51955555555", { name: "Luz" })
    luz.hideNumber()
    const event = await eventOf(await luz.send(ME, { text: "hola" }))
    expect(event.data).toMatchObject({ chat: luz.lid, chatAlt: null, sender: luz.lid, senderAlt: null })
    const { chat } = event.data
    const { status, body } = await gateway.post(
      `/v1/devices/${ME}/messages`,
      { to: chat, text: "respuesta" },
      { token, headers: { prefer: "wait=10" } }
    )
    expect([status, body.status, body.chat]).toEqual([200, "sent", luz.lid])
    await until(() => luz.inbox.some(({ text }) => text === "respuesta"), "the answer")
  })
})

describe("the history", () => {
  it("[IN-1] has the content of every kind, and what people had done to messages", async () => {
    const number = "51911000062"
    const withBeto = { with: BETO, at: 1_700_000_000 }
    const key = (participant = jid(BETO)) => ({ remoteJid: jid(BETO), fromMe: false, id: "3AX", participant })
    const selectedOptions = [createHash("sha256").update("Pollo").digest("base64")]
    gateway.network.addPhone(number).setHistory([
      {
        ...withBeto,
        text: "hola",
        info: { reactions: [{ key: key(), text: "👍", senderTimestampMs: "1700000001000" }] }
      },
      {
        ...withBeto,
        at: 1_700_000_010,
        id: "3APOLL",
        proto: {
          pollCreationMessageV3: { name: "¿Qué?", options: [{ optionName: "Pollo" }, { optionName: "Pasta" }] }
        },
        info: {
          messageSecret: Buffer.alloc(32, 3).toString("base64"),
          pollUpdates: [{ pollUpdateMessageKey: key(), vote: { selectedOptions }, senderTimestampMs: "1700000011000" }]
        }
      },
      {
        ...withBeto,
        at: 1_700_000_020,
        proto: { eventMessage: { name: "Reunión" } },
        info: { eventResponses: [{ eventResponseMessageKey: key(), eventResponseMessage: { response: "GOING" } }] }
      },
      { ...withBeto, at: 1_700_000_030, proto: { bcallMessage: { caption: "en vivo" } } },
      {
        ...withBeto,
        at: 1_700_000_040,
        proto: { pinInChatMessage: { key: { id: "3APOLL", fromMe: true }, type: "PIN_FOR_ALL" } }
      }
    ])
    await gateway.connect(token, number)
    const synced = await until(
      async () => (await gateway.events(token, number)).find(({ type }) => type === "history.synced"),
      "the history"
    )
    const doer = { jid: jid(BETO), alt: beto().lid, fromMe: false }
    const { messages } = synced.data
    expect(messages.map(({ content }: { content: { kind: string } }) => content.kind)).toEqual([
      "text",
      "poll",
      "event",
      "unknown"
    ])
    expect(messages[0].reactions).toEqual([{ ...doer, at: 1_700_000_001_000, emoji: "👍" }])
    expect(messages[1]).toMatchObject({
      secret: Buffer.alloc(32, 3).toString("base64"),
      votes: [{ ...doer, at: 1_700_000_011_000, options: [{ hash: optionHash("Pollo"), name: "Pollo" }] }]
    })
    expect(messages[2].answers).toEqual([{ ...doer, at: null, answer: "going", extraGuests: 0 }])
    expect(Buffer.from(messages[3].content.bytes, "base64").toString()).toContain("en vivo")
    const pinned = await until(
      async () => (await gateway.events(token, number)).find(({ type }) => type === "message.pinned"),
      "the pin"
    )
    expect(pinned.data).toMatchObject({ target: "3APOLL", pinned: true, offline: true })
  })
})

describe("a post of a channel", () => {
  it("[IN-1] is recorded in the channel's chat", async () => {
    const channel = "120363000000000001@newsletter"
    const { data } = await eventOf(phone().receivePost(channel, { conversation: "novedades" }))
    expect(data).toMatchObject({
      chat: channel,
      chatAlt: null,
      sender: channel,
      content: { kind: "text", text: "novedades" }
    })
  })
})

describe("receipts of a group that came while the gateway was away", () => {
  it("[IN-2] count for each member, although WhatsApp puts them together", async () => {
    const group = beto().createGroup("Avisos", [ME, CARLA])
    const people = [BETO, CARLA].map((number) => gateway.network.contact(number))
    for (const person of people) person.setOnline(false)
    const { body } = await gateway.post(
      `/v1/devices/${ME}/messages`,
      { to: group, text: "aviso" },
      { token, headers: { prefer: "wait=10" } }
    )
    await gateway.restart({}, async () => {
      for (const person of people) person.setOnline(true)
      await until(() => people.every(({ inbox }) => inbox.some(({ id }) => id === body.id)), "the message")
      for (const person of people) person.read(body.id)
    })
    const read = await until(async () => {
      const found = (await events()).filter(({ type, data }) => type === "message.read" && data.messageId === body.id)
      return found.length === 2 && found
    }, "both receipts")
    expect(read.map(({ data }) => data.participant).toSorted()).toEqual([jid(BETO), jid(CARLA)])
  })
})

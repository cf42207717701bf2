/** People whom WhatsApp names by one of their two names only: the other is found out, and their messages are in one chat. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Contact } from "../../src/sandbox/people/contact.ts"
import { TestGateway } from "../support/gateway.ts"
import type { RecordedJson } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"

const ME = "51911000081"
const HOST = "51922000080"

let gateway: TestGateway
let token: string
let nextNumber = 51_922_000_081

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  token = await gateway.user(ME)
  gateway.network.addContact(HOST, { behaviour: "silent" })
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const host = () => gateway.network.contact(HOST)
const namedOnce = (addressing: "pn" | "lid"): Contact => {
  const contact = gateway.network.addContact(String(nextNumber++), { behaviour: "silent" })
  contact.setAddressing(addressing)
  contact.setNamedOnce(true)
  return contact
}
const received = (messageId: string): Promise<RecordedJson> =>
  until(
    async () => (await gateway.events(token, ME)).find(({ data }) => data.messageId === messageId),
    `message ${messageId}`
  )
const namesIn = ({ data: { chat, chatAlt, sender, senderAlt } }: RecordedJson) => ({ chat, chatAlt, sender, senderAlt })
const one = (jid: string) => ({ chat: jid, chatAlt: null, sender: jid, senderAlt: null })
const both = ({ jid, lid }: Contact) => ({ chat: jid, chatAlt: lid, sender: jid, senderAlt: lid })

describe("a contact who never wrote", () => {
  it("has both names once the gateway has written to it: its chat is found by each", async () => {
    const { number, lid, jid } = gateway.network.addContact(String(nextNumber++), { behaviour: "silent" })
    const body = { fromNumber: ME, number, message: "hola" }
    expect((await gateway.post("/api/send-message", body, { token })).status).toBe(200)
    for (const name of [number, lid, jid]) {
      const { body: chat } = await gateway.get(`/v1/devices/${ME}/chats/${name}`, { token })
      expect(chat).toMatchObject({ id: lid, person: { lid, number } })
    }
  })
})

describe("a contact who writes by LID, without a number", () => {
  it("is in the chat of the LID, and in that of the number once a group tells it", async () => {
    const contact = namedOnce("lid")
    expect(namesIn(await received(await contact.send(ME, { text: "uno" })))).toEqual(one(contact.lid))
    const group = host().createGroup("Vecinos", [ME, contact.number])
    await received(await host().send(group, { text: "bienvenidos" }))
    expect(namesIn(await received(await contact.send(ME, { text: "dos" })))).toEqual(both(contact))
  })

  it("is in the chat of the number once the gateway has written to it", async () => {
    const contact = namedOnce("lid")
    const body = { fromNumber: ME, number: contact.number, message: "hola" }
    expect((await gateway.post("/api/send-message", body, { token })).status).toBe(200)
    expect(namesIn(await received(await contact.send(ME, { text: "hola" })))).toEqual(both(contact))
  })

  it("is in the chat of the number when the phone has told it in the history", async () => {
    const number = "51911000082"
    const contact = namedOnce("lid")
    gateway.network.addPhone(number).setHistory([{ with: contact.number, text: "hace tiempo", at: 1_700_000_000 }])
    await gateway.connect(token, number)
    await gateway.untilSynced(token, number)
    const id = await contact.send(number, { text: "hoy" })
    const event = await until(
      async () => (await gateway.events(token, number)).find(({ data }) => data.messageId === id),
      "the message"
    )
    expect(namesIn(event)).toEqual(both(contact))
  })

  it("is named by number in receipts of a group, once that is known", async () => {
    const contact = namedOnce("lid")
    const group = host().createGroup("Avisos", [ME, contact.number])
    await received(await host().send(group, { text: "bienvenidos" }))
    const id = await gateway.network.phone(ME).send(group, { text: "aviso" })
    const delivered = await until(
      async () =>
        (await gateway.events(token, ME)).find(
          ({ type, data }) => type === "message.delivered" && data.messageId === id && data.participant !== host().jid
        ),
      "the receipt"
    )
    expect(delivered.data.participant).toBe(contact.jid)
  })
})

describe("a contact who writes by number, without a LID", () => {
  it("has both names: WhatsApp tells the other when it is asked", async () => {
    const contact = namedOnce("pn")
    expect(namesIn(await received(await contact.send(ME, { text: "hola" })))).toEqual(both(contact))
  })

  it("has both names when a group told them before", async () => {
    const contact = namedOnce("pn")
    const group = host().createGroup("Vecinos", [ME])
    host().changeGroup(group, "add", [contact.number])
    await received(await host().send(group, { text: "bienvenida" }))
    expect(namesIn(await received(await contact.send(ME, { text: "hola" })))).toEqual(both(contact))
  })
})

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51911000001"
const jid = (number: string) => `${number}@s.whatsapp.net`

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 50 } })
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

describe("a number in one form, which WhatsApp knows in the other form", () => {
  it.each([
    ["Mexican, with the 1 that was dropped", "5215512345678", "525512345678"],
    ["Mexican, of an account older than that", "525598765432", "5215598765432"],
    ["Argentine, without the 9", "541155550001", "5491155550001"],
    ["Argentine, with a 9 that WhatsApp leaves out", "5491155550002", "541155550002"],
    ["Brazilian, with the ninth digit", "5511987654321", "551187654321"],
    ["Brazilian, without it", "551191234567", "5511991234567"]
  ])("%s", async (_name, written, known) => {
    const contact = gateway.network.addContact(known, { behaviour: "reads" })
    const { status, body } = await gateway.post("/api/send-message", { number: written, message: "hola" }, { token })
    expect({ status, to: body.to }).toEqual({ status: 200, to: written })
    await until(() => contact.inbox.length === 1, "the message")
    const read = async () => (await gateway.get(`/v1/messages/${body.messageId}`, { token })).body.status === "read"
    await until(read, "the receipt")
    const queued = (await gateway.events(token, ME)).find(
      ({ type, data }) => type === "message.queued" && data.messageId === body.messageId
    )
    expect(queued?.data).toMatchObject({ number: written, chat: jid(known), chatAlt: contact.lid })
  })

  it("that is not on WhatsApp in either form is reported", async () => {
    const { status, body } = await gateway.post(
      "/api/send-message",
      { number: "5215511112222", message: "hola" },
      { token }
    )
    expect({ status, body }).toMatchObject({ status: 404, body: { number: "5215511112222" } })
  })
})

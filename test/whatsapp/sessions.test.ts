import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const DEVICES = Array.from({ length: 5 }, (_, i) => `5191100000${i}`)
const CONTACT = "51922000000"
const EACH = 30

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 50 } })
  token = await gateway.user("51900000001")
  for (const device of DEVICES) {
    await gateway.connect(token, device)
    await gateway.untilSynced(token, device)
  }
  gateway.network.addContact(CONTACT, { behaviour: "silent" })
})
afterAll(() => gateway[Symbol.asyncDispose]())

describe("Signal sessions of several devices with one contact", () => {
  it("messages that cross each other, from the first on, are all read at the first attempt (complaint 10)", async () => {
    const { network } = gateway
    const contact = network.contact(CONTACT)
    const rounds = Array.from({ length: EACH }, (_, i) => i)
    const write = async (device: string) => {
      for (const i of rounds) await contact.send(device, { text: `to ${device} ${i}` })
    }
    const send = async (device: string) => {
      const body = { fromNumber: device, number: CONTACT, message: "hola" }
      const answers = await Promise.all(rounds.map(() => gateway.post("/api/send-message", body, { token })))
      expect(answers.map(({ status }) => status)).toEqual(rounds.map(() => 200))
    }
    await Promise.all(DEVICES.flatMap((device) => [write(device), send(device)]))
    for (const device of DEVICES) {
      await until(async () => {
        const received = (await gateway.events(token, device)).filter(({ type }) => type === "message.received")
        return received.length === EACH
      }, `what was written to ${device}`)
    }
    await until(() => contact.inbox.length === DEVICES.length * EACH, "what the contact was sent")
    expect(network.stats().retryReceipts).toBe(0)
  })
})

/** On its way to the device, a request reads one row for its token and one for its device from the store. */
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { Accounts } from "../../src/store/accounts.ts"
import { Devices } from "../../src/store/devices.ts"
import { Messages } from "../../src/store/messages.ts"
import { Tokens } from "../../src/store/tokens.ts"
import { TestGateway } from "../support/gateway.ts"

const ME = "51948907640"
const CONTACT = "51999999999"

let gateway: TestGateway
let me: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 30 } })
  gateway.network.addContact(CONTACT)
  me = await gateway.user(ME)
  await gateway.connect(me, ME)
  await gateway.untilSynced(me, ME)
  // The first message looks the contact up at WhatsApp; the next ones find it in the cache.
  await gateway.post("/api/send-message", { number: CONTACT, message: "Hola" }, { token: me })
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** The reads that `work` causes, by service and method. */
const readsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
  const reads: string[] = []
  const services = await gateway.gateway.runtime.runPromise(Effect.all({ Accounts, Devices, Messages, Tokens }))
  const spies = Object.entries(services).flatMap(([name, service]) =>
    Object.entries(service).flatMap(([method, original]) => {
      if (typeof original !== "function") return []
      const spy = vi.spyOn(service as unknown as Record<string, (...args: unknown[]) => unknown>, method)
      spy.mockImplementation((...args) => {
        reads.push(`${name}.${method}`)
        return (original as (...given: unknown[]) => unknown)(...args)
      })
      return [spy]
    })
  )
  await work()
  for (const spy of spies) spy.mockRestore()
  return reads
}

it.each([
  [
    "/api/send-message",
    { number: CONTACT, message: "Hola", fromNumber: ME },
    ["Tokens.byHash", "Devices.byOwnerAndNumber"]
  ],
  ["/api/send-message", { number: CONTACT, message: "Hola" }, ["Tokens.byHash", "Devices.byOwnerAndNumber"]],
  [
    `/v1/devices/${ME}/messages`,
    { to: CONTACT, text: "Hola" },
    // The last one reads the message for the response.
    ["Tokens.byHash", "Devices.byOwnerAndNumber", "Messages.sent"]
  ]
])("POST %s looks up its token once and its device once", async (path, body, expected) => {
  const reads = await readsOf(async () => {
    const { status } = await gateway.post(path, body, { token: me })
    expect([200, 202]).toContain(status)
  })
  expect(reads.filter((read) => /^(Tokens|Accounts|Devices)\.|Messages\.(sent|byId)/.test(read))).toEqual(expected)
})

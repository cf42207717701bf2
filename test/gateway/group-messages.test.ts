/** Messages to groups: WhatsApp is not asked for the members with each one, and each goes to those who are members then. */
import { afterAll, beforeAll, expect, it } from "vitest"
import { GatewayOfOne } from "../support/gateway-of-one.ts"
import { until } from "../support/until.ts"

const ME = "51911000021"
const BETO = "51922000021"
const CARLA = "51922000022"
const DORA = "51922000023"

let account: GatewayOfOne
let group: string

beforeAll(async () => {
  account = await GatewayOfOne.start(ME)
  for (const number of [BETO, CARLA, DORA]) account.network.addContact(number, { behaviour: "silent" })
  group = (await account.post("/groups", { subject: "Avisos", members: [BETO] })).body.group.group
})
afterAll(async () => {
  await account[Symbol.asyncDispose]()
})

const send = (text: string) => account.post("/messages", { to: group, text }, { prefer: "wait=10" })
const textsOf = (number: string) => account.network.contact(number).inbox.map((message) => message.text)
const untilGot = (number: string, text: string) => until(() => textsOf(number).includes(text), `${text} at ${number}`)

it("twenty messages cost one question for the members", async () => {
  await send("uno")
  // Any other question would be refused, and its message would fail.
  account.network.fault({ kind: "iq_error", xmlns: "w:g2", code: 429, number: ME, untilCleared: true })
  const sent: number[] = []
  for (let nth = 2; nth <= 20; nth++) sent.push((await send(`mensaje ${nth}`)).status)
  account.network.clearFaults()
  expect(sent).toEqual(sent.map(() => 200))
  await untilGot(BETO, "mensaje 20")
  expect(textsOf(BETO)).toHaveLength(20)
})

it("a member whom the account adds gets the next message", async () => {
  await account.post(`/groups/${group}/members`, { members: [CARLA] })
  await send("para Carla")
  await untilGot(CARLA, "para Carla")
})

it("a member whom another administrator adds gets the next message, and one who left does not", async () => {
  await account.post(`/groups/${group}/members/promote`, { members: [BETO] })
  account.network.contact(BETO).changeGroup(group, "add", [DORA])
  account.network.contact(CARLA).groups.leave(group)
  const left = async () => (await account.get(`/groups/${group}`)).body.members.length === 3
  await until(left, "the gateway to know it")
  await send("para Dora")
  await untilGot(DORA, "para Dora")
  expect(textsOf(CARLA)).not.toContain("para Dora")
})

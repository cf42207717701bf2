/** What people did with messages of the account, as WhatsApp's receipts say it: many at once, of voice notes, and of the account itself. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"
import { voice } from "../support/sample-files.ts"

const ME = "51911000095"
const BETO = "51922000095"
const LISTENER = "51922000096"

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  token = await gateway.user(ME)
  gateway.network.addContact(BETO, { behaviour: "silent" })
  gateway.network.addContact(LISTENER, { behaviour: "reads" })
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const beto = () => gateway.network.contact(BETO)
const phone = () => gateway.network.phone(ME)
const send = async (to: string, content: Record<string, unknown>): Promise<string> => {
  const answer = await gateway.post(
    `/v1/devices/${ME}/messages`,
    { to, ...content },
    { token, headers: { prefer: "wait=10" } }
  )
  return answer.body.id
}
const typesOf = async (messageId: string): Promise<readonly string[]> =>
  (await gateway.events(token, ME)).filter(({ data }) => data.messageId === messageId).map(({ type }) => type)
const untilEvent = (messageId: string, type: string) =>
  until(async () => (await typesOf(messageId)).includes(type), `${type} of ${messageId}`)

describe("a receipt", () => {
  it("[IN-2] that lists several messages counts for each of them", async () => {
    const ids = [
      await send(BETO, { text: "uno" }),
      await send(BETO, { text: "dos" }),
      await send(BETO, { text: "tres" })
    ]
    await until(() => ids.every((id) => beto().inbox.some((message) => message.id === id)), "the messages")
    beto().read(ids)
    for (const id of ids) await untilEvent(id, "message.read")
  })

  it("[IN-2] of a voice note that is played is neither lost nor a second reading", async () => {
    const id = await send(LISTENER, { media: voice.toString("base64"), kind: "audio", voiceNote: true })
    await untilEvent(id, "message.played")
    expect((await typesOf(id)).slice(-3)).toEqual(["message.delivered", "message.read", "message.played"])
    expect((await gateway.get(`/v1/messages/${id}`, { token })).body.status).toBe("played")
  })

  it("[IN-2] of the owner, who reads on the phone, says nothing of the account's own messages", async () => {
    const sent = await send(BETO, { text: "mío" })
    const group = beto().createGroup("Amigos", [ME])
    const shown = await beto().send(ME, { text: "suyo" })
    const hidden = await beto().send(ME, { text: "suyo también" })
    const inGroup = await beto().send(group, { text: "del grupo" })
    const ids = [shown, hidden, inGroup]
    await until(() => ids.every((id) => phone().inbox.some((message) => message.id === id)), "the messages")
    for (const id of ids) await untilEvent(id, "message.received")
    phone().read(shown)
    phone().read(hidden, { shown: false })
    phone().read(inGroup)
    await until(() => phone().companions[0]?.waiting === 0, "the gateway to confirm the receipts")
    await until(() => beto().receipts.some(({ id, type }) => id === shown && type === "read"), "the reading")
    expect(beto().receipts.some(({ id, type }) => id === hidden && type.startsWith("read"))).toBe(false)
    await untilEvent(sent, "message.delivered")
    for (const id of ids) expect(await typesOf(id)).toEqual(["message.received"])
    expect(await typesOf(sent)).toEqual(["message.queued", "message.sent", "message.delivered"])
  })
})

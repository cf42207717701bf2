/** Files that WhatsApp has no longer: the phone is asked to upload them again. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51911000061"
const BETO = "51922000061"
/** The phone has twice as long. */
const WAIT_MS = 500

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { WA_RESEND_WAIT_MS: String(WAIT_MS) }, network: { prekeyCount: 50 } })
  gateway.network.addContact(BETO, { behaviour: "silent" })
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
})
beforeEach(() => phone().setReuploads("upload"))
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const phone = () => gateway.network.phone(ME)
const beto = () => gateway.network.contact(BETO)

let written = 0
/** A file that the gateway knows of and has not fetched. */
const file = async (to = ME) => {
  const media = Buffer.from(`file ${++written}`)
  const id = await beto().send(to, { media, mimetype: "text/plain", filename: "a.txt" })
  await until(async () => (await gateway.get(`/v1/messages/${id}`, { token })).status === 200, "the message")
  await until(() => phone().inbox.some((message) => message.id === id), "the message on the phone")
  return { id, media }
}
const fetched = async (id: string) => {
  const answer = await fetch(`${gateway.url}/v1/messages/${id}/media`, {
    headers: { authorization: `Bearer ${token}` }
  })
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
}

it.each([404, 410, 403])("a file that WhatsApp answers with %i comes from the phone", async (status) => {
  const { id, media } = await file()
  gateway.network.expireMedia(status)
  expect(await fetched(id)).toEqual({ status: 200, bytes: media })
})

it("a file of a group comes from the phone", async () => {
  const group = beto().createGroup("Fotos", [ME])
  const { id, media } = await file(group)
  gateway.network.expireMedia()
  expect(await fetched(id)).toEqual({ status: 200, bytes: media })
})

it("requests for the same file at the same time ask the phone once", async () => {
  const { id, media } = await file()
  gateway.network.expireMedia()
  const { receipts } = gateway.network.stats()
  const answers = await Promise.all([fetched(id), fetched(id), fetched(id)])
  expect(answers.map(({ bytes }) => bytes)).toEqual([media, media, media])
  expect(gateway.network.stats().receipts).toBe(receipts + 1)
})

it.each(["not_found", "silence"] as const)(
  "is gone when the phone's answer is: %s; it is not asked again",
  async (answer) => {
    const { id } = await file()
    gateway.network.expireMedia()
    phone().setReuploads(answer)
    const { receipts } = gateway.network.stats()
    const since = Date.now()
    expect((await fetched(id)).status).toBe(410)
    expect(Date.now() - since).toBeLessThan(4 * WAIT_MS)
    expect((await fetched(id)).status).toBe(410)
    expect(gateway.network.stats().receipts).toBe(receipts + 1)
  }
)

it("is gone when the phone cannot be asked, because the device is stopped", async () => {
  const { id } = await file()
  gateway.network.expireMedia()
  await gateway.post(`/v1/devices/${ME}/stop`, {}, { token })
  expect((await fetched(id)).status).toBe(410)
})

/** MEDIA_DOWNLOAD=on_arrival: the files of messages are in the media folder before a client asks for them. */
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { ARRIVING_FILES } from "../../src/application/arriving-files.ts"
import { Subscriptions } from "../../src/store/subscriptions/subscriptions.ts"
import { Effect } from "effect"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51911000051"
const CONTACT = "51922000051"
const FILE_MAX = 200_000

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { MEDIA_DOWNLOAD: "on_arrival", MEDIA_FREE_MIN: "0", MAX_ATTACHMENT_SIZE: String(FILE_MAX) },
    network: { prekeyCount: 200, log: () => {} }
  })
  gateway.network.addContact(CONTACT, { behaviour: "silent" })
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const contact = () => gateway.network.contact(CONTACT)
const folder = () => join(gateway.directory, "media")
const kept = () => readdirSync(folder()).filter((name) => !name.endsWith(".part"))
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")
const contents = () => new Set(kept().map((name) => sha256(readFileSync(join(folder(), name)))))

const send = async (text: string): Promise<string> => {
  const media = Buffer.from(text)
  const id = await contact().send(ME, { media, mimetype: "text/plain", filename: "a.txt" })
  await untilRecorded(id)
  return id
}
const untilRecorded = (id: string) =>
  until(async () => (await gateway.get(`/v1/messages/${id}`, { token })).status === 200, "the message")
const untilKept = (text: string) => until(() => contents().has(sha256(Buffer.from(text))), `the file ${text}`)

it("[IN-4] a file is there before a client asks for it, and is not fetched again", async () => {
  const id = await send("al llegar")
  await untilKept("al llegar")
  const { downloads } = gateway.network.stats()
  const answer = await fetch(`${gateway.url}/v1/messages/${id}/media`, {
    headers: { authorization: `Bearer ${token}` }
  })
  expect(await answer.text()).toBe("al llegar")
  expect(gateway.network.stats().downloads).toBe(downloads)
})

it("a file that is too large, or that WhatsApp does not have, holds up no other", async () => {
  const tooLarge = { media: Buffer.alloc(FILE_MAX + 1), mimetype: "text/plain", filename: "grande" }
  await untilRecorded(await contact().send(ME, tooLarge))
  const remote = { directPath: "/v/x", url: `https://${new URL(gateway.network.url).host}/v/x` }
  const keys = { mediaKey: Buffer.alloc(32, 1), fileSha256: Buffer.alloc(32, 2) }
  const message = { documentMessage: { mimetype: "text/plain", ...remote, ...keys } }
  await untilRecorded(await contact().send(ME, { message }))
  await send("después")
  await until(() => contents().has(sha256(Buffer.from("después"))), "the file after them", 20_000)
})

it("a burst is fetched a few at a time", async () => {
  const texts = Array.from({ length: 30 }, (_, n) => `${n} ${"x".repeat(30_000)}`)
  for (const text of texts) {
    await contact().send(ME, { media: Buffer.from(text), mimetype: "text/plain", filename: "a.txt" })
  }
  let atOnce = 0
  await until(() => {
    atOnce = Math.max(atOnce, readdirSync(folder()).filter((name) => name.endsWith(".part")).length)
    return texts.every((text) => contents().has(sha256(Buffer.from(text))))
  }, "all files")
  expect(atOnce).toBeLessThanOrEqual(4)
})

it("[IN-4] [LOG-8] a file is deleted with its message, also when it is being fetched", async () => {
  const id = await send("para borrar")
  await untilKept("para borrar")
  const erase = (messageId: string) => gateway.call("DELETE", `/v1/messages/${messageId}/content`, { token })
  expect((await erase(id)).body).toEqual({ erased: 1 })
  // The fetch that is just making the file durable deletes it itself.
  await until(() => !contents().has(sha256(Buffer.from("para borrar"))), "the end of the file")
  for (let n = 0; n < 5; n++) {
    const text = `sin tiempo ${n}`
    await erase(await send(text))
    await send(`testigo ${n}`)
    await untilKept(`testigo ${n}`)
    await until(() => !contents().has(sha256(Buffer.from(text))), "the end of the file")
  }
})

it("files find no room: they are fetched on request", async () => {
  await gateway.restart({ MEDIA_FREE_MIN: String(2 ** 50) })
  await gateway.untilAllConnected(1, { token })
  const before = kept().length
  const id = await send("sin sitio")
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(kept()).toHaveLength(before)
  const answer = await fetch(`${gateway.url}/v1/messages/${id}/media`, {
    headers: { authorization: `Bearer ${token}` }
  })
  expect(await answer.text()).toBe("sin sitio")
})

it("a gateway that fetches on request leaves no subscription that trimming would wait for", async () => {
  const names = () =>
    gateway.gateway.runtime.runPromise(
      Effect.flatMap(Subscriptions, ({ list }) => Effect.map(list, (all) => all.map(({ name }) => name)))
    )
  expect(await names()).toContain(ARRIVING_FILES)
  await gateway.restart({ MEDIA_DOWNLOAD: "on_request" })
  await until(async () => !(await names()).includes(ARRIVING_FILES), "the end of the subscription")
})

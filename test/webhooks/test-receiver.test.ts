/** The gateway's own receiver: what arrives there, who sees it, what it responds with, and that it opens no other address. */
import { Effect } from "effect"
import { Webhook as Verifier } from "standardwebhooks"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { RecentErasures } from "../../src/application/recent-erasures.ts"
import { type ReceivedRequest, receiverWith, Shelf } from "../../src/application/test-receiver.ts"
import type { DeviceId, WebhookId } from "../../src/events/ids.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import type { Webhook } from "../../src/store/webhook/webhook.ts"
import { appendTo, received } from "../support/events.ts"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const operator = { operator: true }
let gateway: TestGateway
let device: { readonly id: DeviceId; readonly deviceNumber: number }
let owner: string
let stranger: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { WEBHOOK_RETRIES: "100ms,100ms", WEBHOOK_TIMEOUT_MS: "400" } })
  owner = await gateway.user("51922000001")
  stranger = await gateway.user("51922000002")
  device = (await gateway.post("/v1/devices", { number: "51922000001" }, { token: owner })).body
})
afterAll(() => gateway[Symbol.asyncDispose]())

const add = async (more: object = {}, credential: object = { token: owner }) => {
  const body = { url: "bitacora:receiver", types: ["message.received"], ...more }
  const answer = await gateway.post("/v1/webhooks", body, credential)
  expect(answer.status).toBe(201)
  return answer.body as { readonly id: string; readonly secret: string; readonly url: string }
}
const pathOf = (id: string, rest = "") => `/v1/webhooks/${id}/receiver${rest}`
const seen = async (id: string, credential: object = { token: owner }) =>
  (await gateway.get(pathOf(id), credential)).body
const requestsOf = async (id: string) => (await seen(id)).requests
const respondWith = (id: string, answer: string) => gateway.call("PUT", pathOf(id), { token: owner, body: { answer } })

let recorded = 0
const record = async (more = ""): Promise<string> => {
  const text = `text ${++recorded}${more}`
  const log = await gateway.gateway.runtime.runPromise(EventLog)
  const append = appendTo(`messages/${device.id}`, "any", [received(`R${recorded}`, text)], device.deviceNumber)
  await Effect.runPromise(log.commit({ appends: [append] }))
  return text
}

describe("the test receiver", () => {
  it("shows what arrived, with a signature that the reference verifier accepts too", async () => {
    const { id, secret } = await add({ headers: { authorization: "Bearer mine" } })
    const { body: sample } = await gateway.post(`/v1/webhooks/${id}/test`, {}, { token: owner })
    expect(sample).toMatchObject({ delivered: true, status: 200 })
    const text = await record()
    const [latest] = await until(async () => {
      const found = await requestsOf(id)
      return found.length === 2 ? found : undefined
    }, "both requests")
    expect(latest).toMatchObject({ isSigned: true, answer: "200" })
    const { body } = await gateway.get(pathOf(id, `/${latest.id}`), { token: owner })
    expect(JSON.parse(body.body)).toMatchObject({ type: "message.received", data: { content: { text } } })
    expect(body.bytes).toBe(Buffer.byteLength(body.body))
    const headers = Object.fromEntries(
      body.headers.map(({ name, value }: { name: string; value: string | null }) => [name, value])
    )
    expect(headers.authorization).toBeNull()
    new Verifier(secret).verify(body.body, headers)
  })

  it("[SEC-1] shows no other tenant anything", async () => {
    const { id } = await add()
    await gateway.post(`/v1/webhooks/${id}/test`, {}, { token: owner })
    const [{ id: request }] = await requestsOf(id)
    const theirs = await add({}, { token: stranger })
    for (const path of [pathOf(id), pathOf(id, `/${request}`)]) {
      const { status, body } = await gateway.get(path, { token: stranger })
      expect([status, body.code]).toEqual([404, "webhook-not-found"])
    }
    expect((await gateway.get(pathOf(theirs.id, `/${request}`), { token: stranger })).status).toBe(404)
    expect((await seen(theirs.id, { token: stranger })).requests).toEqual([])
  })

  it("needs the scope read for content", async () => {
    const { id } = await add()
    await gateway.post(`/v1/webhooks/${id}/test`, {}, { token: owner })
    const [{ id: request }] = await requestsOf(id)
    const token = (await gateway.post("/v1/tokens", { name: "m", scopes: ["manage"] }, { token: owner })).body.token
    expect((await gateway.get(pathOf(id), { token })).status).toBe(200)
    expect((await gateway.get(pathOf(id, `/${request}`), { token })).body.code).toBe("scope-exceeded")
  })

  it("responds as its owner chose: 500 and slow are tried again, 410 disables the webhook", async () => {
    const { id } = await add()
    await respondWith(id, "500")
    await record()
    const first = await until(async () => {
      const { items } = (await gateway.get(`/v1/webhooks/${id}/deliveries?status=parked`, { token: owner })).body
      return items[0]
    }, "the parked delivery")
    expect(first.history.map(({ status }: { status: number }) => status)).toEqual([500, 500, 500])
    const ids = (await requestsOf(id)).map(({ webhookId }: { webhookId: string }) => webhookId)
    expect(new Set(ids).size).toBe(1)

    await respondWith(id, "slow")
    const { body: slow } = await gateway.post(`/v1/webhooks/${id}/test`, {}, { token: owner })
    expect(slow).toMatchObject({ delivered: false, statusClass: "none", answer: "no answer within 400 ms" })

    await respondWith(id, "200")
    const resent = await gateway.post(`/v1/webhooks/${id}/deliveries/${first.id}/resend`, {}, { token: owner })
    expect(resent.body.status).toBe("delivered")

    await respondWith(id, "410")
    await record()
    await until(async () => (await gateway.get(`/v1/webhooks/${id}`, { token: owner })).body.enabled === false, "410")
    expect((await gateway.get(`/v1/webhooks/${id}`, { token: owner })).body.disabledReason).toBe("gone")
  })

  it("keeps the latest 50 requests and the first 64 KB of a body, until it is emptied", async () => {
    const { id } = await add()
    await record("ñ".repeat(40_000))
    const [long] = await until(async () => {
      const found = await requestsOf(id)
      return found.length > 0 ? found : undefined
    }, "the long request")
    const { body } = await gateway.get(pathOf(id, `/${long.id}`), { token: owner })
    expect(body.bytes).toBeGreaterThan(80_000)
    expect(Buffer.byteLength(body.body)).toBeGreaterThan(65_530)
    expect(Buffer.byteLength(body.body)).toBeLessThanOrEqual(65_536)
    for (let n = 0; n < 52; n++) await gateway.post(`/v1/webhooks/${id}/test`, {}, { token: owner })
    const all = await requestsOf(id)
    expect(all).toHaveLength(50)
    expect((await gateway.call("DELETE", pathOf(id, "/requests"), { token: owner })).status).toBe(204)
    expect(await requestsOf(id)).toEqual([])
    expect((await gateway.get(pathOf(id, `/${all[0].id}`), { token: owner })).body.code).toBe("received-not-found")
  })

  it("[LOG-8] is emptied by an erasure of its owner's content", async () => {
    const { id } = await add()
    const theirs = await add({}, { token: stranger })
    await gateway.post(`/v1/webhooks/${theirs.id}/test`, {}, { token: stranger })
    await record()
    await until(async () => (await requestsOf(id)).length > 0, "a request")
    const erased = await gateway.call("DELETE", `/v1/messages/R${recorded}/content`, { token: owner, body: {} })
    expect(erased.status).toBe(200)
    await until(async () => (await requestsOf(id)).length === 0, "the receiver to be empty")
    expect((await seen(theirs.id, { token: stranger })).requests).toHaveLength(1)
  })

  it("[SEC-3] is no way to another address", async () => {
    for (const url of ["bitacora:receiver?x", "bitacora:other", "bitacora://127.0.0.1/", "BITACORA:receiver "]) {
      const { status, body } = await gateway.post("/v1/webhooks", { url }, operator)
      expect([url, status, body.field]).toEqual([url, 400, "url"])
    }
    const elsewhere = (await gateway.post("/v1/webhooks", { url: "https://example.com/" }, operator)).body
    expect((await gateway.get(pathOf(elsewhere.id), operator)).body.code).toBe("not-test-receiver")
    await gateway.call("DELETE", `/v1/webhooks/${elsewhere.id}`, operator)
  })
})

describe("a delivery", () => {
  it("shows what it posts", async () => {
    const { id } = await add()
    const text = await record()
    const delivery = await until(async () => {
      const { items } = (await gateway.get(`/v1/webhooks/${id}/deliveries`, { token: owner })).body
      return items[0]
    }, "the delivery")
    const { body } = await gateway.get(`/v1/webhooks/${id}/deliveries/${delivery.id}`, { token: owner })
    expect(body.bodies).toHaveLength(1)
    expect(JSON.parse(body.bodies[0])).toMatchObject({ position: delivery.position, data: { content: { text } } })
    const listed = (await gateway.get("/v1/webhooks?recent=true", { token: owner })).body.items
    expect(listed.find((each: { id: string }) => each.id === id).recent).toMatchObject([
      { id: delivery.id, status: "delivered", lastAttempt: { status: 200 } }
    ])
  })

  it("is sent again, or shown, ten times at once at most", async () => {
    const { id } = await add()
    await record()
    const delivery = await until(async () => {
      const { items } = (await gateway.get(`/v1/webhooks/${id}/deliveries`, { token: owner })).body
      return items[0]
    }, "the delivery")
    await respondWith(id, "slow")
    const resend = () => gateway.post(`/v1/webhooks/${id}/deliveries/${delivery.id}/resend`, {}, { token: owner })
    const answers = await Promise.all(Array.from({ length: 11 }, resend))
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused.map(({ body }) => body.code)).toEqual(["too-many-readings"])
  })
})

describe("a preview", () => {
  it("counts what a replay sends, and what a recovery sends, and starts nothing", async () => {
    const since = new Date().toISOString()
    const { id } = await add()
    await record()
    await record()
    await until(async () => (await requestsOf(id)).length === 2, "both requests")
    const { items } = await until(async () => {
      const { body } = await gateway.get(`/v1/webhooks/${id}/deliveries`, { token: owner })
      return body.items.length === 2 ? body : undefined
    }, "both deliveries")
    const preview = async (query: string) =>
      (await gateway.get(`/v1/webhooks/${id}/replay?${query}`, { token: owner })).body
    const range = { events: 2, types: { "message.received": 2 }, isComplete: true }
    expect(await preview(`from=${items[1].position}`)).toMatchObject({ after: items[1].position - 1, ...range })
    expect(await preview(`from=${items[0].position}&to=${items[0].position}`)).toMatchObject({ events: 1 })
    expect(await preview(`since=${since}`)).toMatchObject({ events: 0, isComplete: true })
    expect(await requestsOf(id)).toHaveLength(2)
    expect((await gateway.get(`/v1/webhooks/${id}/replay?from=2&to=1`, { token: owner })).body.field).toBe("from")
    expect((await gateway.get(`/v1/webhooks/${id}/replay?since=ayer`, { token: owner })).body.field).toBe("since")
  })
})

describe("the shelf of requests", () => {
  const request = (n: number, webhook: string, text = "x".repeat(1_000)): ReceivedRequest => ({
    id: `req_${n}`,
    webhook: webhook as WebhookId,
    at: n,
    answer: "200",
    headers: [],
    webhookId: "",
    isSigned: true,
    text,
    bytes: text.length
  })

  it("is bounded; the owner who has the most loses their oldest", () => {
    const shelf = new Shelf(30_000)
    shelf.add(1, request(0, "small"))
    for (let n = 1; n <= 20; n++) shelf.add(2, request(n, "large"))
    expect(shelf.of(1).map(({ id }) => id)).toEqual(["req_0"])
    expect(shelf.of(2).map(({ id }) => id)).toEqual(Array.from({ length: 9 }, (_, n) => `req_${n + 12}`))
  })

  it("forgets after an hour", () => {
    const shelf = new Shelf(30_000)
    shelf.add(1, request(1, "a"))
    shelf.add(1, request(2, "a"))
    shelf.expire(3_600_002)
    expect(shelf.of(1).map(({ id }) => id)).toEqual(["req_2"])
  })
})

describe("what arrives after an erasure", () => {
  const webhookOf = (owner: number) => ({ id: `whk_${owner}`, owner, headers: {}, secrets: [] }) as unknown as Webhook
  const textOf = (receiver: ReturnType<typeof receiverWith>, owner: number, webhookId: string) => {
    receiver.take(webhookOf(owner), ["webhook-id", webhookId], Buffer.from("text"))
    return receiver.requests(webhookOf(owner))[0]?.text
  }

  it("[LOG-8] keeps no text about events of the owner before it", () => {
    const receiver = receiverWith(new Shelf(100_000), new RecentErasures())
    expect(textOf(receiver, 1, "msg_7_aabb")).toBe("text")
    receiver.emptyOf(1, 9)
    expect(receiver.requests(webhookOf(1))).toEqual([])
    expect(textOf(receiver, 1, "msg_7_aabb")).toBe("")
    expect(textOf(receiver, 1, "msg_8_aabb_2")).toBe("")
    expect(textOf(receiver, 1, "msg_10_aabb")).toBe("text")
    expect(textOf(receiver, 1, "test_1")).toBe("text")
    expect(textOf(receiver, 2, "msg_7_aabb")).toBe("text")
    receiver.emptyAll(9)
    expect(textOf(receiver, 2, "msg_7_aabb")).toBe("")
  })

  it("[LOG-8] is remembered for ten minutes", () => {
    const erasures = new RecentErasures()
    erasures.note(1, 9, 0)
    expect(erasures.mayRepeat(1, "msg_8_a", 599_999)).toBe(true)
    expect(erasures.mayRepeat(1, "msg_8_a", 600_000)).toBe(false)
  })
})

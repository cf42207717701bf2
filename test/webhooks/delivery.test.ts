/** The whole gateway with receivers that are down, slow, refuse, or break off: order, ids, signatures, parking, disabling. */
import { Effect } from "effect"
import { Webhook as Verifier } from "standardwebhooks"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { DeviceId } from "../../src/events/ids.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { TestGateway } from "../support/gateway.ts"
import { type Got, ok, Receiver, type Respond, status } from "../support/receiver.ts"
import { appendTo, received } from "../support/events.ts"
import { until } from "../support/until.ts"

const operator = { operator: true }
const lines: string[] = []

let gateway: TestGateway
let device: { readonly id: DeviceId; readonly deviceNumber: number }

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: {
      OUTBOUND_ALLOW: Receiver.allow,
      WEBHOOK_RETRIES: "100ms,100ms,200ms",
      WEBHOOK_TIMEOUT_MS: "500",
      LOG_LEVEL: "info"
    },
    log: { write: (line: string) => void lines.push(line) }
  })
  device = (await gateway.post("/v1/devices", { sessionId: "uno" }, operator)).body
})
afterAll(() => gateway[Symbol.asyncDispose]())

let recorded = 0
/** Records messages as if the device had received them; returns their texts. */
const record = async (count: number): Promise<readonly string[]> => {
  const texts = Array.from({ length: count }, () => `text ${++recorded}`)
  const log = await gateway.gateway.runtime.runPromise(EventLog)
  for (const text of texts) {
    const event = received(`M${text.slice(5)}`, text)
    const append = appendTo(`messages/${device.id}`, "any", [event], device.deviceNumber)
    await Effect.runPromise(log.commit({ appends: [append] }))
  }
  return texts
}

interface Endpoint {
  readonly id: string
  readonly secret: string
}

const add = async (receiver: Receiver, more: object = {}): Promise<Endpoint> => {
  const body = { url: receiver.url("/hook"), types: ["message.received"], ...more }
  const answer = await gateway.post("/v1/webhooks", body, operator)
  expect(answer.status).toBe(201)
  return answer.body
}
const show = async ({ id }: Endpoint) => (await gateway.get(`/v1/webhooks/${id}`, operator)).body
const deliveriesOf = async ({ id }: Endpoint, query = "") =>
  (await gateway.get(`/v1/webhooks/${id}/deliveries${query}`, operator)).body
const textsOf = (got: readonly Got[]) => got.map(({ body }) => body.data.content.text as string)
/** Without repeats of the same event in a row. */
const inOrder = (texts: readonly string[]) => texts.filter((text, n) => text !== texts[n - 1])
const idsByText = (got: readonly Got[]) => Map.groupBy(got, ({ body }) => body.data.content.text as string)

describe("a delivery", () => {
  it("[HOOK-3] has a signature that the reference verifier accepts, also for the old secret while it is replaced", async () => {
    await using receiver = await Receiver.start()
    const endpoint = await add(receiver, { headers: { authorization: "Bearer mine" } })
    await record(1)
    const [first] = await receiver.until(1)
    expect(
      new Verifier(endpoint.secret).verify(first?.text ?? "", { ...first?.headers } as Record<string, string>)
    ).toEqual(first?.body)
    expect(first?.headers).toMatchObject({ "content-type": "application/json", authorization: "Bearer mine" })
    const { body } = await gateway.post(`/v1/webhooks/${endpoint.id}/secret`, {}, operator)
    expect(body.secret).not.toBe(endpoint.secret)
    await record(1)
    const [, second] = await receiver.until(2)
    for (const secret of [endpoint.secret, body.secret]) {
      new Verifier(secret).verify(second?.text ?? "", { ...second?.headers } as Record<string, string>)
    }
    const other = `whsec_${Buffer.alloc(24, 7).toString("base64")}`
    expect(() =>
      new Verifier(other).verify(second?.text ?? "", { ...second?.headers } as Record<string, string>)
    ).toThrow()
  })

  it("[HOOK-1] is the event as on the stream, for matching types and devices only", async () => {
    await using receiver = await Receiver.start()
    const other = (await gateway.post("/v1/devices", { sessionId: "dos" }, operator)).body
    await add(receiver, { devices: [device.id], types: null })
    await add(receiver, { devices: [other.id] })
    await record(1)
    const [got] = await receiver.until(1)
    const { items } = (await gateway.get(`/v1/devices/${device.id}/events?limit=1000`, operator)).body
    expect(got?.body).toEqual(items.at(-1))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(receiver.got).toHaveLength(1)
  })
})

const afterwards = (first: Respond): Respond => {
  const seen = new Map<string, number>()
  return (response, got) => {
    const before = seen.get(got.id) ?? 0
    seen.set(got.id, before + 1)
    if (before === 0) first(response, got)
    else ok(response, got)
  }
}

const faults: readonly (readonly [string, Respond])[] = [
  ["answers 500", status(500, "broken")],
  ["answers 302", status(302, "", { location: "http://127.0.0.1:1/" })],
  ["answers 429 with Retry-After", status(429, "", { "retry-after": "1" })],
  ["closes the connection", (response) => response.destroy()],
  [
    "closes in the middle of its answer",
    (response) => {
      response.writeHead(200, { "content-length": 100 }).write("half")
      setTimeout(() => response.destroy(), 10)
    }
  ],
  ["does not answer in time", () => {}]
]

describe("[HOOK-1] [HOOK-2] a receiver that", () => {
  it.each(faults)("%s at first gets every event in order, each under one id", async (_, fault) => {
    await using receiver = await Receiver.start(afterwards(fault))
    const endpoint = await add(receiver)
    const texts = await record(3)
    await until(() => idsByText(receiver.got).size === 3 && receiver.got.length >= 6, "every event twice", 15_000)
    expect(inOrder(textsOf(receiver.got))).toEqual(texts)
    const ids = [...idsByText(receiver.got).values()].map((all) => new Set(all.map(({ id }) => id)))
    expect(ids.every((each) => each.size === 1)).toBe(true)
    expect(new Set(ids.flatMap((each) => [...each])).size).toBe(3)
    await until(async () => (await deliveriesOf(endpoint)).items.length === 3, "the deliveries")
    const { items } = await deliveriesOf(endpoint)
    expect(items.map((each: { status: string; attempts: number }) => [each.status, each.attempts])).toEqual(
      Array.from({ length: 3 }, () => ["delivered", 2])
    )
  })

  it("is down for a while gets everything once it is up", async () => {
    await using receiver = await Receiver.start()
    await add(receiver)
    await receiver.down()
    const texts = await record(5)
    await new Promise((resolve) => setTimeout(resolve, 150))
    await receiver.listen()
    await receiver.until(5)
    expect(inOrder(textsOf(receiver.got))).toEqual(texts)
  })

  it("is slow gets everything in order, one at a time", async () => {
    let inFlight = 0
    let most = 0
    await using receiver = await Receiver.start((response) => {
      most = Math.max(most, ++inFlight)
      setTimeout(() => {
        inFlight--
        response.end()
      }, 30)
    })
    await add(receiver)
    const texts = await record(20)
    await receiver.until(20)
    expect(textsOf(receiver.got)).toEqual(texts)
    expect(most).toBe(1)
  })
})

describe("[HOOK-1] an event that fails at every attempt", () => {
  it("is parked, visible, told to the operator, and can be resent; the endpoint goes on", async () => {
    let isBroken = true
    await using receiver = await Receiver.start((response, got) =>
      got.body.data.content.text === bad && isBroken ? status(500, "¡no!")(response, got) : ok(response, got)
    )
    let bad = ""
    const endpoint = await add(receiver)
    const texts = [`text ${recorded + 1}`, `text ${recorded + 2}`]
    bad = texts[0] ?? ""
    await record(2)
    await receiver.until(5)
    expect(textsOf(receiver.got)).toEqual([bad, bad, bad, bad, texts[1]])
    await until(async () => (await deliveriesOf(endpoint)).items.length === 2, "the deliveries")
    const { items } = await deliveriesOf(endpoint, "?status=parked")
    expect(items).toMatchObject([{ status: "parked", attempts: 4, nextAttemptAt: null, type: "message.received" }])
    expect(items[0].history[0]).toMatchObject({ status: 500, statusClass: "5xx", answer: "¡no!" })
    expect(lines.filter((line) => line.includes("was parked") && line.includes(endpoint.id))).toHaveLength(1)
    const events = await gateway.gateway.runtime.runPromise(
      EventLog.use((log) => log.readStream(`webhook/${endpoint.id}`, 0, 10))
    )
    expect(events.map(({ type }) => type)).toEqual(["webhook.registered", "webhook.parked"])

    isBroken = false
    const path = `/v1/webhooks/${endpoint.id}/deliveries/${items[0].id}/resend`
    expect((await gateway.post(path, {}, operator)).body).toMatchObject({ status: "delivered", attempts: 5 })
    expect(receiver.got.at(-1)?.id).toBe(receiver.got[0]?.id)
    expect((await deliveriesOf(endpoint, "?status=parked")).items).toEqual([])
  })
})

describe("[HOOK-5] an endpoint is disabled", () => {
  it("by 410, with an event and a line in the log; what it missed can be recovered", async () => {
    let respond: Respond = status(410)
    await using receiver = await Receiver.start((response, got) => respond(response, got))
    const endpoint = await add(receiver)
    const before = new Date().toISOString()
    const texts = await record(3)
    await until(async () => !(await show(endpoint)).enabled, "the end")
    expect(await show(endpoint)).toMatchObject({ disabledReason: "gone", position: null })
    expect(receiver.got).toHaveLength(1)
    expect(lines.some((line) => line.includes("was disabled") && line.includes("gone"))).toBe(true)
    const refused = await gateway.post(`/v1/webhooks/${endpoint.id}/recover`, { since: before }, operator)
    expect([refused.status, refused.body.code]).toEqual([409, "webhook-disabled"])

    respond = ok
    await gateway.call("PATCH", `/v1/webhooks/${endpoint.id}`, { ...operator, body: { enabled: true } })
    expect(await show(endpoint)).toMatchObject({ enabled: true, disabledReason: null })
    const recovered = await gateway.post(`/v1/webhooks/${endpoint.id}/recover`, { since: before }, operator)
    expect(recovered.status).toBe(202)
    await receiver.until(4)
    expect(textsOf(receiver.got).slice(1)).toEqual(texts)
    await until(async () => (await show(endpoint)).replayTo === null, "the end of the recovery")
    // What was delivered is not recovered again.
    await gateway.post(`/v1/webhooks/${endpoint.id}/recover`, { since: before }, operator)
    await until(async () => (await show(endpoint)).replayTo === null, "the end of the second recovery")
    expect(receiver.got).toHaveLength(4)
  })

  it("by its owner, and then gets nothing", async () => {
    await using receiver = await Receiver.start()
    const endpoint = await add(receiver)
    await gateway.call("PATCH", `/v1/webhooks/${endpoint.id}`, { ...operator, body: { enabled: false } })
    expect(await show(endpoint)).toMatchObject({ enabled: false, disabledReason: "requested" })
    await record(1)
    await gateway.call("PATCH", `/v1/webhooks/${endpoint.id}`, { ...operator, body: { enabled: true } })
    const texts = await record(1)
    await receiver.until(1)
    expect(textsOf(receiver.got)).toEqual(texts)
  })
})

describe("a replay", () => {
  it("sends a range again under the same ids, and what is new at the same time", async () => {
    await using receiver = await Receiver.start()
    const endpoint = await add(receiver)
    const texts = await record(4)
    await receiver.until(4)
    await until(async () => (await deliveriesOf(endpoint)).items.length === 4, "the deliveries")
    const positions = receiver.got.map(({ body }) => body.position as number)
    const body = { from: positions[1], to: positions[2] }
    expect((await gateway.post(`/v1/webhooks/${endpoint.id}/replay`, body, operator)).status).toBe(202)
    await receiver.until(6)
    expect(textsOf(receiver.got).slice(4)).toEqual(texts.slice(1, 3))
    expect(receiver.got[4]?.id).toBe(receiver.got[1]?.id)
    expect(receiver.got[5]?.id).toBe(receiver.got[2]?.id)
    await until(async () => (await show(endpoint)).replayTo === null, "the end of the replay")
    const more = await record(1)
    await receiver.until(7)
    expect(textsOf(receiver.got).at(-1)).toBe(more[0])
  })
})

describe("[HOOK-4] a dead receiver", () => {
  it("delays no other", async () => {
    await using dead = await Receiver.start(() => {})
    await using alive = await Receiver.start()
    await add(dead)
    await add(alive)
    const began = Date.now()
    const texts = await record(10)
    await alive.until(10, 2_000)
    expect(Date.now() - began).toBeLessThan(2_000)
    expect(textsOf(alive.got)).toEqual(texts)
    expect(dead.got.length).toBeLessThan(3)
  })
})

describe("a webhook", () => {
  it("pages its deliveries, newest first", async () => {
    await using receiver = await Receiver.start()
    const endpoint = await add(receiver)
    await record(5)
    await until(async () => (await deliveriesOf(endpoint)).items.length === 5, "the deliveries")
    const first = await deliveriesOf(endpoint, "?limit=3")
    const second = await deliveriesOf(endpoint, `?limit=3&after=${first.next}`)
    const positions = [...first.items, ...second.items].map(({ position }: { position: number }) => position)
    expect(positions).toEqual(positions.toSorted((one, other) => other - one))
    expect([positions.length, second.next]).toEqual([5, null])
  })

  it("posts a sample when its owner asks", async () => {
    await using receiver = await Receiver.start(status(201, "gracias"))
    const endpoint = await add(receiver)
    const { body } = await gateway.post(`/v1/webhooks/${endpoint.id}/test`, {}, operator)
    expect(body).toMatchObject({ delivered: true, status: 201, answer: "gracias" })
    expect(receiver.got[0]?.body).toMatchObject({ type: "webhook.test" })
    new Verifier(endpoint.secret).verify(receiver.got[0]?.text ?? "", {
      ...receiver.got[0]?.headers
    } as Record<string, string>)
  })

  it("that is removed gets nothing more, and is not found", async () => {
    await using receiver = await Receiver.start()
    const endpoint = await add(receiver)
    await record(1)
    await receiver.until(1)
    expect((await gateway.call("DELETE", `/v1/webhooks/${endpoint.id}`, operator)).status).toBe(204)
    await record(1)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(receiver.got).toHaveLength(1)
    expect((await gateway.get(`/v1/webhooks/${endpoint.id}`, operator)).body.code).toBe("webhook-not-found")
  })

  it("with the same Idempotency-Key is made once, with the same secret", async () => {
    await using receiver = await Receiver.start()
    const options = { ...operator, headers: { "idempotency-key": "webhook-1" } }
    const body = { url: receiver.url() }
    const [first, again] = [
      await gateway.post("/v1/webhooks", body, options),
      await gateway.post("/v1/webhooks", body, options)
    ]
    expect(again.status).toBe(201)
    expect(again.body).toEqual(first.body)
    await gateway.call("DELETE", `/v1/webhooks/${first.body.id}`, operator)
  })

  it.each([
    [{ url: "http://10.0.0.1/" }, "url"],
    [{ url: "nonsense" }, "url"],
    [{ url: "https://example.com/", types: ["message.eaten"] }, "types"],
    [{ url: "https://example.com/", headers: { host: "x" } }, "headers"],
    [{ url: "https://example.com/", headers: { "webhook-id": "x" } }, "headers"],
    [{ url: "https://example.com/", headers: { a: "b\r\nc" } }, "headers"]
  ])("with %j is refused, and the problem names the field", async (body, field) => {
    const answer = await gateway.post("/v1/webhooks", body, operator)
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, "invalid-request", field])
  })
})

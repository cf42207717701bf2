/** Deliveries that wait for their next attempt: what a restart, their owner, an erasure and a trimming do to them; webhooks of the settings. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { trimmableBefore } from "../../src/store/erasure/trimming.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { Subscriptions } from "../../src/store/subscriptions/subscriptions.ts"
import { TestGateway } from "../support/gateway.ts"
import { type Got, ok, Receiver, type Respond, status } from "../support/receiver.ts"
import { appendTo, received } from "../support/events.ts"
import { until } from "../support/until.ts"

const operator = { operator: true }
let gateway: TestGateway
let receiver: Receiver
let respond: Respond

beforeEach(async () => {
  respond = status(500, "the answer repeats: a secret text")
  receiver = await Receiver.start((response, got) => respond(response, got))
  gateway = await TestGateway.start({ env: { OUTBOUND_ALLOW: Receiver.allow, WEBHOOK_RETRIES: "1h" } })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

const device = async (sessionId: string) => (await gateway.post("/v1/devices", { sessionId }, operator)).body
const record = async ({ id, deviceNumber }: { id: string; deviceNumber: number }, messageId: string, text: string) => {
  const log = await gateway.gateway.runtime.runPromise(EventLog)
  const append = appendTo(`messages/${id}`, "any", [received(messageId, text)], deviceNumber)
  return Effect.runPromise(log.commit({ appends: [append] }))
}
const add = async (more: object = {}) =>
  (await gateway.post("/v1/webhooks", { url: receiver.url(), types: ["message.received"], ...more }, operator)).body
const deliveries = async ({ id }: { id: string }) =>
  (await gateway.get(`/v1/webhooks/${id}/deliveries`, operator)).body.items
const held = async (endpoint: { id: string }) =>
  until(async () => {
    const [newest] = await deliveries(endpoint)
    return newest?.status === "failing" ? newest : undefined
  }, "a delivery that waits")
const textOf = ({ body }: Got): string | undefined => body.data?.content?.text

describe("[HOOK-1] a delivery that waits for an hour", () => {
  it("still waits after a restart, and is sent at once when its owner asks for it", async () => {
    const endpoint = await add()
    const one = await device("uno")
    await record(one, "M1", "first")
    await record(one, "M2", "second")
    const { id, attempts, nextAttemptAt } = await held(endpoint)
    expect(attempts).toBe(1)
    await gateway.restart()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(receiver.got).toHaveLength(1)
    expect((await held(endpoint)).nextAttemptAt).toBe(nextAttemptAt)
    respond = ok
    const answer = await gateway.post(`/v1/webhooks/${endpoint.id}/deliveries/${id}/resend`, {}, operator)
    expect(answer.status).toBe(200)
    await receiver.until(3)
    expect(receiver.got.map(textOf)).toEqual(["first", "first", "second"])
    expect(new Set(receiver.got.slice(0, 2).map((got) => got.id)).size).toBe(1)
    await until(
      async () => (await deliveries(endpoint)).every((each: { status: string }) => each.status === "delivered"),
      "all"
    )
  })

  it("is sent at once after a test call that succeeds", async () => {
    const endpoint = await add()
    await record(await device("uno"), "M1", "first")
    await held(endpoint)
    await gateway.post(`/v1/webhooks/${endpoint.id}/test`, {}, operator)
    expect(receiver.got).toHaveLength(2)
    respond = ok
    await gateway.post(`/v1/webhooks/${endpoint.id}/test`, {}, operator)
    await receiver.until(4)
    expect(textOf(receiver.got[3] as Got)).toBe("first")
  })

  it("[LOG-8] has no content any more once that was erased, nor has what the receiver answered", async () => {
    const endpoint = await add()
    const user = await gateway.user("51948907640")
    const added = (await gateway.post("/v1/devices", { number: "51948907640" }, { token: user })).body
    await record(added, "M1", "a secret text")
    await held(endpoint)
    expect((await deliveries(endpoint))[0].history[0].answer).toContain("a secret text")
    const erased = await gateway.call("DELETE", "/v1/messages/M1/content", { token: user })
    expect(erased.status).toBe(200)
    expect((await deliveries(endpoint))[0].history[0].answer).toBeNull()
    for (const name of readdirSync(gateway.directory).filter((each) => each.startsWith("bitacora.db")))
      expect(readFileSync(join(gateway.directory, name)).includes("a secret text"), name).toBe(false)
    respond = ok
    await gateway.post(`/v1/webhooks/${endpoint.id}/test`, {}, operator)
    await receiver.until(3)
    expect(receiver.got[2]?.body).toMatchObject({ type: "message.received", data: null })
  })

  it("[LOG-11] keeps the log from being trimmed there, until its endpoint is removed", async () => {
    const endpoint = await add()
    const one = await device("uno")
    const [event] = await record(one, "M1", "first")
    await record(one, "M2", "second")
    await held(endpoint)
    const position = event?.position ?? 0
    const checkpoint = async () => {
      const all = await gateway.gateway.runtime.runPromise(Subscriptions.use(({ list }) => list))
      return all.find(({ name }) => name === `webhook:${endpoint.id}`)?.position
    }
    expect(await checkpoint()).toBeLessThan(position)
    const { upTo } = await gateway.gateway.runtime.runPromise(trimmableBefore(position + 2))
    expect(upTo).toBeLessThan(position)
    await gateway.call("DELETE", `/v1/webhooks/${endpoint.id}`, operator)
    expect(await checkpoint()).toBeUndefined()
  })
})

describe("webhooks of the settings", () => {
  it("are made, changed and removed with the settings, and each gets its sessions in its format", async () => {
    respond = ok
    const one = await device("uno")
    const two = await device("mi-sesion")
    await gateway.restart({
      OUTBOUND_ALLOW: "",
      WEBHOOK_URL: receiver.url("/global"),
      BASE_WEBHOOK_URL: receiver.url("/base"),
      "MI-SESION_WEBHOOK_URL": receiver.url("/own"),
      DISABLED_CALLBACKS: "message_create|message_ack|unread_count"
    })
    const list = async () => (await gateway.get("/v1/webhooks", operator)).body.items
    expect((await list()).map((each: { setting: string }) => each.setting).toSorted()).toEqual([
      "BASE_WEBHOOK_URL",
      "MI-SESION_WEBHOOK_URL",
      "WEBHOOK_URL"
    ])
    await record(one, "M1", "hola")
    await record(two, "M2", "adiós")
    await receiver.until(4)
    const at = (path: string) => receiver.got.filter((got) => got.path === path)
    expect(at("/global").map(({ body }) => [body.sessionId, body.body])).toEqual([
      ["uno", "hola"],
      ["mi-sesion", "adiós"]
    ])
    const told = (path: string) => at(path).map(({ body }) => [body.dataType, body.sessionId, body.data.message.body])
    expect(told("/base")).toEqual([["message", "uno", "hola"]])
    expect(told("/own")).toEqual([["message", "mi-sesion", "adiós"]])
    expect(at("/base")[0]?.headers["x-api-key"]).toBe("operator-key-for-tests")
    expect(at("/global")[0]?.headers["x-api-key"]).toBeUndefined()
    const [first] = await list()
    for (const body of [{ url: "https://example.com/" }, { format: "bitacora" }]) {
      const answer = await gateway.call("PATCH", `/v1/webhooks/${first.id}`, { ...operator, body })
      expect([answer.status, answer.body.code]).toEqual([409, "webhook-of-settings"])
    }
    expect((await gateway.call("DELETE", `/v1/webhooks/${first.id}`, operator)).status).toBe(409)

    await gateway.restart({
      OUTBOUND_ALLOW: "",
      WEBHOOK_URL: receiver.url("/other"),
      BASE_WEBHOOK_URL: receiver.url("/base"),
      ENABLE_WEBHOOK: "false"
    })
    expect((await list()).map((each: { setting: string; url: string }) => [each.setting, each.url])).toEqual([
      ["WEBHOOK_URL", receiver.url("/other")]
    ])
  })
})

describe("[SEC-1] a user's webhook", () => {
  it("gets nothing of other users' devices, and only its owner and the operator see it", async () => {
    respond = ok
    const [owner, other] = [await gateway.user("51948907640"), await gateway.user("51911111111")]
    const own = (await gateway.post("/v1/devices", { number: "51948907640" }, { token: owner })).body
    const foreign = (await gateway.post("/v1/devices", { number: "51911111111" }, { token: other })).body
    const { body: endpoint } = await gateway.post("/v1/webhooks", { url: receiver.url() }, { token: owner })
    await record(foreign, "M1", "not for you")
    await record(own, "M2", "for you")
    await receiver.until(1)
    expect(receiver.got.map(textOf)).toEqual(["for you"])
    expect((await gateway.get(`/v1/webhooks/${endpoint.id}`, { token: other })).status).toBe(404)
    expect((await gateway.get("/v1/webhooks", { token: other })).body.items).toEqual([])
    expect((await gateway.get("/v1/webhooks", operator)).body.items).toHaveLength(1)
    const device = { devices: [foreign.id] }
    expect((await gateway.post("/v1/webhooks", { url: receiver.url(), ...device }, { token: owner })).status).toBe(404)
    // A device that is added later belongs to it as well.
    const later = (await gateway.post("/v1/devices", { sessionId: "later" }, { token: owner })).body
    await record(later, "M3", "also for you")
    await until(() => receiver.got.map(textOf).includes("also for you"), "the new device")
  })

  it("[SEC-4] has its secret and its headers encrypted in the store", async () => {
    const { body } = await gateway.post(
      "/v1/webhooks",
      { url: receiver.url(), headers: { authorization: "Bearer planted-header" } },
      operator
    )
    expect(JSON.stringify((await gateway.get(`/v1/webhooks/${body.id}`, operator)).body)).not.toContain(
      "planted-header"
    )
    for (const name of readdirSync(gateway.directory).filter((each) => each.startsWith("bitacora.db")))
      for (const secret of [body.secret, "planted-header"])
        expect(readFileSync(join(gateway.directory, name)).includes(secret), name).toBe(false)
  })
})

/** Limits on shared resources: each user and each client network has its own, whatever the others do. */
import { type IncomingMessage, request } from "node:http"
import { Deferred, Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { replayDevice } from "../../src/actors/device/replay.ts"
import { networkOf } from "../../src/http/network-of.ts"
import { CommandLog, claimCommand } from "../../src/store/command-log.ts"
import { Database } from "../../src/store/database.ts"
import { Erasure } from "../../src/store/erasure/erasure.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { Messages } from "../../src/store/messages.ts"
import { Tokens } from "../../src/store/tokens.ts"
import { appendTo, received } from "../support/events.ts"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { type Follower, follow, refusal } from "./support/follower.ts"

let gateway: TestGateway
let me: string
let other: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: {
      TRUST_PROXY: "true",
      WRONG_TOKENS_MAX: "2",
      FAILED_LOGINS_MAX: "2",
      STREAMS_PER_USER_MAX: "3",
      NEW_DEVICES_PER_DAY_MAX: "3",
      PAIRING_CODES_PER_HOUR_MAX: "2",
      NEW_KEYS_PER_DAY_MAX: "2"
    },
    network: { prekeyCount: 30 }
  })
  me = await gateway.user("51948907640")
  other = await gateway.user("51948907641")
})
afterAll(() => gateway[Symbol.asyncDispose]())

describe("an address", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["2001:DB8::1:ffff:2:3:4", "2001:db8:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["0:0:0:0:0:FFFF:c000:0207", "192.0.2.7"],
    ["not-an-address", "no address"],
    ["another invention", "no address"],
    ["192.0.2.7:443", "no address"]
  ])("%s is counted as %s", (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  const statuses = async (network: string, ask: (headers: Record<string, string>) => Promise<{ status: number }>) => {
    const answers: number[] = []
    for (const host of [1, 2, 3]) answers.push((await ask({ "x-forwarded-for": `${network}::${host}` })).status)
    return answers
  }

  it("in one IPv6 network shares the limits of wrong tokens and wrong passwords", async () => {
    const guess = (headers: Record<string, string>) => gateway.get("/v1/devices", { headers, token: "guessed" })
    expect(await statuses("2001:db8:0:1", guess)).toEqual([401, 401, 429])
    expect(await statuses("2001:db8:0:2", guess)).toEqual([401, 401, 429])
    const logIn = (headers: Record<string, string>) =>
      gateway.post("/api/login", { numero: "51948907640", password: "guessed" }, { headers })
    expect(await statuses("2001:db8:0:1", logIn)).toEqual([401, 401, 429])
  })

  it("that a proxy reports wrongly does not count as a new one: wrong tokens from all such addresses count together", async () => {
    const guess = (address: string) =>
      gateway.get("/v1/devices", { headers: { "x-forwarded-for": address }, token: "guessed" })
    const answers = []
    for (const address of ["unknown", "_hidden", "not an address"]) answers.push((await guess(address)).status)
    expect(answers).toEqual([401, 401, 429])
  })

  it("[SEC-2] that guesses many passwords at once has no more guesses than with one after the other", async () => {
    const logIn = () =>
      gateway.post(
        "/api/login",
        { numero: "51948907641", password: "guessed" },
        { headers: { "x-forwarded-for": "2001:db8:0:5::1" } }
      )
    const answers = await Promise.all(Array.from({ length: 12 }, logIn))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(2)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10)
  })

  it("[SEC-2] shares the guesses at one account with all other addresses, and the account's tokens still work", async () => {
    const token = await gateway.user("51948907649")
    const guess = (n: number) => {
      const headers = { "x-forwarded-for": `2001:db8:1:${n}::1` }
      return gateway.post("/api/login", { numero: "51948907649", password: "guessed" }, { headers })
    }
    const statuses = []
    for (let n = 0; n < 11; n++) statuses.push((await guess(n)).status)
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429])
    expect((await gateway.get("/v1/devices", { token })).status).toBe(200)
  })

  it("[SEC-2] cannot try keys while it is locked out", async () => {
    const ask = (key: string) =>
      gateway.get("/v1/devices", { headers: { "x-api-key": key, "x-forwarded-for": "2001:db8:0:6::1" } })
    const statuses = []
    for (const key of ["guess", "another guess", OPERATOR_KEY]) statuses.push((await ask(key)).status)
    expect(statuses).toEqual([401, 401, 429])
    expect((await gateway.get("/v1/devices", { operator: true })).status).toBe(200)
  })

  it("in one IPv6 network shares the limit of requests", async () => {
    await gateway.restart({ RATE_LIMIT_MAX: "2", RATE_LIMIT_WINDOW_MS: "60000" })
    const ask = (headers: Record<string, string>) => gateway.get("/v1/devices", { headers })
    expect(await statuses("2001:db8:0:3", ask)).toEqual([401, 401, 429])
    expect(await statuses("2001:db8:0:4", ask)).toEqual([401, 401, 429])
    await gateway.restart()
  })
})

describe("[SEC-6] streams", () => {
  const open = (count: number, token: string): Promise<readonly Follower[]> =>
    Promise.all(Array.from({ length: count }, () => follow(gateway, "", { token })))

  const isFull = async (token: string) => (await refusal(gateway, "?types=message.received", { token })).status === 429

  it("over STREAMS_PER_USER_MAX are refused before the upgrade, for that user only, until one of them ends", async () => {
    const mine = await open(3, me)
    const { status, contentType, body } = await refusal(gateway, "", { token: me })
    expect({ status, code: body.code, max: body.max }).toEqual({ status: 429, code: "too-many-streams", max: 3 })
    expect(contentType).toMatch(/^application\/problem\+json/)
    const another = (await gateway.post("/api/login", { numero: "51948907640", password: "correct horse" })).body.token
    expect(await isFull(another)).toBe(true)
    const others = [...(await open(3, other)), await follow(gateway, "", { headers: { "x-api-key": OPERATOR_KEY } })]
    await mine[0]?.leave()
    const next = await until(() => follow(gateway, "", { token: me }).catch(() => undefined), "a stream")
    expect(await isFull(me)).toBe(true)
    await Promise.all([...mine.slice(1), ...others, next].map((follower) => follower.leave()))
  })

  it("that are never opened do not count", async () => {
    for (let n = 0; n < 4; n++) {
      const headers = { connection: "Upgrade", upgrade: "websocket", authorization: `Bearer ${me}` }
      const status = await new Promise((resolve, reject) => {
        request(`${gateway.url}/v1/stream`, { headers }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
          .once("error", reject)
          .end()
      })
      expect(status).toBe(400)
    }
    await until(async () => {
      const mine = await open(3, me).catch(() => [])
      await Promise.all(mine.map((follower) => follower.leave()))
      return mine.length === 3
    }, "three streams")
  })

  it("[SEC-2] of one token check it together, and end together", async () => {
    await gateway.restart({ STREAMS_PER_USER_MAX: "50" })
    const tokens = await gateway.gateway.runtime.runPromise(Tokens)
    const mine = await open(40, me)
    const looks = vi.spyOn(tokens, "byId")
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    expect(looks.mock.calls.length).toBeGreaterThan(0)
    expect(looks.mock.calls.length).toBeLessThan(5)
    looks.mockRestore()
    const login = { numero: "51948907640", password: "correct horse" }
    const { token } = (await gateway.post("/api/login", login)).body
    const change = { ...login, password: "another horse", passwordActual: login.password }
    await gateway.post("/api/registro", change, { token })
    for (const follower of mine) expect((await follower.closed).code).toBe(4401)
    me = token
    await gateway.restart()
  })
})

describe("devices", () => {
  it("over NEW_DEVICES_PER_DAY_MAX are refused, removed ones included; existing ones stay", async () => {
    for (const n of [1, 2, 3]) {
      const { status, body } = await gateway.post("/v1/devices", { sessionId: `s${n}` }, { token: other })
      expect(status).toBe(201)
      if (n < 3) await gateway.call("DELETE", `/v1/devices/${body.id}`, { token: other })
    }
    const refused = await gateway.post("/v1/devices", { sessionId: "s4" }, { token: other })
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 429, code: "too-many-new-devices" })
    const seconds = Number(refused.headers.get("retry-after"))
    expect(seconds).toBeGreaterThan(86_000)
    expect(seconds).toBeLessThanOrEqual(86_400)
    expect((await gateway.post("/v1/devices", { sessionId: "s3" }, { token: other })).status).toBe(200)
    const inSpanish = await gateway.post("/api/add-device", { numero: "51955500001", nombre: "x" }, { token: other })
    expect([inSpanish.status, inSpanish.body]).toEqual([400, { error: "Límite de dispositivos alcanzado" }])
    for (const n of [1, 2, 3, 4]) {
      expect((await gateway.post("/v1/devices", { sessionId: `s${n}` }, { operator: true })).status).toBe(201)
    }
  })
})

describe("[SEC-6] verification", () => {
  it("runs once per client: a user's does not block the operator's or another user's", async () => {
    const { runtime } = gateway.gateway
    const database = await runtime.runPromise(Database)
    const devices = await Promise.all(
      [me, other].map(async (token) => {
        const { body } = await gateway.post("/v1/devices", { sessionId: "s3" }, { token })
        return { path: `/v1/devices/${body.id}/verify`, token }
      })
    )
    const [mine, theirs] = devices as [(typeof devices)[0], (typeof devices)[0]]
    const gate = Deferred.makeUnsafe<void>()
    const { query } = database
    const held = vi
      .spyOn(database, "query")
      .mockImplementationOnce((...asked) => Effect.andThen(Deferred.await(gate), query(...asked)))
    const first = gateway.get(mine.path, mine)
    await until(() => held.mock.calls.length > 0, "my verification")
    const second = await gateway.get(mine.path, mine)
    expect({ status: second.status, code: second.body.code }).toEqual({ status: 503, code: "verification-running" })
    expect((await gateway.get(theirs.path, theirs)).status).toBe(200)
    expect((await gateway.get("/v1/audit/verify", { operator: true })).status).toBe(200)
    await runtime.runPromise(Deferred.succeed(gate, undefined))
    expect((await first).status).toBe(200)
    expect((await gateway.get(mine.path, mine)).status).toBe(200)
    held.mockRestore()
  })
})

describe("[SEC-6] history responses", () => {
  it("count until they have left, whether or not their reader takes them; other clients read on", async () => {
    const { runtime, port } = gateway.gateway
    const { body } = await gateway.post("/v1/devices", { sessionId: "s4" }, { token: me })
    const [path, replay] = [`/v1/devices/${body.id}/events`, `/v1/devices/${body.id}/replay`]
    // More than the system buffers of a response for a client that reads nothing.
    const long = appendTo(`messages/${body.id}`, "any", [received("m1", "x".repeat(16_000_000))], body.deviceNumber)
    await runtime.runPromise(Effect.flatMap(EventLog, (log) => log.commit({ appends: [long] })))
    const ask = (): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        const asked = request({ port, path, agent: false, headers: { authorization: `Bearer ${me}` } }, resolve)
        asked.once("error", reject).end()
      })
    const waiting = await Promise.all(Array.from({ length: 10 }, ask))
    expect(waiting.map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(200))
    for (const refused of [await gateway.get(path, { token: me }), await gateway.get(replay, { token: me })]) {
      expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 429, code: "too-many-readings" })
      expect(refused.headers.get("retry-after")).toBe("1")
    }
    expect((await gateway.get(replay, { operator: true })).status).toBe(200)
    const isFree = async () => (await gateway.get(replay, { token: me })).status === 200
    waiting[0]?.destroy()
    await until(isFree, "the place of a reader who left")
    waiting.push(await ask())
    expect(await isFree()).toBe(false)
    waiting[1]?.resume()
    await until(isFree, "the place of an answer that was taken")
    for (const answer of waiting) answer.destroy()
  })

  it("let other requests run between the pages of a long replay", async () => {
    const { runtime } = gateway.gateway
    const { body } = await gateway.post("/v1/devices", { sessionId: "s5" }, { token: me })
    const twice = [
      { type: "connection.requested", data: { by: "user" } },
      { type: "connection.closed", data: { by: "user" } }
    ] as const
    const events = Array.from({ length: 500 }, () => twice).flat()
    const often = appendTo(`device/${body.id}`, "any", events, body.deviceNumber)
    await runtime.runPromise(Effect.flatMap(EventLog, (log) => log.commit({ appends: [often] })))
    let turns = 0
    let others = setImmediate(function next() {
      turns++
      others = setImmediate(next)
    })
    const { version } = await runtime.runPromise(replayDevice(body.id, {}))
    clearImmediate(others)
    expect(version).toBe(1_001)
    expect(turns).toBeGreaterThanOrEqual(10)
  })
})

describe("[SEC-6] erasures of messages", () => {
  it("are queued per client, and the clients take turns", async () => {
    const { runtime } = gateway.gateway
    const record = async (token: string, ids: readonly string[]) => {
      const { body } = await gateway.post("/v1/devices", { sessionId: "s3" }, { token })
      const said = ids.map((id) => received(id))
      const append = appendTo(`messages/${body.id}`, "any", said, body.deviceNumber)
      await runtime.runPromise(Effect.flatMap(EventLog, (log) => log.commit({ appends: [append] })))
    }
    await record(me, ["mine-1", "mine-2", "mine-3"])
    await record(other, ["theirs"])
    const [erasure, messages] = await runtime.runPromise(Effect.all([Erasure, Messages]))
    const gate = Deferred.makeUnsafe<void>()
    const begun: (string | undefined)[] = []
    let running = 0
    let most = 0
    const { message } = erasure
    const erasing = vi.spyOn(erasure, "message").mockImplementation((rows, demand) =>
      Effect.gen(function* () {
        begun.push(rows[0]?.messageId)
        most = Math.max(most, ++running)
        yield* Deferred.await(gate)
        return yield* message(rows, demand)
      }).pipe(Effect.ensuring(Effect.sync(() => running--)))
    )
    const lookedAt = vi.spyOn(messages, "erasedOn")
    const ask = (token: string, id: string) => gateway.call("DELETE", `/v1/messages/${id}/content`, { token })
    const answers = [ask(me, "mine-1"), ask(me, "mine-2"), ask(me, "mine-3")]
    await until(() => lookedAt.mock.calls.length === 3, "mine in line")
    answers.push(ask(other, "theirs"))
    await until(() => lookedAt.mock.calls.length === 4, "theirs in line")
    await gateway.get("/health")
    await runtime.runPromise(Deferred.succeed(gate, undefined))
    for (const { status, body } of await Promise.all(answers)) expect([status, body.erased]).toEqual([200, 1])
    expect(most).toBe(1)
    expect(begun.indexOf("theirs")).toBeLessThan(3)
    erasing.mockRestore()
    lookedAt.mockRestore()
  })
})

describe("pairing codes", () => {
  it("over PAIRING_CODES_PER_HOUR_MAX are refused: for one device, and from one user for one number", async () => {
    const add = async (sessionId: string) =>
      (await gateway.post("/v1/devices", { sessionId }, { operator: true })).body.id as string
    const ask = (device: string, number: string) =>
      gateway.post(`/v1/devices/${device}/pairing-code`, { number }, { operator: true })
    const [first, second] = [await add("codes-1"), await add("codes-2")]
    const victim = "51955500009"
    expect((await ask(first, "51955500008")).status).toBe(201)
    expect((await ask(first, victim)).status).toBe(201)
    const refused = await ask(first, "51955500007")
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 429, code: "too-many-codes" })
    const seconds = Number(refused.headers.get("retry-after"))
    expect(seconds).toBeGreaterThan(3_500)
    expect(seconds).toBeLessThanOrEqual(3_600)
    expect((await ask(second, victim)).status).toBe(201)
    expect((await ask(await add("codes-3"), victim)).status).toBe(429)
  })
})

describe("idempotency keys", () => {
  it("over NEW_KEYS_PER_DAY_MAX are refused; known keys still work, and so do requests without a key", async () => {
    const device = (await gateway.post("/v1/devices", { sessionId: "s3" }, { token: other })).body.id
    const stop = (key?: string, token = other) =>
      gateway.post(`/v1/devices/${device}/stop`, {}, { token, headers: key ? { "idempotency-key": key } : {} })
    expect((await stop("one")).status).toBe(200)
    expect((await stop("one")).status).toBe(200)
    expect(
      (await gateway.post("/v1/devices/none/stop", {}, { token: other, headers: { "idempotency-key": "two" } })).status
    ).toBe(404)
    expect((await stop("two")).status).toBe(200)
    const refused = await stop("three")
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 429, code: "too-many-keys" })
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(86_000)
    expect((await stop("two")).status).toBe(200)
    expect((await stop()).status).toBe(200)
  })

  it("that are too old are deleted, however many there are", async () => {
    const { runtime } = gateway.gateway
    const key = (n: number) => ({
      scope: "user:99",
      key: `key-${n}`,
      fingerprint: Buffer.alloc(32),
      until: "expiry" as const
    })
    const record = (n: number, at: number) =>
      Effect.flatMap(EventLog, (log) => log.commit({ statements: [claimCommand(key(n), "x", at)] }))
    const found = (n: number) => Effect.flatMap(CommandLog, (commands) => commands.find(key(n)))
    const old = Array.from({ length: 2_100 }, (_, n) => record(n, n < 1_100 ? 7 : n))
    await runtime.runPromise(Effect.all([...old, record(2_100, 5_000)], { concurrency: "unbounded", discard: true }))
    await runtime.runPromise(Effect.flatMap(CommandLog, (commands) => commands.purge(5_000)))
    const left = await runtime.runPromise(Effect.all([0, 1_099, 1_100, 2_099, 2_100].map(found)))
    expect(left.map((row) => row !== undefined)).toEqual([false, false, false, false, true])
  })
})

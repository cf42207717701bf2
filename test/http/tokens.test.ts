/** /v1/tokens, /v1/users and PUT /v1/password: who may do what, for how long, and the events that record it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { runScript } from "../support/run-script.ts"
import { follow } from "./support/follower.ts"

const ME = "51948907640"
const OTHER = "51911111111"
const PASSWORD = "correct horse"

let gateway: TestGateway
let me: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { FAILED_LOGINS_MAX: "1000", WRONG_TOKENS_MAX: "1000" } })
  me = await gateway.user(ME, PASSWORD)
  await gateway.user(OTHER, PASSWORD)
})
afterAll(() => gateway[Symbol.asyncDispose]())

interface Created {
  readonly id: string
  readonly token: string
}

const create = async (wanted: object, credential: object = { token: me }): Promise<Created> => {
  const { status, body } = await gateway.post("/v1/tokens", { name: "x", scopes: ["read"], ...wanted }, credential)
  expect([status, body.code]).toEqual([201, undefined])
  return body as Created
}
const problem = async (wanted: object, credential: object = { token: me }) => {
  const { status, body } = await gateway.post("/v1/tokens", { name: "x", scopes: ["read"], ...wanted }, credential)
  return { status, code: body.code }
}
const remove = (id: string, credential: object = { token: me }) =>
  gateway.call("DELETE", `/v1/tokens/${id}`, credential)
const worksFor = async (token: string, path = "/v1/devices") => (await gateway.get(path, { token })).status

/** The log's events of these types, as the operator exports them. */
const accessEvents = async (...types: readonly string[]) => {
  const { body } = await gateway.get(`/v1/events/export?types=${types.join(",")}`, { operator: true })
  const lines = typeof body === "string" ? body.trim().split("\n") : [JSON.stringify(body)]
  return lines.map((line) => JSON.parse(line) as { type: string; who: string; data: Record<string, unknown> })
}

describe("a token", () => {
  it("is shown once, and listed with its name, scopes, devices, expiry and last use", async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const device = (await gateway.post("/v1/devices", { sessionId: "listed" }, { token: me })).body.id
    const { id, token } = await create({ name: "facturas", scopes: ["send", "read"], devices: [device], expiresAt })
    expect(token).toMatch(/^[0-9a-f]{64}$/)
    const { body } = await gateway.get("/v1/tokens", { token: me })
    const listed = body.items.find((each: { id: string }) => each.id === id)
    expect(listed).toEqual({
      id,
      name: "facturas",
      scopes: ["send", "read"],
      devices: [device],
      issuedAt: expect.stringMatching(/Z$/),
      expiresAt,
      lastUsedAt: null
    })
    expect(JSON.stringify(body)).not.toContain(token)
    expect((await gateway.get(`/v1/tokens/${id}`, { token: me })).body).toEqual(listed)
  })

  it("[SEC-2] stops working when it is revoked, and its open streams end", async () => {
    const { id, token } = await create({})
    const follower = await follow(gateway, "", { token })
    expect((await remove(id)).status).toBe(204)
    expect(await worksFor(token)).toBe(401)
    expect((await follower.closed).code).toBe(4401)
    expect((await remove(id)).status).toBe(404)
  })

  it("[SEC-2] stops working when it expires, and its open stream ends", async () => {
    const expiresAt = new Date(Date.now() + 1_500).toISOString()
    const { token } = await create({ expiresAt })
    expect(await worksFor(token)).toBe(200)
    const follower = await follow(gateway, "", { token })
    expect((await follower.closed).code).toBe(4401)
    expect(await worksFor(token)).toBe(401)
  })

  it("reaches the devices that it names and no others, existing or new", async () => {
    const [mine, spare] = await Promise.all(
      ["first", "second"].map(
        async (sessionId) => (await gateway.post("/v1/devices", { sessionId }, { token: me })).body.id
      )
    )
    const { token } = await create({ scopes: ["read", "manage"], devices: [mine] })
    expect((await gateway.get("/v1/devices", { token })).body.items.map(({ id }: { id: string }) => id)).toEqual([mine])
    expect(await worksFor(token, `/v1/devices/${spare}`)).toBe(404)
    expect((await gateway.post("/v1/devices", { sessionId: "third" }, { token })).body.code).toBe("device-set-fixed")
    expect(await problem({ scopes: ["read"] }, { token })).toEqual({ status: 403, code: "device-set-limited" })
  })

  it("[SEC-1] has no more rights than the credential that creates it", async () => {
    const { token } = await create({ scopes: ["read", "manage"] })
    expect(await problem({ scopes: ["read", "send"] }, { token })).toEqual({ status: 403, code: "scope-exceeded" })
    expect(await problem({ scopes: ["admin"] })).toEqual({ status: 403, code: "scope-exceeded" })
    expect(await problem({ devices: [`dev_${"0".repeat(26)}`] })).toEqual({ status: 404, code: "device-not-found" })
  })

  it("is refused with a wrong name, scope or expiry, and changes nothing", async () => {
    const count = async () => (await gateway.get("/v1/tokens", { token: me })).body.items.length
    const before = await count()
    for (const wrong of [{ name: "" }, { scopes: [] }, { scopes: ["all"] }, { expiresAt: "2020-01-01T00:00:00Z" }]) {
      expect((await problem(wrong)).status).toBe(400)
    }
    expect((await problem({ expiresAt: "tomorrow" })).status).toBe(400)
    expect(await count()).toBe(before)
  })

  it("[OUT-2] with an Idempotency-Key is returned again for a repeat, although its value is not stored", async () => {
    const headers = { "idempotency-key": "token-of-the-panel" }
    const first = await create({ name: "panel" }, { token: me, headers })
    expect(await create({ name: "panel" }, { token: me, headers })).toEqual(first)
    expect(await problem({ name: "other" }, { token: me, headers })).toEqual({ status: 422, code: "key-reused" })
    expect(await worksFor(first.token)).toBe(200)
  })

  it("of the operator has the rights of its scopes, and users cannot see it", async () => {
    const { id, token } = await create({ name: "auditor", scopes: ["audit"] }, { operator: true })
    expect(await worksFor(token, "/v1/audit/verify")).toBe(200)
    expect((await gateway.get("/v1/users", { token })).body.code).toBe("scope-missing")
    expect((await gateway.get(`/v1/tokens/${id}`, { token: me })).status).toBe(404)
    expect((await remove(id)).status).toBe(404)
    expect((await remove(id, { operator: true })).status).toBe(204)
    expect(await worksFor(token, "/v1/audit/verify")).toBe(401)
  })

  it("shows when it was last used, to the minute", async () => {
    const { id, token } = await create({})
    await worksFor(token)
    await gateway.restart()
    const { lastUsedAt } = (await gateway.get(`/v1/tokens/${id}`, { token: me })).body
    expect(Math.abs(Date.parse(lastUsedAt) - Date.now())).toBeLessThan(60_000)
  })
})

describe("the log", () => {
  it("[SEC-4] has an event for every token that was issued or ended, and no token's value", async () => {
    const { id, token } = await create({ name: "in the log", scopes: ["read", "audit"] })
    await remove(id)
    const events = await accessEvents("token.issued", "token.revoked")
    const own = events.filter(({ data }) => data.tokenId === id)
    expect(own).toMatchObject([
      {
        type: "token.issued",
        who: expect.stringMatching(/^user:/),
        data: { name: "in the log", scopes: ["read", "audit"] }
      },
      { type: "token.revoked", data: { reason: "revoked" } }
    ])
    expect(JSON.stringify(events)).not.toContain(token)
  })
})

describe("users, to the operator", () => {
  it("are listed in pages, found by number and by id, and shown with their tokens", async () => {
    const first = await gateway.get("/v1/users?limit=1", { operator: true })
    expect(first.body.items).toMatchObject([{ number: ME, id: expect.stringMatching(/^usr_/) }])
    const second = await gateway.get(`/v1/users?limit=1&after=${first.body.next}`, { operator: true })
    expect(second.body.items).toMatchObject([{ number: OTHER }])
    const byNumber = await gateway.get(`/v1/users/${OTHER}`, { operator: true })
    expect((await gateway.get(`/v1/users/${byNumber.body.id}`, { operator: true })).body).toEqual(byNumber.body)
    const { items } = (await gateway.get(`/v1/users/${OTHER}/tokens`, { operator: true })).body
    expect(items).toMatchObject([{ name: null, scopes: ["read", "send", "manage", "audit"], devices: null }])
    expect((await gateway.get("/v1/users/51900000000", { operator: true })).body.code).toBe("account-not-found")
  })

  it("can be created even while registration is closed", async () => {
    await gateway.restart({ REGISTRATION: "closed" })
    const wanted = { number: "51922222222", password: PASSWORD }
    const { status, headers, body } = await gateway.post("/v1/users", wanted, { operator: true })
    expect([status, headers.get("location")]).toEqual([201, `/v1/users/${body.id}`])
    expect((await gateway.post("/api/login", { numero: wanted.number, password: PASSWORD })).status).toBe(200)
    expect((await gateway.post("/v1/users", wanted, { operator: true })).body.code).toBe("account-exists")
    await gateway.restart()
  })
})

describe("a password", () => {
  const login = async (numero: string, password: string) =>
    (await gateway.post("/api/login", { numero, password })).status

  it("[SEC-2] changed by its user ends all of the user's other tokens", async () => {
    const numero = "51933333330"
    const token = await gateway.user(numero, PASSWORD)
    const { token: other } = (await gateway.post("/api/login", { numero, password: PASSWORD })).body
    const change = (body: object) => gateway.call("PUT", "/v1/password", { token, body })
    expect((await change({ current: "a guess", password: "battery staple" })).body.code).toBe("invalid-credentials")
    expect((await change({ current: PASSWORD, password: "short" })).status).toBe(400)
    expect((await change({ current: PASSWORD, password: "battery staple" })).status).toBe(204)
    expect([await worksFor(token), await worksFor(other)]).toEqual([200, 401])
    expect([await login(numero, PASSWORD), await login(numero, "battery staple")]).toEqual([401, 200])
  })

  it("[SEC-2] set by the operator, because it was forgotten, ends all of the user's tokens", async () => {
    const numero = "51933333331"
    const token = await gateway.user(numero, PASSWORD)
    const reset = { operator: true, body: { password: "battery staple" } }
    expect((await gateway.call("PUT", `/v1/users/${numero}/password`, reset)).status).toBe(204)
    expect(await worksFor(token)).toBe(401)
    expect([await login(numero, PASSWORD), await login(numero, "battery staple")]).toEqual([401, 200])
    const [changed] = (await accessEvents("user.password_changed")).slice(-1)
    expect(changed).toMatchObject({ who: "operator", data: { by: "operator" } })
  })

  describe("[SEC-2] set with `bitacora user password`", () => {
    const numero = "51933333332"
    const run = (password: string, number = numero) => {
      const env = { DATA_DIR: gateway.directory, API_KEY: "operator-key-for-tests", PORT: String(gateway.gateway.port) }
      return runScript("bitacora.js", ["user", "password", number], env, `${password}\n`)
    }

    it("is set by the running gateway", async () => {
      const token = await gateway.user(numero, PASSWORD)
      const done = await run("battery staple")
      expect([done.code, done.err]).toEqual([0, ""])
      expect(await worksFor(token)).toBe(401)
      expect(await login(numero, "battery staple")).toBe(200)
    })

    it("is set in the store when no gateway runs", async () => {
      let code: number | null = null
      await gateway.restart({}, async () => {
        code = (await run("paperclip horse")).code
      })
      expect(code).toBe(0)
      expect(await login(numero, "paperclip horse")).toBe(200)
    })

    it("reports what is wrong and changes nothing", async () => {
      expect((await run("short")).err).toContain("a password must have 8 to 128 characters")
      expect((await run("")).err).toContain("new password: is empty")
      expect((await run("battery staple", "51900000000")).err).toContain("there is no account 51900000000")
      expect((await run("battery staple", "+51")).err).toContain("must be 8 to 15 digits")
      expect(await login(numero, "paperclip horse")).toBe(200)
    })
  })
})

describe("CORS", () => {
  const ORIGIN = "https://panel.example.com"
  const preflight = (origin: string) =>
    gateway.call("OPTIONS", "/v1/devices", {
      headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" }
    })
  const allowed = (headers: Headers) => headers.get("access-control-allow-origin")

  it("is off by default: no page of another origin can read a response", async () => {
    expect(allowed((await preflight(ORIGIN)).headers)).toBeNull()
    const { headers } = await gateway.get("/v1/devices", { token: me, headers: { origin: ORIGIN } })
    expect(allowed(headers)).toBeNull()
  })

  it("with ALLOWED_ORIGINS lets pages of these origins call the API, and no others", async () => {
    await gateway.restart({ ALLOWED_ORIGINS: ORIGIN })
    const { status, headers } = await preflight(ORIGIN)
    expect([status, allowed(headers)]).toEqual([204, ORIGIN])
    expect(headers.get("access-control-allow-headers")).toContain("authorization")
    const answer = await gateway.get("/v1/devices", { token: me, headers: { origin: ORIGIN } })
    expect([answer.status, allowed(answer.headers)]).toEqual([200, ORIGIN])
    expect(allowed((await preflight("https://evil.example.com")).headers)).not.toBe("https://evil.example.com")
    await gateway.restart()
  })
})

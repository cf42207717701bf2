/** /v1/session and /v1/registration: the login of a browser in a cookie, which no other page can use. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"

const PASSWORD = "una-clave-larga"
const NUMBER = "51933333301"
let gateway: TestGateway
let own: Readonly<Record<string, string>>
let foreign: Readonly<Record<string, string>>

beforeAll(async () => {
  gateway = await TestGateway.start()
  await gateway.user(NUMBER, PASSWORD)
  own = { origin: gateway.url }
  foreign = { origin: "http://127.0.0.1:1" }
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** Logs in; returns the cookie as a browser sends it. */
const logIn = async (body: unknown = { number: NUMBER, password: PASSWORD }) => {
  const answer = await gateway.post("/v1/session", body)
  const set = answer.headers.get("set-cookie") ?? ""
  return { ...answer, set, cookie: set.split(";")[0] ?? "" }
}

describe("a login", () => {
  it("is in a cookie that scripts cannot read and other sites cannot send, and is not in the response", async () => {
    const { status, body, set } = await logIn()
    expect([status, body.kind, body.number]).toEqual([201, "user", NUMBER])
    expect(set).toMatch(/^login=[0-9a-f]{64}; Path=\/v1; Max-Age=604800; HttpOnly; SameSite=Strict$/)
    expect(JSON.stringify(body)).not.toContain(set.slice(6, 70))
    expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(6 * 86_400_000)
  })

  it("of the operator takes the key, and ends earlier", async () => {
    const { status, body, set, cookie } = await logIn({ key: OPERATOR_KEY })
    expect([status, body.kind, body.number, body.scopes.includes("admin")]).toEqual([201, "operator", null, true])
    expect(set).toContain("Max-Age=43200;")
    expect((await gateway.get("/v1/users", { headers: { cookie } })).status).toBe(200)
    expect((await logIn({ key: "not-the-operators-key" })).body.code).toBe("token-invalid")
  })

  it("is refused with a wrong password, and without number, password or key", async () => {
    expect((await logIn({ number: NUMBER, password: "otra" })).body.code).toBe("invalid-credentials")
    expect((await logIn({ number: NUMBER })).body).toMatchObject({ code: "invalid-request", field: "password" })
    expect((await logIn({})).body).toMatchObject({ code: "invalid-request", field: "number" })
  })

  it("counts against the limit of failed logins of its address", async () => {
    await using limited = await TestGateway.start({ env: { FAILED_LOGINS_MAX: "2" } })
    const wrong = () => limited.post("/v1/session", { number: NUMBER, password: "otra-clave" })
    const codes = [(await wrong()).status, (await wrong()).status, (await wrong()).status]
    expect(codes).toEqual([401, 401, 429])
  })

  it("says who it is, and ends for good when the browser logs out", async () => {
    const { cookie } = await logIn()
    const headers = { cookie, ...own }
    expect((await gateway.get("/v1/session", { headers })).body).toMatchObject({ kind: "user", number: NUMBER })
    const { status, headers: answered } = await gateway.call("DELETE", "/v1/session", { headers })
    expect([status, answered.get("set-cookie")]).toEqual([
      204,
      "login=; Path=/v1; Max-Age=0; HttpOnly; SameSite=Strict"
    ])
    expect((await gateway.get("/v1/session", { headers })).body.code).toBe("token-invalid")
  })

  it("does not end the tokens of programs, however often a browser logs in", async () => {
    const token = await gateway.user("51933333302", PASSWORD)
    for (let nth = 0; nth < 55; nth++) await logIn({ number: "51933333302", password: PASSWORD })
    expect((await gateway.get("/v1/session", { token })).status).toBe(200)
    const { body } = await gateway.get("/v1/tokens", { token })
    expect(body.items.length).toBe(51)
  })
})

describe("[SEC-1] a cookie counts only for requests of the gateway's own pages", () => {
  const device = { number: "51933333309" }

  it("writes need the gateway's own origin", async () => {
    const { cookie } = await logIn()
    const add = async (headers: Readonly<Record<string, string>>) =>
      (await gateway.post("/v1/devices", device, { headers: { cookie, ...headers } })).status
    expect(await add({})).toBe(401)
    expect(await add(foreign)).toBe(401)
    expect(await add({ origin: "null" })).toBe(401)
    expect(await add({ ...own, "sec-fetch-site": "cross-site" })).toBe(401)
    expect(await add({ ...foreign, "sec-fetch-site": "same-site" })).toBe(401)
    expect(await add({ "sec-fetch-site": "none" })).toBe(401)
    expect(await add(own)).toBe(201)
    expect(await add({ ...own, "sec-fetch-site": "same-origin" })).toBe(200)
  })

  it("reads may come from the address bar, and from no other page", async () => {
    const { cookie } = await logIn()
    const read = async (headers: Readonly<Record<string, string>>) =>
      (await gateway.get("/v1/devices", { headers: { cookie, ...headers } })).status
    expect(await read({})).toBe(200)
    expect(await read({ "sec-fetch-site": "none" })).toBe(200)
    expect(await read({ "sec-fetch-site": "same-origin" })).toBe(200)
    expect(await read({ "sec-fetch-site": "same-site" })).toBe(401)
    expect(await read(foreign)).toBe(401)
  })

  it("so does a WebSocket, which a page opens without a ticket", async () => {
    const { cookie } = await logIn()
    const open = (headers: Readonly<Record<string, string>>) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/stream`, {
          headers: { cookie, ...headers }
        })
        socket.once("open", () => {
          socket.close()
          resolve(101)
        })
        socket.once("unexpected-response", (_, response) => resolve(response.statusCode ?? 0))
        socket.once("error", () => {})
      })
    expect(await open(own)).toBe(101)
    expect(await open({})).toBe(401)
    expect(await open(foreign)).toBe(403)
    expect(await open({ ...own, "sec-fetch-site": "cross-site" })).toBe(401)
  })

  it("no other page can log a browser in", async () => {
    const credentials = { number: NUMBER, password: PASSWORD }
    const logInFrom = async (headers: Readonly<Record<string, string>>) =>
      (await gateway.post("/v1/session", credentials, { headers })).status
    expect(await logInFrom(foreign)).toBe(403)
    expect(await logInFrom({ ...own, "sec-fetch-site": "cross-site" })).toBe(403)
    expect(await logInFrom(own)).toBe(201)
    expect(await logInFrom({ ...own, "sec-fetch-site": "same-origin" })).toBe(201)
  })

  it("a token in the header takes precedence, and other dialects take no cookie", async () => {
    const { cookie } = await logIn()
    const other = await gateway.user("51933333303", PASSWORD)
    expect((await gateway.get("/v1/session", { token: other, headers: { cookie, ...own } })).body.number).toBe(
      "51933333303"
    )
    expect((await logIn()).set).toContain("Path=/v1;")
  })
})

describe("/v1/registration", () => {
  it("makes an account that can log in, once for a number", async () => {
    const account = { number: "51933333304", password: PASSWORD }
    const { status, body } = await gateway.post("/v1/registration", account)
    expect([status, body.number]).toEqual([201, account.number])
    expect((await logIn(account)).status).toBe(201)
    expect((await gateway.post("/v1/registration", account)).body.code).toBe("account-exists")
    const short = await gateway.post("/v1/registration", { number: "51933333305", password: "corta" })
    expect(short.body).toMatchObject({ code: "invalid-request", field: "password" })
  })

  it("is carried out once under an Idempotency-Key", async () => {
    const account = { number: "51933333306", password: PASSWORD }
    const headers = { "idempotency-key": "una-vez" }
    const first = await gateway.post("/v1/registration", account, { headers })
    const again = await gateway.post("/v1/registration", account, { headers })
    expect([again.status, again.body]).toEqual([201, first.body])
  })

  it("is refused while registration is closed", async () => {
    await using closed = await TestGateway.start({ env: { REGISTRATION: "closed" } })
    const { status, body } = await closed.post("/v1/registration", { number: "51933333307", password: PASSWORD })
    expect([status, body.code]).toEqual([403, "registration-closed"])
  })
})

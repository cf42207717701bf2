/** A hosted link over HTTP: who may open it, what it is good for, and how it ends. The page in a browser: hosted-link-page.test.ts. */
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Phone } from "../../src/sandbox/people/phone.ts"
import { PasskeyFailure } from "../../src/events/device.ts"
import { TestGateway } from "../support/gateway.ts"
import type { Answer, CallOptions } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"

const USER = "51900000001"
const STRANGER = "51900000002"

let gateway: TestGateway
let token: string
let stranger: string
let numbers = 0

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { DEVICES_PER_USER_MAX: "100", TRUST_PROXY: "1" },
    network: { prekeyCount: 50 }
  })
  token = await gateway.user(USER)
  stranger = await gateway.user(STRANGER)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

interface Linkable {
  readonly id: string
  readonly phone: Phone
  /** The path of the link. */
  readonly at: string
  readonly answer: Answer
}

const newPhone = () => gateway.network.addPhone(`51911${String(++numbers).padStart(6, "0")}`)
const makeLink = (id: string, body: unknown = {}, options: CallOptions = { token }) =>
  gateway.post(`/v1/devices/${id}/link`, body, options)
const pathOf = ({ body }: Answer) => new URL(body.url).pathname

const linkable = async (body: unknown = {}): Promise<Linkable> => {
  const phone = newPhone()
  const { id } = (await gateway.post("/v1/devices", { number: phone.number }, { token })).body
  const answer = await makeLink(id, body)
  return { id, phone, answer, at: pathOf(answer) }
}

/** A browser with at most one cookie. */
class Browser {
  cookie: string | undefined

  get #options(): CallOptions {
    return this.cookie === undefined ? {} : { headers: { cookie: this.cookie } }
  }

  get(path: string): Promise<Answer> {
    return gateway.get(path, this.#options)
  }

  async post(path: string, body: unknown = {}): Promise<Answer> {
    const answer = await gateway.post(path, body, this.#options)
    this.cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? this.cookie
    return answer
  }

  async open(at: string): Promise<Answer> {
    return this.post(`${at}/open`)
  }
}

const opened = async (at: string): Promise<Browser> => {
  const browser = new Browser()
  expect((await browser.open(at)).status).toBe(200)
  return browser
}
const scanOn = async (browser: Browser, at: string, phone: Phone) => {
  const { qr } = await until(async () => {
    const { body } = await browser.get(`${at}/state`)
    return body.state === "QR" && body.qr && body
  }, "a QR")
  await phone.scanQr(qr.image)
}
const untilIs = (browser: Browser, at: string, wanted: object) =>
  expect.poll(async () => (await browser.get(`${at}/state`)).body).toMatchObject(wanted)
const gone = { status: 410, body: { code: "link-invalid" } }

describe("POST /v1/devices/:id/link", () => {
  it("gives an address of this gateway, good for an hour or as long as was asked for", async () => {
    const { answer } = await linkable()
    expect(answer.status).toBe(201)
    expect(answer.body.url).toMatch(new RegExp(`^${gateway.url}/link/[\\w-]{32}$`))
    const leftMs = (each: Answer) => Date.parse(each.body.expiresAt) - Date.now()
    expect(leftMs(answer)).toBeGreaterThan(3_590_000)
    const { answer: short } = await linkable({ expiresInSeconds: 60 })
    expect(leftMs(short)).toBeLessThanOrEqual(60_000)
    const { id } = await linkable()
    expect((await makeLink(id, { expiresInSeconds: 59 })).status).toBe(400)
  })

  it("refuses a device that is linked, and knows no other user's", async () => {
    const { id, at, phone } = await linkable()
    expect((await makeLink(id, {}, { token: stranger })).status).toBe(404)
    await scanOn(await opened(at), at, phone)
    await gateway.untilState(token, phone.number, "CONNECTED")
    const { status, body } = await makeLink(id)
    expect([status, body.code]).toEqual([409, "command-refused"])
  })

  it("[OUT-2] repeats with the same key get the same address while it is good, and no new one afterwards", async () => {
    const { id } = await linkable()
    const keyed: CallOptions = { token, headers: { "idempotency-key": "link" } }
    const first = await makeLink(id, {}, keyed)
    expect(await makeLink(id, {}, keyed)).toMatchObject({ status: 201, body: { url: first.body.url } })
    await opened(pathOf(first))
    expect((await makeLink(id, {}, keyed)).body.url).toBe(first.body.url)
    await makeLink(id)
    expect(await makeLink(id, {}, keyed)).toMatchObject(gone)
  })
})

describe("a hosted link", () => {
  it("is not used up by programs that look at its address", async () => {
    const { at } = await linkable()
    for (const method of ["GET", "HEAD", "GET"]) expect((await gateway.call(method, at)).status).toBe(200)
    const { status, body } = await gateway.get(`${at}/state`)
    expect([status, body.code]).toEqual([410, "link-invalid"])
    await opened(at)
  })

  it("belongs to the browser that opens it first, which may load the page again; no other browser gets anything", async () => {
    const { id, at } = await linkable()
    const browser = await opened(at)
    expect((await browser.get(`${at}/state`)).status).toBe(200)
    const again = await browser.open(at)
    expect(again.status).toBe(200)
    const other = new Browser()
    expect(await other.open(at)).toMatchObject(gone)
    other.cookie = "link=guessed"
    expect(await other.get(`${at}/state`)).toMatchObject(gone)
    for (const [path, body] of [
      ["open", {}],
      ["code", { number: USER }],
      ["passkey/confirm", { matches: true }],
      ["hand-over", {}]
    ] as const)
      expect(await other.post(`${at}/${path}`, body), path).toMatchObject(gone)
    expect((await gateway.events(token, id)).filter(({ type }) => type === "connection.requested")).toHaveLength(1)
  })

  it("keeps its session in a cookie that scripts do not read, other sites do not send, and other links do not get", async () => {
    const { at } = await linkable()
    const plain = await new Browser().open(at)
    expect(plain.headers.get("set-cookie")).toMatch(
      new RegExp(`^link=[\\w-]{32}; Path=${at}; Max-Age=3600; HttpOnly; SameSite=Strict$`)
    )
    const { at: other } = await linkable()
    const secure = await gateway.post(`${other}/open`, {}, { headers: { "x-forwarded-proto": "https" } })
    expect(secure.headers.get("set-cookie")).toMatch(/; SameSite=Strict; Secure$/)
  })

  it("shows nothing but this link", async () => {
    const { at, phone } = await linkable()
    const browser = await opened(at)
    await untilIs(browser, at, { state: "QR", userAction: "scan", number: phone.number, isDone: false })
    const { body } = await browser.get(`${at}/state`)
    expect(Object.keys(body).toSorted()).toEqual(
      ["code", "endsAt", "isDone", "name", "now", "number", "passkey", "qr", "reason", "state", "userAction"].toSorted()
    )
    expect(body.qr.image).toMatch(/^data:image\/png;base64,/)
  })

  it("does what it does for the client that made it, as that client's request", async () => {
    const { id, at, phone } = await linkable()
    const browser = await opened(at)
    expect((await browser.post(`${at}/code`, { number: phone.number })).status).toBe(201)
    const events = await gateway.events(token, id)
    const requested = events.find(({ type }) => type === "connection.requested")
    expect(requested).toMatchObject({ who: "user:1", data: { by: "user" } })
  })

  it("is done when the device is linked: it says so, and does nothing more", async () => {
    const { id, at, phone } = await linkable()
    const browser = await opened(at)
    await scanOn(browser, at, phone)
    await untilIs(browser, at, { isDone: true, qr: null })
    expect(await browser.post(`${at}/code`, { number: phone.number })).toMatchObject(gone)
    expect(await browser.post(`${at}/hand-over`)).toMatchObject(gone)
    // What becomes of the device later is not the visitor's.
    await gateway.post(`/v1/devices/${id}/logout`, {}, { token })
    expect((await browser.open(at)).body).toMatchObject({ isDone: true, state: "NONE" })
    expect((await gateway.get(`/v1/devices/${id}`, { token })).body).toMatchObject({ state: "NONE", paired: false })
  })

  it("is for the device's number: another phone is unlinked again, and the link can be tried once more", async () => {
    const { at, phone } = await linkable()
    const browser = await opened(at)
    const refused = await browser.post(`${at}/code`, { number: "51999999999" })
    expect([refused.status, refused.body.field]).toEqual([400, "number"])
    const wrong = newPhone()
    await scanOn(browser, at, wrong)
    await untilIs(browser, at, { state: "ERROR", reason: "mismatched", isDone: false })
    expect(wrong.companions).toEqual([])
    expect((await browser.open(at)).status).toBe(200)
    await scanOn(browser, at, phone)
    await untilIs(browser, at, { isDone: true })
  })

  it("can be given to another browser, as a passkey needs a computer", async () => {
    const { at } = await linkable()
    const phone = await opened(at)
    expect((await phone.post(`${at}/hand-over`)).status).toBe(204)
    expect(await phone.get(`${at}/state`)).toMatchObject(gone)
    const computer = await opened(at)
    await untilIs(computer, at, { state: "QR" })
    expect(await phone.open(at)).toMatchObject(gone)
  })

  it("ends with the next link for the device, with the device, and with the gateway's process", async () => {
    const former = await linkable()
    const browser = await opened(former.at)
    const latter = pathOf(await makeLink(former.id))
    expect(await browser.get(`${former.at}/state`)).toMatchObject(gone)
    const next = await opened(latter)
    await gateway.call("DELETE", `/v1/devices/${former.id}`, { token })
    expect((await next.get(`${latter}/state`)).status).toBe(404)
    const { at } = await linkable()
    const last = await opened(at)
    await gateway.restart()
    expect(await last.open(at)).toMatchObject(gone)
  })

  it("[SEC-2] ends with the token that made it", async () => {
    const narrow = { name: "front desk", scopes: ["manage"] }
    const { token: own, id } = (await gateway.post("/v1/tokens", narrow, { token })).body
    const device = await linkable()
    const at = pathOf(await makeLink(device.id, {}, { token: own }))
    const browser = await opened(at)
    await gateway.call("DELETE", `/v1/tokens/${id}`, { token })
    await expect.poll(() => browser.get(`${at}/state`)).toMatchObject(gone)
  })
})

describe("the page", () => {
  it("is the same for every ticket, and loads and asks nothing elsewhere", async () => {
    const { at } = await linkable()
    const pages = [await gateway.get(at), await gateway.get(`/link/${"x".repeat(32)}`)]
    const nonces = pages.map(({ headers, body }) => {
      const policy = headers.get("content-security-policy") ?? ""
      const nonce = policy.match(/'nonce-([^']+)'/)?.[1] ?? ""
      expect(policy).toBe(
        `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
      )
      for (const tag of body.match(/<(script|style)[^>]*>/g)) expect(tag).toContain(`nonce="${nonce}"`)
      return nonce
    })
    expect(nonces[0]).not.toBe(nonces[1])
    const [own, other] = pages.map(({ body }, n) => body.replaceAll(nonces[n], ""))
    expect(own).toBe(other)
    expect(own).not.toMatch(/(src|href)="?(https?:)?\/\//)
    expect(own).toContain('name="viewport"')
  })

  it("has the same words in every language, and words for every failure of a passkey", () => {
    const file = new URL("../../src/http/routes/link/page/words.json", import.meta.url)
    const languages: Readonly<Record<string, Record<string, string>>> = JSON.parse(readFileSync(file, "utf8"))
    const keys = Object.keys(languages.en ?? {})
    for (const words of Object.values(languages)) expect(Object.keys(words)).toEqual(keys)
    expect(PasskeyFailure.literals.filter((reason) => !keys.includes(`passkey_${reason}`))).toEqual([])
  })

  it("is not kept, not framed and not listed, and its address goes nowhere", async () => {
    const { at } = await linkable()
    const { headers } = await gateway.get(at)
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-robots-tag": "noindex",
      "x-content-type-options": "nosniff"
    })
  })
})

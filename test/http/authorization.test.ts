/**
 * Every route of the gateway × every kind of asker. The routes are the server's own: one that is added without an entry here
 * fails the first test.
 */
import { Effect } from "effect"
import { pino } from "pino"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readSettings } from "../../src/config.ts"
import { AttemptLimiter } from "../../src/http/access/attempt-limiter.ts"
import { makeRun } from "../../src/http/runtime.ts"
import { KeysInUse } from "../../src/http/idempotency.ts"
import { buildServer } from "../../src/http/server.ts"
import { TestGateway } from "../support/gateway.ts"
import { type Answer, type CallOptions, OPERATOR_KEY } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { refusal, follow } from "./support/follower.ts"

const OWNER = "51948907640"
const OTHER = "51911111111"
const CONTACT = "51999999999"
const NEVER_ADDED = "51922222222"
const NEVER_MADE = `dev_${"0".repeat(26)}`
const PASSWORD = "correct horse"
const NAME = "the owner's name for it"

/** What a request is about: the owner's device by either of its names, and a message of it. */
interface Subject {
  readonly number: string
  readonly reference: string
  readonly message: string
}

interface Request {
  readonly path: string
  readonly body?: unknown
}

type Entry =
  /** Open to everybody, and about nobody. */
  | { readonly for: "anybody" }
  /** About the asker himself: what he gets holds nothing of others. */
  | { readonly for: "user" | "user or operator"; readonly ask: () => Request; readonly own: number }
  /** About a device. `unknown`: what others get, as for a device that is not there; `own`: what its owner gets. */
  | {
      readonly for: "owner" | "owner or operator"
      readonly ask: (subject: Subject) => Request
      readonly own: number
      readonly unknown: number
    }
  /** The operator's alone. */
  | { readonly for: "operator"; readonly ask: () => Request; readonly own: number }
  /** A WebSocket. */
  | { readonly for: "stream" }

const file = { mediatype: "document", media: "aG9sYQ==", filename: "a.txt" }

/** In an order in which the owner's own requests make sense: first what needs a connected device, last its end. */
const table: Readonly<Record<string, Entry>> = {
  "GET /health": { for: "anybody" },
  "GET /system-status": { for: "anybody" },
  "GET /api/health": { for: "anybody" },
  "GET /api/system-status": { for: "anybody" },
  // They ask for a number and a password, or give a new account; whatsapp25.test.ts shows to whom.
  "POST /api/registro": { for: "anybody" },
  "POST /api/login": { for: "anybody" },

  "POST /api/add-device": {
    for: "user",
    ask: () => ({ path: "/api/add-device", body: { numero: "51933333333", nombre: "x" } }),
    own: 200
  },
  "GET /api/connections": { for: "user or operator", ask: () => ({ path: "/api/connections" }), own: 200 },
  "GET /api/status": {
    for: "owner",
    ask: ({ number }) => ({ path: `/api/status?numero=${number}` }),
    own: 200,
    unknown: 200
  },
  "POST /api/send-message": {
    for: "owner",
    ask: ({ number }) => ({
      path: "/api/send-message",
      body: { number: CONTACT, message: "Hola", fromNumber: number }
    }),
    own: 200,
    unknown: 404
  },
  "POST /api/send-whatsap": {
    for: "owner",
    ask: ({ number }) => ({ path: "/api/send-whatsap", body: { number: CONTACT, ...file, fromNumber: number } }),
    own: 200,
    unknown: 404
  },
  "POST /api/send-whatsapp": {
    for: "owner",
    ask: ({ number }) => ({ path: "/api/send-whatsapp", body: { number: CONTACT, ...file, fromNumber: number } }),
    own: 200,
    unknown: 404
  },
  // A text, which has no file; test/http/received-media.test.ts asks for one that has.
  "GET /v1/messages/:id/media": {
    for: "owner or operator",
    ask: ({ message }) => ({ path: `/v1/messages/${message}/media` }),
    own: 404,
    unknown: 404
  },
  "POST /v1/devices/:id/messages": {
    ...device((id) => ({ path: `/v1/devices/${id}/messages`, body: { to: CONTACT, text: "Hola" } })),
    own: 202
  },
  "POST /api/disconnect": {
    for: "owner",
    ask: ({ number }) => ({ path: "/api/disconnect", body: { numero: number } }),
    own: 200,
    unknown: 404
  },

  "GET /v1/devices": { for: "user or operator", ask: () => ({ path: "/v1/devices" }), own: 200 },
  "POST /v1/devices": {
    for: "user or operator",
    ask: () => ({ path: "/v1/devices", body: { sessionId: "mine" } }),
    own: 201
  },
  "GET /v1/audit/verify": { for: "operator", ask: () => ({ path: "/v1/audit/verify" }), own: 200 },
  "GET /v1/events/export": {
    for: "operator",
    ask: () => ({ path: "/v1/events/export?types=user.registered" }),
    own: 200
  },
  "DELETE /v1/contacts/:number/content": {
    for: "operator",
    ask: () => ({ path: `/v1/contacts/${NEVER_ADDED}/content` }),
    own: 200
  },
  "POST /v1/stream/ticket": { for: "user or operator", ask: () => ({ path: "/v1/stream/ticket", body: {} }), own: 201 },
  "GET /v1/stream": { for: "stream" },
  "GET /v1/messages/:id": {
    for: "owner or operator",
    ask: ({ message }) => ({ path: `/v1/messages/${message}` }),
    own: 200,
    unknown: 404
  },
  "GET /v1/devices/:id": device((id) => ({ path: `/v1/devices/${id}` })),
  "GET /v1/devices/:id/events": device((id) => ({ path: `/v1/devices/${id}/events` })),
  "GET /v1/devices/:id/verify": device((id) => ({ path: `/v1/devices/${id}/verify` })),
  "GET /v1/devices/:id/replay": device((id) => ({ path: `/v1/devices/${id}/replay` })),
  "POST /v1/devices/:id/start": device((id) => ({ path: `/v1/devices/${id}/start`, body: {} })),
  "POST /v1/devices/:id/restart": device((id) => ({ path: `/v1/devices/${id}/restart`, body: {} })),
  "POST /v1/devices/:id/stop": device((id) => ({ path: `/v1/devices/${id}/stop`, body: {} })),
  "POST /v1/devices/:id/logout": device((id) => ({ path: `/v1/devices/${id}/logout`, body: {} })),
  "POST /v1/devices/:id/reset": device((id) => ({ path: `/v1/devices/${id}/reset`, body: {} })),
  "DELETE /v1/messages/:id/content": {
    for: "owner or operator",
    ask: ({ message }) => ({ path: `/v1/messages/${message}/content` }),
    own: 200,
    unknown: 404
  },
  // While it shows a QR, after the reset.
  "GET /api/qr": {
    for: "owner",
    ask: ({ number }) => ({ path: `/api/qr?numero=${number}` }),
    own: 200,
    unknown: 404
  },
  "POST /v1/devices/:id/pairing-code": {
    ...device((id) => ({ path: `/v1/devices/${id}/pairing-code`, body: { number: OWNER } })),
    own: 201
  },
  "DELETE /v1/devices/:id": { ...device((id) => ({ path: `/v1/devices/${id}` })), own: 204 }
}

function device(ask: (reference: string) => Request) {
  return {
    for: "owner or operator" as const,
    ask: ({ reference }: Subject) => ask(reference),
    own: 200,
    unknown: 404
  }
}

let gateway: TestGateway
let owner: string
let other: string
/** A token that the owner had. */
let revoked: string
let subject: Subject
let routes: readonly string[]

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { WRONG_TOKENS_MAX: "10000" }, network: { prekeyCount: 100 } })
  gateway.network.addContact(CONTACT)
  revoked = await gateway.user(OWNER)
  owner = (await gateway.post("/api/login", { numero: OWNER, password: PASSWORD })).body.token
  other = await gateway.user(OTHER)
  const change = { numero: OWNER, password: "battery staple", passwordActual: PASSWORD }
  await gateway.post("/api/registro", change, { token: owner })

  gateway.network.addPhone(OWNER)
  const { body } = await gateway.post("/v1/devices", { number: OWNER, name: NAME }, { token: owner })
  await gateway.post(`/v1/devices/${body.id}/start`, {}, { token: owner })
  await gateway.network.phone(OWNER).scanQr(await gateway.qr(owner, OWNER))
  await gateway.untilState(owner, OWNER, "CONNECTED")
  const sent = await gateway.post("/api/send-message", { number: CONTACT, message: "Hola" }, { token: owner })
  subject = { number: OWNER, reference: body.id, message: sent.body.messageId }
  // From here on the device does nothing by itself.
  await gateway.untilSynced(owner, OWNER)
  const fate = () => gateway.get(`/v1/messages/${subject.message}`, { token: owner })
  await until(async () => (await fate()).body.status === "delivered", "the message to be delivered")
  routes = await routesOfTheServer()
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** `METHOD /path` of every route that the server itself knows. */
const routesOfTheServer = async (): Promise<readonly string[]> => {
  const found: string[] = []
  const settings = await Effect.runPromise(readSettings({}))
  const authentication = {
    operatorKey: { isValid: () => false, made: undefined, file: undefined },
    wrongTokens: new AttemptLimiter(1),
    wrongPasswords: new AttemptLimiter(1)
  }
  const context = {
    run: makeRun(gateway.gateway.runtime),
    settings,
    authentication,
    keysInUse: new KeysInUse(),
    newKeys: new AttemptLimiter(1),
    version: ""
  }
  const app = await buildServer(context, pino({ level: "silent" }), ({ method, url }) => {
    for (const one of [method].flat()) found.push(`${one} ${url}`)
  })
  await app.ready()
  await app.close()
  return found
}

/** The method of a route, and the request to it. */
const call = (route: string, { path, body }: Request, options: CallOptions): Promise<Answer> =>
  gateway.call(route.split(" ")[0] ?? "", path, { ...options, ...(body === undefined ? {} : { body }) })

type About<Kind extends Entry["for"]> = Extract<Entry, { for: Kind }>
const isAboutDevice = (entry: Entry): entry is About<"owner" | "owner or operator"> => "unknown" in entry
const isGuarded = (
  entry: Entry
): entry is About<"user" | "user or operator" | "owner" | "owner or operator" | "operator"> => "own" in entry

const guarded = Object.entries(table).flatMap(([route, entry]) => (isGuarded(entry) ? [[route, entry] as const] : []))
const aboutDevices = guarded.flatMap(([route, entry]) => (isAboutDevice(entry) ? [[route, entry] as const] : []))
const aboutAsker = guarded.flatMap(([route, entry]) =>
  isAboutDevice(entry) || entry.for === "operator" ? [] : [[route, entry] as const]
)
const operators = guarded.filter(([, entry]) => entry.for === "operator")

/** The route's request about the owner's things, in each way in which they can be named. */
const requestsOf = (entry: (typeof guarded)[number][1], about: Subject, number = about.number): Request[] => {
  if (!isAboutDevice(entry)) return [entry.ask()]
  const byNumber = entry.ask({ ...about, reference: number })
  const byId = entry.ask(about)
  return byNumber.path === byId.path ? [byId] : [byId, byNumber]
}

const words: Readonly<Record<string, string>> = {
  "/api missing": "Token requerido",
  "/api wrong": "Token inválido",
  "/v1 missing": "token-missing",
  "/v1 wrong": "token-invalid"
}

/** 401 in the words of the route's dialect. */
const isRefused = ({ status, body }: Answer, { path }: Request, why: "missing" | "wrong") => {
  const dialect = path.startsWith("/v1") ? "/v1" : "/api"
  expect({ status, words: body?.error ?? body?.code }).toEqual({ status: 401, words: words[`${dialect} ${why}`] })
}

describe("[SEC-1] the table of routes", () => {
  it("has an entry for every route of the server, and no other", () => {
    const expected = routes.filter((route) => !route.startsWith("HEAD "))
    expect(Object.keys(table).toSorted()).toEqual(expected.toSorted())
  })

  it("HEAD is there for GET only", () => {
    const heads = routes.filter((route) => route.startsWith("HEAD "))
    for (const head of heads) expect(table).toHaveProperty([head.replace("HEAD", "GET")])
  })
})

describe("[SEC-1] whoever cannot say who he is gets nothing", () => {
  it.each(guarded)("%s", async (route, entry) => {
    for (const request of requestsOf(entry, subject)) {
      isRefused(await call(route, request, {}), request, "missing")
      isRefused(await call(route, request, { token: "0".repeat(64) }), request, "wrong")
      isRefused(await call(route, request, { token: revoked }), request, "wrong")
    }
  })

  it.each(guarded.filter(([route]) => route.startsWith("GET")))("%s, asked with HEAD", async (_, entry) => {
    const [request] = requestsOf(entry, subject)
    for (const options of [{}, { token: "0".repeat(64) }, { token: revoked }]) {
      const { status } = await gateway.call("HEAD", request?.path ?? "", options)
      expect(status).toBe(401)
    }
  })

  it.each(guarded.filter(([, entry]) => !entry.for.endsWith("operator")))(
    "%s: nor does the operator",
    async (route, entry) => {
      for (const request of requestsOf(entry, subject)) {
        isRefused(await call(route, request, { operator: true }), request, "missing")
      }
    }
  )
})

describe("[SEC-1] somebody else's device is one that is not there", () => {
  /** What can be seen of the owner's device, and of what it does. */
  const traces = async () => ({
    events: await gateway.events(owner, OWNER),
    companions: gateway.network.phone(OWNER).companions,
    sent: gateway.network.contact(CONTACT).inbox.length
  })

  const anonymous = (text: string, names: readonly string[]): string =>
    names.reduce((shown, name) => shown.replaceAll(name, "?"), text)

  it.each(aboutDevices)("%s", async (route, entry) => {
    const before = await traces()
    const missing: Subject = { number: NEVER_ADDED, reference: NEVER_MADE, message: "3EB0000000" }
    const theirs = requestsOf(entry, subject)
    const never = requestsOf(entry, missing)
    for (const [index, request] of theirs.entries()) {
      const answer = await call(route, request, { token: other })
      const expected = await call(route, never[index] ?? request, { token: other })
      expect(answer.status).toBe(entry.unknown)
      expect(expected.status).toBe(entry.unknown)
      const names = [subject, missing].flatMap((about) => Object.values(about))
      expect(anonymous(JSON.stringify(answer.body), names)).toBe(anonymous(JSON.stringify(expected.body), names))
    }
    expect(await traces()).toEqual(before)
    expect(await gateway.state(owner, OWNER)).toBe("CONNECTED")
  })

  it.each(aboutAsker)("%s holds nothing of it", async (route, entry) => {
    const before = await traces()
    const { status, body } = await call(route, entry.ask(), { token: other })
    expect(status).toBe(entry.own)
    for (const trace of [subject.reference, OWNER, NAME]) expect(JSON.stringify(body)).not.toContain(trace)
    expect(await traces()).toEqual(before)
  })

  it("adding its number makes another device", async () => {
    const third = await gateway.user("51944444444")
    const { body } = await gateway.post("/v1/devices", { number: OWNER }, { token: third })
    expect(body).toMatchObject({ number: OWNER, state: "NONE" })
    expect(body.id).not.toBe(subject.reference)
    expect(await gateway.state(owner, OWNER)).toBe("CONNECTED")
  })
})

describe("[SEC-1] /v1/stream", () => {
  it("opens for nobody without a valid token or ticket", async () => {
    for (const options of [{}, { token: "0".repeat(64) }, { token: revoked }, { headers: { "x-api-key": "guess" } }]) {
      expect((await refusal(gateway, "", options)).status).toBe(401)
    }
    expect((await refusal(gateway, "?ticket=guess")).status).toBe(401)
  })

  it("somebody else's device cannot be followed", async () => {
    for (const device of [subject.reference, OWNER, NEVER_MADE]) {
      const { status, body } = await refusal(gateway, `?after=0&device=${device}`, { token: other })
      expect({ status, code: body.code }).toEqual({ status: 404, code: "device-not-found" })
    }
  })

  it("its owner and the operator follow it", async () => {
    const { position } = (await gateway.events(owner, OWNER)).at(-1) ?? { position: 0 }
    for (const options of [{ token: owner }, { headers: { "x-api-key": OPERATOR_KEY } }]) {
      await using follower = await follow(gateway, `?after=0&device=${subject.reference}`, options)
      await follower.reach(position)
      expect(follower.events.every(({ stream }) => stream.endsWith(subject.reference))).toBe(true)
    }
  })
})

describe("[SEC-1] what is the operator's", () => {
  it.each(operators)("%s is refused to users", async (route, entry) => {
    const [request] = requestsOf(entry, subject)
    const { status, body } = await call(route, request ?? { path: "" }, { token: owner })
    expect({ status, code: body?.code }).toEqual({ status: 403, code: "operator-only" })
    expect((await call(route, request ?? { path: "" }, { operator: true })).status).toBe(entry.own)
  })
})

describe("[SEC-1] the owner gets what the others do not", () => {
  it.each(guarded.filter(([, entry]) => entry.for !== "operator"))("%s", async (route, entry) => {
    if (route === "GET /api/qr") await gateway.qr(owner, OWNER)
    const [request] = requestsOf(entry, subject)
    expect((await call(route, request ?? { path: "" }, { token: owner })).status).toBe(entry.own)
  })
})

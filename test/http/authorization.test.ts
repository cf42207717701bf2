/**
 * Every declared route × every kind of credential: none, wrong, revoked, expired, another user's, one without the scope, one for other
 * devices, the wrong kind of principal, and finally the right one. The matrix is built from the declarations, so every new route is
 * covered.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { SCOPES, type Scope } from "../../src/events/access.ts"
import { EXAMPLE } from "../../src/http/example-names.ts"
import { TestGateway } from "../support/gateway.ts"
import { type Answer, type CallOptions, OPERATOR_KEY } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import {
  accessOf,
  type DeclaredRoute,
  declaredRoutes,
  examplesOf,
  isEventStream,
  isForKeyOnly,
  isShared,
  type Names,
  requestOf
} from "./support/declared.ts"
import { followLive, refusedLive } from "./support/event-stream.ts"
import { follow, refusal } from "./support/follower.ts"

const PASSWORD = EXAMPLE.password
const OTHER = "51911111119"
const DEVICE_NAME = "the owner's name for it"

let gateway: TestGateway
let owner: string
let other: string
let revoked: string
let expired: string
/** A token of the owner with every scope, for another device of the owner. */
let elsewhere: string
/** The same of the operator. */
let elsewhereOfOperator: string
/** Tokens of the owner and of the operator, each with one scope. */
let scoped: Record<"user" | "operator", Record<Scope, string>>
let names: Names
/** The same names for things that do not exist. */
const nothing: Names = {
  ...EXAMPLE,
  number: "51922222229",
  device: `dev_${"0".repeat(26)}`,
  message: "3EB0000000",
  fileMessage: "3EB0000001",
  token: `tok_${"0".repeat(26)}`,
  webhook: `whk_${"0".repeat(26)}`,
  receiverWebhook: `whk_${"1".repeat(26)}`,
  received: `req_${"0".repeat(26)}`,
  protectedNumber: "51922222228",
  linkableNumber: "51922222227"
}

const token = async (scopes: readonly Scope[], options: CallOptions, more: object = {}): Promise<string> => {
  const { status, body } = await gateway.post("/v1/tokens", { name: scopes.join(" "), scopes, ...more }, options)
  expect(status).toBe(201)
  return body.token
}
const tokenOfEach = async (scopes: readonly Scope[], options: CallOptions) =>
  Object.fromEntries(await Promise.all(scopes.map(async (scope) => [scope, await token([scope], options)])))

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { WRONG_TOKENS_MAX: "10000", NEW_DEVICES_PER_DAY_MAX: "100", OUTBOUND_ALLOW: "127.0.0.1" },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(EXAMPLE.contact)
  gateway.network.addPhone(EXAMPLE.number)
  owner = await gateway.user(EXAMPLE.number, PASSWORD)
  other = await gateway.user(OTHER, PASSWORD)
  const { body: device } = await gateway.post(
    "/v1/devices",
    { number: EXAMPLE.number, name: DEVICE_NAME },
    { token: owner }
  )
  await gateway.post(`/v1/devices/${device.id}/start`, {}, { token: owner })
  await gateway.network.phone(EXAMPLE.number).scanQr(await gateway.qr(owner, EXAMPLE.number))
  await gateway.untilState(owner, EXAMPLE.number, "CONNECTED")
  const sent = await gateway.post("/api/send-message", { number: EXAMPLE.contact, message: "Hola" }, { token: owner })
  // From here on the device does nothing on its own.
  await gateway.untilSynced(owner, EXAMPLE.number)
  const status = async () => (await gateway.get(`/v1/messages/${sent.body.messageId}`, { token: owner })).body.status
  await until(async () => (await status()) === "delivered", "the message to be delivered")

  revoked = await token(["read"], { token: owner })
  const { items } = (await gateway.get("/v1/tokens", { token: owner })).body
  await gateway.call("DELETE", `/v1/tokens/${items.at(-1).id}`, { token: owner })
  for (const number of [EXAMPLE.protectedNumber, EXAMPLE.linkableNumber]) {
    await gateway.post("/v1/devices", { number }, { token: owner })
  }
  const spare = await gateway.post("/v1/devices", { sessionId: "spare" }, { token: owner })
  elsewhere = await token(["read", "send", "manage", "audit"], { token: owner }, { devices: [spare.body.id] })
  const ofOperator = await gateway.post("/v1/devices", { sessionId: "spare" }, { operator: true })
  elsewhereOfOperator = await token(SCOPES, { operator: true }, { devices: [ofOperator.body.id] })
  const allOfUsers = SCOPES.filter((scope) => scope !== "admin")
  scoped = {
    user: { ...(await tokenOfEach(allOfUsers, { token: owner })), admin: "" } as Record<Scope, string>,
    operator: (await tokenOfEach(SCOPES, { operator: true })) as Record<Scope, string>
  }
  const webhook = await gateway.post("/v1/webhooks", { url: "http://127.0.0.1:1/" }, { token: owner })
  expect(webhook.status).toBe(201)
  const receiverWebhook = await gateway.post("/v1/webhooks", { url: "bitacora:receiver" }, { token: owner })
  await gateway.post(`/v1/webhooks/${receiverWebhook.body.id}/test`, {}, { token: owner })
  const arrived = await gateway.get(`/v1/webhooks/${receiverWebhook.body.id}/receiver`, { token: owner })
  const named = await gateway.post("/v1/tokens", { name: "x", scopes: ["read"] }, { token: owner })
  names = {
    ...EXAMPLE,
    device: device.id,
    message: sent.body.messageId,
    fileMessage: sent.body.messageId,
    token: named.body.id,
    webhook: webhook.body.id,
    receiverWebhook: receiverWebhook.body.id,
    received: arrived.body.requests[0].id
  }
  const expiresAt = new Date(Date.now() + 1_000).toISOString()
  expired = await token(["read", "send", "manage", "audit"], { token: owner }, { expiresAt })
  await until(async () => (await gateway.get("/v1/devices", { token: expired })).status === 401, "the end of a token")
})
afterAll(() => gateway[Symbol.asyncDispose]())

const guarded = declaredRoutes.filter((declared) => accessOf(declared).for !== "anyone")
/** Routes that a token can reach. */
const byToken = guarded.filter((declared) => !isForKeyOnly(declared))
/** The routes whose example names something of the owner's, in an order in which the owner's requests make sense. */
const requests = (declared: DeclaredRoute, about = names) =>
  (examplesOf(declared).length > 0 ? examplesOf(declared) : [{ status: 0, params: { sessionId: "spare" } }]).map(
    (example) => requestOf(declared, example, about)
  )
const isWebSocket = ({ route }: DeclaredRoute): boolean => route.webSocket !== undefined
/** The response to a valid request has no end. */
const isLive = (declared: DeclaredRoute): boolean => isWebSocket(declared) || isEventStream(declared)
const scopeOf = (declared: DeclaredRoute): Scope => {
  const access = accessOf(declared)
  if (access.for === "anyone") throw new Error(`${declared.name} asks for no scope`)
  return access.scope
}
const named = (all: readonly DeclaredRoute[]) => all.map((declared) => [declared.name, declared] as const)

/** A request for a WebSocket is sent as an upgrade. */
const send = async (declared: DeclaredRoute, request: ReturnType<typeof requestOf>, options: CallOptions) => {
  if (isWebSocket(declared)) return refusal(gateway, "", { ...options, path: request.path })
  const headers = { ...request.headers, ...options.headers }
  const body = request.body === undefined ? {} : { body: request.body }
  return gateway.call(request.method, request.path, { ...options, ...body, headers })
}

type Why = "missing" | "wrong" | "scope" | "kind" | "devices"

const words: Readonly<Record<string, Readonly<Record<Why, readonly [number, string]>>>> = {
  v1: {
    missing: [401, "token-missing"],
    wrong: [401, "token-invalid"],
    scope: [403, "scope-missing"],
    kind: [403, "operator-only"],
    devices: [403, "device-set-limited"]
  },
  wwebjs: {
    missing: [403, "Invalid API key"],
    wrong: [403, "Invalid API key"],
    scope: [403, "Invalid API key"],
    kind: [403, "Invalid API key"],
    devices: [403, "Invalid API key"]
  },
  whatsapp25: {
    missing: [401, "Token requerido"],
    wrong: [401, "Token inválido"],
    scope: [401, "Token sin permiso"],
    kind: [401, "Token inválido"],
    devices: [401, "Token sin permiso"]
  },
  "multi-session": {
    missing: [401, "API key required"],
    wrong: [401, "Invalid API key"],
    scope: [401, "API key without permission"],
    kind: [401, "Invalid API key"],
    devices: [401, "API key without permission"]
  }
}

const isRefused = ({ status, body }: Pick<Answer, "status" | "body">, { name, dialect }: DeclaredRoute, why: Why) => {
  const text = dialect.name === "v1" ? body?.code : body?.error
  expect([name, status, text]).toEqual([name, ...(words[dialect.name]?.[why] ?? [])])
}

describe("[SEC-1] a route", () => {
  it("without authentication is one of these", () => {
    const open = declaredRoutes.filter((declared) => accessOf(declared).for === "anyone")
    expect(open.map(({ name }) => name).toSorted()).toEqual([
      "GET /",
      "GET /api/health",
      "GET /api/system-status",
      "GET /dashboard",
      "GET /dashboard.html",
      "GET /dashboard/*",
      "GET /dashboard/assets/:file",
      "GET /docs",
      "GET /docs/js/scalar.js",
      "GET /health",
      "GET /health/ready",
      "GET /info",
      "GET /link/:ticket",
      "GET /link/:ticket/state",
      "GET /login.html",
      "GET /openapi.json",
      "GET /ping",
      // A client of Socket.IO gives its token once it is connected.
      "GET /socket.io/",
      "GET /socket.io/socket.io.esm.min.js",
      "GET /socket.io/socket.io.js",
      "GET /socket.io/socket.io.min.js",
      "GET /system-status",
      "POST /api/login",
      "POST /api/registro",
      "POST /link/:ticket/code",
      "POST /link/:ticket/hand-over",
      "POST /link/:ticket/open",
      "POST /link/:ticket/passkey",
      "POST /link/:ticket/passkey/confirm",
      "POST /socket.io/",
      "POST /v1/registration",
      "POST /v1/session"
    ])
  })
})

describe("[SEC-1] a client without a valid credential has no access to", () => {
  it.each(named(guarded))("%s", async (_, declared) => {
    for (const request of requests(declared)) {
      const stranger = await send(declared, request, {})
      if (isShared(declared)) expect([stranger.status, stranger.body.error]).toEqual([401, "Token requerido"])
      else isRefused(stranger, declared, "missing")
      for (const wrong of isForKeyOnly(declared) ? [] : ["0".repeat(64), revoked, expired]) {
        isRefused(await send(declared, request, { token: wrong }), declared, "wrong")
      }
      const guessing = await send(declared, request, { headers: { "x-api-key": "guessed" } })
      if (isShared(declared)) expect([guessing.status, guessing.body.error]).toEqual([401, "Invalid API key"])
      // A dialect of users does not accept the operator's key.
      else isRefused(guessing, declared, accessOf(declared).for === "user" ? "missing" : "wrong")
    }
  })

  it.each(named(guarded.filter((declared) => declared.method === "GET" && !isWebSocket(declared))))(
    "%s with HEAD",
    async (_, declared) => {
      const [request] = requests(declared)
      for (const options of [{}, { token: "0".repeat(64) }, { token: revoked }, { token: expired }]) {
        const [missing] = words[declared.dialect.name]?.missing ?? []
        expect((await gateway.call("HEAD", request?.path ?? "", options)).status).toBe(missing)
      }
    }
  )
})

describe("[SEC-1] a credential of the wrong kind gives no access", () => {
  it.each(named(guarded.filter((declared) => accessOf(declared).for === "user")))(
    "%s refuses the operator",
    async (_, declared) => {
      for (const request of requests(declared)) {
        // The key leads to the operators' route of the same path, which this body does not fit.
        if (isShared(declared)) expect((await send(declared, request, { operator: true })).status).toBe(422)
        else isRefused(await send(declared, request, { operator: true }), declared, "missing")
        isRefused(await send(declared, request, { token: scoped.operator[scopeOf(declared)] }), declared, "wrong")
      }
    }
  )

  const ofOperators = byToken.filter((declared) => accessOf(declared).for === "operator")
  it.each(named(ofOperators))("%s refuses users", async (_, declared) => {
    for (const request of requests(declared)) {
      isRefused(await send(declared, request, { token: owner }), declared, "kind")
    }
  })
})

describe("[SEC-2] a token without the route's scope has no access to", () => {
  it.each(named(byToken))("%s", async (_, declared) => {
    const scope = scopeOf(declared)
    const kinds = { user: ["user"], operator: ["operator"], principal: ["user", "operator"] } as const
    for (const kind of kinds[accessOf(declared).for as keyof typeof kinds]) {
      for (const [held, secret] of Object.entries(scoped[kind])) {
        if (held === scope || secret === "") continue
        for (const request of requests(declared))
          isRefused(await send(declared, request, { token: secret }), declared, "scope")
      }
    }
  })
})

describe("[SEC-1] a token for certain devices gets nothing that concerns all", () => {
  const concernsAll = guarded.filter((declared) => {
    const access = accessOf(declared)
    return access.for !== "anyone" && access.allDevices === true
  })

  it.each(named(concernsAll))("%s", async (_, declared) => {
    const limited = accessOf(declared).for === "operator" ? elsewhereOfOperator : elsewhere
    for (const request of requests(declared)) {
      isRefused(await send(declared, request, { token: limited }), declared, "devices")
    }
  })
})

/** The visible effects of the owner's device. */
const traces = async () => ({
  events: await gateway.events(owner, EXAMPLE.number),
  companions: gateway.network.phone(EXAMPLE.number).companions,
  sent: gateway.network.contact(EXAMPLE.contact).inbox.length
})

/** Routes whose example names something of the owner's: a device, a message or a token. */
const isAboutSomething = (declared: DeclaredRoute): boolean =>
  JSON.stringify(requests(declared, EXAMPLE)) !== JSON.stringify(requests(declared, nothing))
const forUsers = guarded.filter((declared) => accessOf(declared).for !== "operator" && !isLive(declared))
/** These name the number itself, which any user may add as a device of their own. */
const namesNoDevice = new Set(["POST /v1/webhooks", "POST /v1/devices", "POST /api/add-device", "POST /v1/tokens"])
const about = forUsers.filter((declared) => isAboutSomething(declared) && !namesNoDevice.has(declared.name))

describe("[SEC-1] what belongs to another user looks like something that does not exist", () => {
  /** The response without the names that the client itself sent. */
  const anonymous = (
    { status, body }: Pick<Answer, "status" | "body">,
    ...own: readonly Names[]
  ): readonly [number, string] => [
    status,
    own
      .flatMap((each) => Object.values(each))
      .reduce((text, name) => text.replaceAll(name, "?"), JSON.stringify(body) ?? "")
  ]

  it.each(named(about))("%s", async (_, declared) => {
    const before = await traces()
    const theirs = requests(declared)
    const never = requests(declared, nothing)
    for (const credential of [{ token: other }, { token: elsewhere }]) {
      // Tokens and messages belong to a user, not to a device.
      if (credential.token === elsewhere && /^\/v1\/(tokens|webhooks)/.test(declared.path)) continue
      for (const [index, request] of theirs.entries()) {
        if (JSON.stringify(request) === JSON.stringify(never[index])) continue
        const answer = anonymous(await send(declared, request, credential), names, nothing)
        const expected = anonymous(await send(declared, never[index] ?? request, credential), names, nothing)
        expect(answer).toEqual(expected)
        expect(answer[0] === 404 || answer[0] === 200).toBe(true)
      }
    }
    expect(await traces()).toEqual(before)
    expect(await gateway.state(owner, EXAMPLE.number)).toBe("CONNECTED")
  })

  it.each(named(forUsers.filter((declared) => !isAboutSomething(declared) && declared.method === "GET")))(
    "%s contains nothing of it",
    async (_, declared) => {
      for (const request of requests(declared)) {
        const { body } = await send(declared, request, { token: other })
        const traceable = [names.device, EXAMPLE.number, DEVICE_NAME]
        for (const trace of traceable) expect(JSON.stringify(body)).not.toContain(trace)
      }
    }
  )

  it("adding its number creates another device", async () => {
    const third = await gateway.user("51944444444")
    const { body } = await gateway.post("/v1/devices", { number: EXAMPLE.number }, { token: third })
    expect(body).toMatchObject({ number: EXAMPLE.number, state: "NONE" })
    expect(body.id).not.toBe(names.device)
    expect(await gateway.state(owner, EXAMPLE.number)).toBe("CONNECTED")
  })
})

describe("[SEC-1] /v1/stream and /v1/events/live", () => {
  it("do not open with a wrong ticket", async () => {
    expect((await refusal(gateway, "?ticket=guess")).status).toBe(401)
    expect((await refusedLive(gateway, "?ticket=guess")).status).toBe(401)
  })

  it("do not follow another user's device, nor one that the token does not reach", async () => {
    for (const credential of [other, elsewhere]) {
      for (const device of [names.device, EXAMPLE.number, nothing.device]) {
        for (const refused of [refusal, refusedLive]) {
          const { status, body } = await refused(gateway, `?after=0&device=${device}`, { token: credential })
          expect({ status, code: body.code }).toEqual({ status: 404, code: "device-not-found" })
        }
      }
    }
  })

  it("show a token for some devices nothing of the others", async () => {
    await using follower = await follow(gateway, "?after=0", { token: elsewhere })
    await using feed = await followLive(gateway, "?after=0", { token: elsewhere })
    for (const each of [follower, feed]) {
      await until(() => each.events.length > 0, "the events of the spare device")
      expect(JSON.stringify(each.events)).not.toContain(names.device)
    }
  })

  it("follow the device for the owner and the operator", async () => {
    const { position } = (await gateway.events(owner, EXAMPLE.number)).at(-1) ?? { position: 0 }
    const credentials = [{ token: owner }, { token: scoped.user.read }, { headers: { "x-api-key": OPERATOR_KEY } }]
    for (const options of credentials) {
      await using follower = await follow(gateway, `?after=0&device=${names.device}`, options)
      await using feed = await followLive(gateway, `?after=0&device=${names.device}`, options)
      for (const each of [follower, feed]) {
        await each.reach(position)
        expect(each.events.every(({ stream }) => stream.endsWith(names.device))).toBe(true)
      }
    }
  })
})

const tellsOthers = [
  "POST /v1/webhooks",
  "PATCH /v1/webhooks/:id",
  "POST /v1/webhooks/:id/secret",
  "GET /v1/webhooks/:id/deliveries/:delivery",
  "GET /v1/webhooks/:id/receiver/:request",
  "POST /webhook/config"
]

describe("[SEC-1] [SEC-2] a credential with only the route's scope is enough for", () => {
  /** Routes that end the device, the message or the token of the other routes come last. A new password ends tokens, too. */
  const rank = (declared: DeclaredRoute): number => {
    const { method, route } = declared
    if (method === "DELETE" && scopeOf(declared) !== "send") return 2
    return /Password$|logout|reset|restart|stop|terminate|disconnect/i.test(route.id) ? 1 : 0
  }
  const inOrder = byToken.filter((declared) => !isLive(declared)).toSorted((a, b) => rank(a) - rank(b))

  it.each(named(inOrder))("%s", async (_, declared) => {
    const kind = accessOf(declared).for === "operator" ? "operator" : "user"
    for (const request of requests(declared)) {
      const { status, body } = await send(declared, request, { token: scoped[kind][scopeOf(declared)] })
      // wwebjs-api answers 500 here for a session that there is not.
      if (declared.route.id !== "wwebjsGetClientGetState") expect(status).toBeLessThan(500)
      // In the dialects of other gateways there is no 403.
      if (status === 401) expect(tellsOthers).toContain(declared.name)
      // A token with more scopes than its creator is refused for that reason, and a webhook that tells what the token may not read.
      if (status === 403) {
        expect(body.code).toBe("scope-exceeded")
        expect(["POST /v1/tokens", ...tellsOthers]).toContain(declared.name)
      }
    }
  })
})

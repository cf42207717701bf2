/**
 * Any input on every declared route gets a response of the dialect within a second, never a 5xx: at least 100 for each that takes a body. The input is random and starts from
 * each route's own examples; a failure prints its seed.
 */
import { once } from "node:events"
import { Agent, type OutgoingHttpHeaders, request as httpRequest } from "node:http"
import { connect } from "node:net"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EVENT_STREAM } from "../../src/http/declaration.ts"
import { EXAMPLE } from "../../src/http/example-names.ts"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { times } from "../support/soak.ts"
import { bent, type Fields, nasty, value } from "./support/malformed.ts"
import { accessOf, type DeclaredRoute, declaredRoutes, examplesOf, type Names, requestOf } from "./support/declared.ts"

const ME = "51948907640"
const ANSWER_MAX_MS = 1_000

let gateway: TestGateway
let token: string
let device: string
const agent = new Agent({ keepAlive: true, maxSockets: 8 })

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: {
      // High limits, so that they do not respond instead of the routes.
      RATE_LIMIT_MAX: "1000000",
      WRONG_TOKENS_MAX: "1000000",
      FAILED_LOGINS_MAX: "1000000",
      PAIRING_CODES_PER_HOUR_MAX: "1000000",
      NEW_DEVICES_PER_DAY_MAX: "10000",
      DEVICES_PER_USER_MAX: "10000",
      MAX_ATTACHMENT_SIZE: "100000",
      LOG_LEVEL: "warn"
    },
    network: { prekeyCount: 100 }
  })
  token = await gateway.user(ME)
  device = (await gateway.post("/v1/devices", { number: ME }, { token })).body.id
})
afterAll(async () => {
  agent.destroy()
  await gateway[Symbol.asyncDispose]()
})

interface Raw {
  readonly method: string
  readonly path: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
}

interface Got {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** Sends the request unchanged. Rejects if no response comes in time. */
const send = ({ method, path, headers = {}, body }: Raw): Promise<Got> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWER_MAX_MS)
    const { port } = gateway.gateway
    const options = { host: "127.0.0.1", port, method, path, headers: { ...headers }, agent, signal }
    const request = httpRequest(options, (response) => {
      let text = ""
      response.setEncoding("utf8")
      // These have no end.
      if (response.headers["content-type"]?.startsWith(EVENT_STREAM)) {
        response.once("data", () => response.destroy())
        resolve({ status: response.statusCode ?? 0, type: EVENT_STREAM, text })
        return
      }
      response.on("data", (chunk: string) => (text += chunk))
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", text })
      )
      response.on("error", reject)
    })
    request.on("error", (error) => reject(new Error(`${method} ${path}: ${error.message}`, { cause: error })))
    request.end(body)
  })

/** Checks that the status is not a 5xx, and that the body has the form of the route's dialect. */
const isAnswer = ({ method, path }: Raw, { status, type, text }: Got): void => {
  const shown = `${method} ${path} → ${status} ${text.slice(0, 300)}`
  expect(status, shown).toBeGreaterThanOrEqual(200)
  expect(status, shown).toBeLessThan(500)
  if (method === "HEAD" || status === 204 || status < 400) return
  if (/^\/(v1|link|dashboard)(\/|\?|$)/.test(path)) {
    expect(type, shown).toBe("application/problem+json; charset=utf-8")
    expect(JSON.parse(text), shown).toMatchObject({
      type: "about:blank",
      title: expect.any(String),
      status,
      code: expect.stringMatching(/^[a-z0-9-]+$/),
      detail: expect.any(String)
    })
  } else if (type === "application/json") {
    // The engine of Socket.IO refuses in its own words.
    expect(path).toMatch(/^\/socket\.io\//)
    expect(status, shown).toBe(400)
    expect(JSON.parse(text), shown).toMatchObject({ code: expect.any(Number), message: expect.any(String) })
  } else {
    expect(type, shown).toBe("application/json; charset=utf-8")
    const more = text.startsWith(`{"success":false`) ? [403, 409, 415, 422] : []
    expect([400, 401, 404, 413, 429, ...more], shown).toContain(status)
    expect(JSON.parse(text), shown).toMatchObject({ error: expect.any(String) })
  }
}

/** wwebjs-api answers 500 here for a session that there is not. */
const isQuirk = ({ path }: Raw, { status }: Got): boolean => status === 500 && path.startsWith("/client/getState/")

const check = async (raw: Raw): Promise<void> => {
  const got = await send(raw)
  if (!isQuirk(raw, got)) isAnswer(raw, got)
}

/** The credential that a route needs. */
const credentialOf = (declared: DeclaredRoute): Record<string, string> =>
  accessOf(declared).for === "operator" ? { "x-api-key": OPERATOR_KEY } : bearer()
const bearer = () => ({ authorization: `Bearer ${token}` })
const json = { "content-type": "application/json" }

/** Names that no example uses except the device's. */
const names = (): Names => ({ ...EXAMPLE, number: ME, device })
/** The first example of a route. A route without one reads only its path and query. */
const exampleOf = (declared: DeclaredRoute) => requestOf(declared, examplesOf(declared)[0] ?? { status: 0 }, names())

/** Routes that end the device or its user's tokens are tested only with wrong values. */
const isDestructive = ({ route }: DeclaredRoute): boolean => ["removeDevice", "changePassword"].includes(route.id)

const bodies = declaredRoutes.flatMap((declared) => {
  const complete = examplesOf(declared)[0]?.body as Fields | undefined
  return declared.route.body === undefined ? [] : [[declared.name, declared, complete ?? {}] as const]
})

/** The query parameters of each route; most have none. */
const queries = declaredRoutes
  // The script of the documentation has five megabytes.
  .filter(
    (declared) => !isDestructive(declared) && declared.route.body === undefined && declared.route.id !== "docsScript"
  )
  .map((declared) => [declared.name, declared, queryOf(declared)] as const)

function queryOf({ route }: DeclaredRoute): readonly string[] {
  return Object.keys((route.query as { readonly fields?: object } | undefined)?.fields ?? {})
}

const inPath = declaredRoutes
  .filter(({ path }) => path.includes(":"))
  .map((declared) => [declared.name, declared] as const)

const toJson = (given: unknown): string => JSON.stringify(given) ?? "null"

/** Sends a body to the route as a client would. */
const sendBody = (declared: DeclaredRoute, body: string | Uint8Array): Promise<void> => {
  const { method, path } = exampleOf(declared)
  return check({ method, path, headers: { ...credentialOf(declared), ...json }, body })
}

describe("[SEC-5] bodies", () => {
  it.each(bodies)("%s: with wrong, missing and unknown fields", async (_, declared, complete) => {
    await fc.assert(
      fc.asyncProperty(bent(complete), (body) => sendBody(declared, toJson(body))),
      { numRuns: times(44, 300) }
    )
  })

  it.each(bodies)("%s: with any JSON value", async (_, declared) => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 5 }), (body) => sendBody(declared, body)),
      { numRuns: times(20, 150) }
    )
  })

  it.each(bodies)("%s: with JSON that is cut off, shuffled or in a wrong encoding", async (_, declared, complete) => {
    const whole = Buffer.from(toJson(complete))
    const damaged = fc.oneof(
      fc.nat(whole.length).map((length) => whole.subarray(0, length)),
      fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
        const copy = Buffer.from(whole)
        copy[at] = byte
        return copy
      }),
      fc.uint8Array({ maxLength: 200 })
    )
    await fc.assert(
      fc.asyncProperty(damaged, (body) => sendBody(declared, body)),
      { numRuns: times(20, 150) }
    )
  })

  it.each(bodies)("%s: deeply nested, long, and with keys of prototypes", async (_, declared, complete) => {
    const [first = "x"] = Object.keys(complete)
    const deep = (open: string, close: string) => open.repeat(50_000) + close.repeat(50_000)
    const withFirst = (text: string) => `{"${first}":${text}}`
    const texts = [
      deep("[", "]"),
      withFirst(deep("[", "]")),
      withFirst(deep('{"a":', "}").replace("}", "1}")),
      withFirst(`"${"x".repeat(900_000)}"`),
      withFirst("1".repeat(400)),
      withFirst("-1e-400"),
      `{${Array.from({ length: 20_000 }, (__, n) => `"k${n}":${n}`).join(",")}}`,
      '{"__proto__":{"isAdmin":true}}',
      '{"constructor":{"prototype":{"isAdmin":true}}}',
      withFirst('{"__proto__":null}'),
      withFirst('{"toString":1,"valueOf":1,"then":1,"length":-1}'),
      `{"${first}":"a","${first}":"b"}`,
      withFirst('"\\ud800"'),
      withFirst('"\\u0000\\u0001"'),
      "\ufeff{}",
      `${" ".repeat(100_000)}{}`
    ]
    for (const body of texts) await sendBody(declared, body)
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })
})

describe("[SEC-5] queries and paths", () => {
  it.each(queries)("%s: any query", async (_, declared, parameters) => {
    const pair = fc.tuple(fc.oneof(nasty, fc.constantFrom(...parameters, "x"), fc.string({ maxLength: 5 })), value)
    const query = fc.oneof(
      fc.array(pair, { maxLength: 4 }).map((pairs) => {
        const search = new URLSearchParams()
        for (const [name, given] of pairs) search.append(name.toWellFormed(), toJson(given).slice(0, 500))
        return search.toString()
      }),
      fc.stringMatching(/^[!-~]{0,60}$/).map((text) => text.replaceAll("#", "%23"))
    )
    const { method, path } = exampleOf(declared)
    const [bare = ""] = path.split("?")
    await fc.assert(
      fc.asyncProperty(query, (text) => check({ method, path: `${bare}?${text}`, headers: credentialOf(declared) })),
      { numRuns: times(20, 300) }
    )
  })

  const anyName = fc.oneof(
    fc
      .oneof(nasty, fc.string({ unit: "binary", maxLength: 60 }))
      .map((text) => encodeURIComponent(text.toWellFormed())),
    fc.stringMatching(/^[!-~]{1,40}$/).map((text) => text.replace(/[#?]/g, "%"))
  )

  it.each(inPath)("%s: any value in the path", async (_, declared) => {
    const { method, path, route } = declared
    const body = route.body === undefined ? {} : { body: toJson(examplesOf(declared)[0]?.body ?? {}) }
    const headers = { ...credentialOf(declared), ...(route.body === undefined ? {} : json) }
    await fc.assert(
      fc.asyncProperty(anyName, (text) => check({ method, path: path.replace(/:\w+/, text), headers, ...body })),
      { numRuns: times(20, 300) }
    )
  })

  it.each(["/:x", "/api/:x", "/v1/:x"])("GET %s: any path without a route", async (path) => {
    await fc.assert(
      fc.asyncProperty(anyName, (text) => check({ method: "GET", path: path.replace(":x", text), headers: bearer() })),
      { numRuns: times(50, 1_000) }
    )
  })
})

describe("[SEC-5] methods and headers", () => {
  const everywhere = [...new Set(declaredRoutes.map(({ path }) => path)), "/nada"]
  const place = (path: string) => path.replace(":id", device).replace(":number", EXAMPLE.contact)

  it("any method on any route is answered", async () => {
    for (const path of everywhere) {
      for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "LOCK", "SEARCH"]) {
        await check({ method, path: place(path), headers: bearer() })
      }
    }
  })

  it("a HEAD request with too many headers gets no body", async () => {
    const headers = { authorization: `Bearer ${"x".repeat(20_000)}` }
    for (const path of ["/api/registro", "/v1/devices"]) {
      const { status, text } = await send({ method: "HEAD", path, headers })
      expect([status, text]).toEqual([400, ""])
    }
  })

  it("any headers on any route are answered", async () => {
    const headers = fc.dictionary(
      fc.constantFrom(
        "authorization",
        "x-api-key",
        "content-type",
        "accept",
        "accept-version",
        "cookie",
        "if-none-match",
        "origin",
        "range",
        "x-forwarded-for",
        "x-http-method-override",
        "idempotency-key"
      ),
      fc.oneof(
        fc.stringMatching(/^[ -~]{0,80}$/),
        fc.constantFrom(
          "Bearer",
          `Bearer ${"x".repeat(8_000)}`,
          "Bearer é\xff",
          "application/json",
          "application/json; charset=utf-16",
          "application/json;;;",
          "multipart/form-data; boundary=",
          "text/html",
          "bytes=0-,5-1",
          "1.0.0",
          "127.0.0.1, ::1, x"
        )
      ),
      { maxKeys: 4 }
    )
    const anyRequest = fc.record({
      method: fc.constantFrom("GET", "POST", "DELETE", "HEAD"),
      path: fc.constantFrom(...everywhere),
      given: headers,
      isOwn: fc.boolean()
    })
    await fc.assert(
      fc.asyncProperty(anyRequest, ({ method, path, given, isOwn }) => {
        const headers = isOwn ? { ...given, ...bearer() } : given
        const body = method === "POST" ? { body: "{}" } : {}
        // A DELETE would leave nothing for the next request.
        const target = method === "DELETE" ? path.replace(/:\w+/, ME.slice(1)) : place(path)
        return check({ method, path: target, headers, ...body })
      }),
      { numRuns: times(400, 10_000) }
    )
  })
})

describe("[SEC-5] bytes that are not correct HTTP", () => {
  /** What comes back for these bytes before the connection ends. */
  const exchange = async (bytes: string | Buffer): Promise<string> => {
    const socket = connect(gateway.gateway.port, "127.0.0.1")
    let text = ""
    socket.on("data", (chunk) => (text += chunk.toString("utf8")))
    socket.on("error", () => {})
    socket.write(bytes)
    await once(socket, "close", { signal: AbortSignal.timeout(ANSWER_MAX_MS) })
    return text
  }

  const closing = "Host: localhost\r\nConnection: close\r\n"
  const refused: [string, string | Buffer][] = [
    ["no HTTP at all", "hola\r\n\r\n"],
    ["a TLS greeting", Buffer.from("16030100a5010000a10303", "hex")],
    ["a method that does not exist", `FOO /api/status HTTP/1.1\r\n${closing}\r\n`],
    ["a header without a colon", `GET /api/status HTTP/1.1\r\n${closing}broken\r\n\r\n`],
    ["a header with a NUL", `GET /api/status HTTP/1.1\r\n${closing}x: \0\r\n\r\n`],
    ["headers without end", `GET /api/status HTTP/1.1\r\n${closing}x: ${"y".repeat(20_000)}\r\n\r\n`],
    [
      "a path of broken UTF-8",
      Buffer.concat([
        Buffer.from("GET /api/"),
        Buffer.from([0xff, 0xc3, 0x28]),
        Buffer.from(` HTTP/1.1\r\n${closing}\r\n`)
      ])
    ],
    ["two lengths", `POST /api/login HTTP/1.1\r\n${closing}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    [
      "a length and chunks",
      `POST /api/login HTTP/1.1\r\n${closing}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`
    ],
    [
      "a chunk of a wrong size",
      `POST /api/login HTTP/1.1\r\n${closing}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`
    ],
    ["a negative length", `POST /api/login HTTP/1.1\r\n${closing}Content-Length: -1\r\n\r\n`]
  ]

  it.each(refused)("%s: 400 with the dialect's body, and the connection ends", async (_, bytes) => {
    const text = await exchange(bytes)
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(text).toMatch(/\r\n\r\n\{"error":"Solicitud inválida"\}$/)
  })

  it.each(["/v1", "/v1/devices", "/v1?x"])("for a path under %s get a problem as the response", async (path) => {
    for (const header of [`x: ${"y".repeat(20_000)}`, "broken", "x: \0"]) {
      const text = await exchange(`GET ${path} HTTP/1.1\r\n${closing}${header}\r\n\r\n`)
      const [head = "", body = ""] = text.split("\r\n\r\n")
      expect(head).toContain("content-type: application/problem+json; charset=utf-8")
      expect(JSON.parse(body)).toMatchObject({ type: "about:blank", status: 400, code: "bad-request" })
    }
  })

  it("are not correctly formed chunks: those are read", async () => {
    const chunked = `POST /api/login HTTP/1.1\r\n${closing}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
    expect(await exchange(`${chunked}1\r\n{\r\n1\r\n}\r\n0\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 400 .*\{"error":"Faltan datos"\}$/s
    )
  })

  it("of a body that ends early keep no other request waiting", async () => {
    const socket = connect(gateway.gateway.port, "127.0.0.1")
    socket.write(
      `POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"`
    )
    socket.end()
    await once(socket.resume(), "close", { signal: AbortSignal.timeout(ANSWER_MAX_MS) })
    expect((await gateway.get("/health")).status).toBe(200)
  })

  it.each(["/v1/stream", "/api/status", "/v1/devices", "/nada"])(
    "a broken upgrade of %s gets a response",
    async (path) => {
      const upgrade = (more: string) =>
        exchange(
          `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n${more}Authorization: Bearer ${token}\r\n\r\n`
        )
      for (const more of [
        "Upgrade: websocket\r\n",
        "Upgrade: h2c\r\n",
        "Upgrade: websocket\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n",
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \u00e9\r\n"
      ]) {
        expect(await upgrade(more)).toMatch(/^HTTP\/1\.1 4\d\d /)
      }
    }
  )
})

describe("[SEC-5] after all of that", () => {
  it("the gateway works, and the device has the same state as before", async () => {
    expect((await gateway.get("/health")).body.status).toBe("ok")
    const { body } = await gateway.get(`/v1/devices/${device}`, { token })
    expect(body).toMatchObject({ id: device, number: ME })
  })
})

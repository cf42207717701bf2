/** Routes that two dialects share, and routes that no dialect declares: on a server without a store. */
import { Deferred, Effect, Layer, Schema } from "effect"
import Fastify, { type FastifyInstance } from "fastify"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TokenUse } from "../../src/application/token-use.ts"
import { TokenId, UserId } from "../../src/events/ids.ts"
import { Authentication, makeAuthentication } from "../../src/http/authenticate.ts"
import type { Dialect } from "../../src/http/dialect.ts"
import { answer, json, route } from "../../src/http/declaration.ts"
import { mountRoutes, type ServerContext } from "../../src/http/mount.ts"
import { controlAccess, refuseUndeclared } from "../../src/http/plugins/access-control.ts"
import { v1 } from "../../src/http/routes/v1/dialect.ts"
import { newId } from "../../src/store/new-id.ts"
import { type Token, Tokens } from "../../src/store/tokens.ts"

const PATH = "/api/send-message"
const Answer = Schema.Struct({ dialect: Schema.String, body: Schema.Unknown })

/** A dialect with its own form of responses, which name the dialect. */
const dialect = (
  name: string,
  access: "user" | "operator",
  body: Schema.Struct<Record<string, Schema.Top>>,
  speaks?: (body: unknown) => boolean
): Dialect => ({
  ...v1([]),
  name,
  excessFields: "ignore",
  refuse: ([{ field }]) => new Error(field),
  answer: (failure) => ({ status: 400, body: { error: `${name}: ${(failure as Error).message}` }, headers: {} }),
  routes: [
    route({
      id: name,
      method: "POST",
      path: PATH,
      tag: name,
      summary: name,
      access: { for: access, scope: "send" },
      body,
      ...(speaks === undefined ? {} : { speaks }),
      answers: { 200: json("Who answered.", Answer) },
      examples: [],
      handle: (request) => Effect.succeed(answer(200, { dialect: name, body: request.body }))
    })
  ]
})

const users = dialect("users", "user", Schema.Struct({ number: Schema.String, message: Schema.String }))
const sessions = dialect(
  "sessions",
  "operator",
  Schema.Struct({ sessionId: Schema.String, to: Schema.String }),
  (body) => typeof body === "object" && body !== null && "sessionId" in body
)

const token: Token = {
  tokenId: TokenId.make(newId("tok", 1)),
  userId: UserId.make(newId("usr", 1)),
  name: null,
  scopes: ["send"],
  devices: null,
  issuedAt: 0,
  expiresAt: null,
  lastUsedAt: null
}
const account = {
  userId: token.userId as UserId,
  userNumber: 1,
  number: "51948907640",
  passwordHash: "",
  registeredAt: 0
}
/** Every token belongs to a user, and every key to the operator. */
const services = Layer.mergeAll(
  Layer.succeed(
    Authentication,
    makeAuthentication(
      { isValid: () => true, made: undefined, file: undefined },
      { wrongTokensMax: 1, failedLoginsMax: 1 }
    )
  ),
  Layer.mock(Tokens, { byHash: () => Effect.succeed({ token, account }) }),
  Layer.mock(TokenUse, { note: () => Effect.void })
)

const serve = async (dialects: readonly Dialect[], more: (app: FastifyInstance) => void = () => {}) => {
  const app = Fastify()
  refuseUndeclared(app)
  const context = {
    run: (effect: Effect.Effect<unknown, unknown, Authentication | Tokens | TokenUse>) =>
      Effect.runPromise(Effect.provide(effect, services)),
    mac: () => new Uint8Array(),
    stopping: Deferred.makeUnsafe<void>()
  } as unknown as ServerContext
  mountRoutes(app, context, dialects)
  controlAccess(app, context)
  app.setErrorHandler((failure, request, reply) => {
    const answered = request.declared?.dialect.answer(failure, request)
    return reply.code(answered?.status ?? 500).send(answered?.body)
  })
  more(app)
  await app.ready()
  return app
}

const asUser = { authorization: "Bearer token" }
const asOperator = { "x-api-key": "key" }
const toUsers = { number: "51999999999", message: "Hola" }
const toSessions = { sessionId: "ventas", to: "51999999999" }

describe("a path that two dialects share", () => {
  let app: FastifyInstance
  beforeAll(async () => {
    app = await serve([users, sessions])
  })
  afterAll(() => app.close())

  const post = async (headers: Record<string, string>, body: unknown) => {
    const { statusCode, payload } = await app.inject({ method: "POST", url: PATH, headers, payload: body as object })
    return [statusCode, JSON.parse(payload)] as const
  }

  it.each([
    ["a token to the dialect of users", asUser, toUsers, "users"],
    ["the operator's key to the dialect of operators", asOperator, toSessions, "sessions"],
    ["both to the dialect that the body fits (users)", { ...asUser, ...asOperator }, toUsers, "users"],
    ["both to the dialect that the body fits (operators)", { ...asUser, ...asOperator }, toSessions, "sessions"]
  ])("sends a request with %s", async (_, headers, body, dialectName) => {
    expect(await post(headers, body)).toEqual([200, { dialect: dialectName, body }])
  })

  it("refuses a wrong body in the words of the dialect that the credential selects", async () => {
    expect(await post(asUser, toSessions)).toEqual([400, { error: "users: number" }])
    expect(await post(asOperator, toUsers)).toEqual([400, { error: "sessions: sessionId" }])
  })

  it("without a credential is refused by the first dialect", async () => {
    const [status, { error }] = await post({}, toSessions)
    expect([status, error]).toEqual([
      400,
      "users: this request has no token; send one in the header Authorization: Bearer <token>"
    ])
  })
})

describe("a route without a declaration", () => {
  it("prevents the server from starting", async () => {
    const undeclared = (app: FastifyInstance) => void app.get("/open", async () => "to anyone")
    await expect(serve([users], undeclared)).rejects.toThrow("GET /open is not declared")
  })
})

/** /v1/tokens: the client's own access tokens, with names, scopes, devices and expiry. */
import { Effect, Schema } from "effect"
import { createToken, findToken, listTokens, revokeToken } from "../../../application/tokens.ts"
import { Scope } from "../../../events/access.ts"
import { answer, json, nothing, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { timeOf } from "./fields.ts"
import { TokenModel, tokenModel } from "./models.ts"

const tag = "Tokens and users"

const TokenParams = Schema.Struct({ id: Schema.String.annotate({ description: "`tok_…`" }) })

export const tokenRoutes: readonly Route[] = [
  route({
    id: "listTokens",
    method: "GET",
    path: "/v1/tokens",
    tag,
    summary: "List your tokens",
    access: { for: "principal", scope: "manage", allDevices: true },
    answers: { 200: json("All of your tokens, oldest first.", Schema.Struct({ items: Schema.Array(TokenModel) })) },
    examples: [{ status: 200 }],
    handle: ({ principal }) =>
      Effect.map(listTokens(principal), (tokens) => answer(200, { items: tokens.map(tokenModel) }))
  }),
  route({
    id: "createToken",
    method: "POST",
    path: "/v1/tokens",
    tag,
    summary: "Create a token",
    description:
      "The token allows what you name, and no more than the credential that creates it. Its value is shown only in this response.",
    access: { for: "principal", scope: "manage", allDevices: true },
    body: Schema.Struct({
      name: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(100)),
      scopes: Schema.Array(Scope).check(Schema.isMinLength(1)),
      devices: Schema.optionalKey(
        Schema.Array(Schema.String)
          .check(Schema.isMinLength(1), Schema.isMaxLength(100))
          .annotate({ description: "Ids or telephone numbers of your devices. By default all devices." })
      ),
      expiresAt: Schema.optionalKey(
        Schema.String.annotate({ description: "ISO 8601. By default the token does not expire." })
      )
    }),
    answers: {
      201: json("The token with its value (`token`).", Schema.Struct({ ...TokenModel.fields, token: Schema.String }))
    },
    failures: ["ScopeExceeded", "ExpiryPast", "TooManyTokens", "DeviceNotFound", "TokenNotFound"],
    examples: [{ body: { name: "facturas", scopes: ["send", "read"] }, status: 201 }],
    handle: ({ principal, body, origin, key }) =>
      Effect.gen(function* () {
        const { name, scopes, devices = null } = body
        const expiresAt = (yield* timeOf("expiresAt", body.expiresAt)) ?? null
        const wanted = { name, scopes: [...new Set(scopes)], devices, expiresAt }
        const { token, secret } = yield* createToken(principal, wanted, origin, key)
        return answer(201, { ...tokenModel(token), token: secret })
      })
  }),
  route({
    id: "getToken",
    method: "GET",
    path: "/v1/tokens/:id",
    tag,
    summary: "Get a token",
    access: { for: "principal", scope: "manage", allDevices: true },
    params: TokenParams,
    answers: { 200: json("The token without its value.", TokenModel) },
    failures: ["TokenNotFound"],
    examples: [{ params: { id: EXAMPLE.token }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(findToken(principal, params.id), (token) => answer(200, tokenModel(token)))
  }),
  route({
    id: "revokeToken",
    method: "DELETE",
    path: "/v1/tokens/:id",
    tag,
    summary: "Revoke a token",
    description: "Streams that the token opened end within a second. The operator may revoke tokens of users.",
    access: { for: "principal", scope: "manage", allDevices: true },
    params: TokenParams,
    answers: { 204: nothing("The token was revoked.") },
    failures: ["TokenNotFound"],
    examples: [{ params: { id: EXAMPLE.token }, status: 204 }],
    handle: ({ principal, params, origin }) => Effect.as(revokeToken(principal, params.id, origin), answer(204))
  })
]

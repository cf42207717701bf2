/** /v1/users: accounts, for the operator; and /v1/password, for the client's own. */
import { Effect, Schema } from "effect"
import {
  changePassword,
  findAccount,
  listAccounts,
  registerAccount,
  resetPassword
} from "../../../application/accounts.ts"
import { guardLogin } from "../../authenticate.ts"
import { tokensOf } from "../../../application/tokens.ts"
import { PASSWORD_LENGTH } from "../../../application/password.ts"
import { answer, json, nothing, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import type { Account } from "../../../store/accounts.ts"
import { After, limitUpTo, PhoneNumber } from "./fields.ts"
import { pageOf, TokenModel, tokenModel, UserModel, userModel } from "./models.ts"

const tag = "Tokens and users"
const PAGE_MAX = 500
const PAGE_DEFAULT = 100
const id = EXAMPLE.number

const UserParams = Schema.Struct({
  id: Schema.String.annotate({ description: "The user's id (`usr_…`) or telephone number." })
})
const Password = Schema.String.annotate({
  description: `${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters.`
})

const ListedUser = Schema.Struct({
  ...UserModel.fields,
  devices: Schema.Int.annotate({ description: "How many devices the user has." })
}).annotate({ identifier: "ListedUser" })

interface Listed {
  readonly account: Account
  readonly devices: number
}

const listedUser = ({ account, devices }: Listed): typeof ListedUser.Encoded => ({ ...userModel(account), devices })

export const userRoutes: readonly Route[] = [
  route({
    id: "listUsers",
    method: "GET",
    path: "/v1/users",
    tag,
    summary: "List users",
    access: { for: "operator", scope: "admin", allDevices: true },
    query: Schema.Struct({ after: After, limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT) }),
    answers: { 200: json("A page of users, oldest first.", pageOf(ListedUser)) },
    examples: [{ query: { limit: "10" }, status: 200 }],
    handle: ({ query: { after = 0, limit = PAGE_DEFAULT } }) =>
      Effect.map(listAccounts({ after, limit }), ({ accounts, hasMore }) =>
        answer(200, {
          items: accounts.map(listedUser),
          next: hasMore ? String(accounts.at(-1)?.account.userNumber) : null
        })
      )
  }),
  route({
    id: "createUser",
    method: "POST",
    path: "/v1/users",
    tag,
    summary: "Create a user",
    description: "Works even if registration is closed.",
    access: { for: "operator", scope: "admin", allDevices: true },
    body: Schema.Struct({ number: PhoneNumber, password: Password }),
    answers: { 201: json("The user.", UserModel) },
    failures: ["AccountExists", "PasswordUnfit", "TooManyLogins"],
    examples: [{ body: { number: "51922222222", password: EXAMPLE.password }, status: 201 }],
    handle: ({ body, origin, key }) =>
      Effect.map(registerAccount(body.number, body.password, origin, key), (account) =>
        answer(201, userModel(account), { location: `/v1/users/${account.userId}` })
      )
  }),
  route({
    id: "getUser",
    method: "GET",
    path: "/v1/users/:id",
    tag,
    summary: "Get a user",
    access: { for: "operator", scope: "admin", allDevices: true },
    params: UserParams,
    answers: { 200: json("The user.", UserModel) },
    failures: ["AccountNotFound"],
    examples: [{ params: { id }, status: 200 }],
    handle: ({ params }) => Effect.map(findAccount(params.id), (account) => answer(200, userModel(account)))
  }),
  route({
    id: "listUserTokens",
    method: "GET",
    path: "/v1/users/:id/tokens",
    tag,
    summary: "List a user's tokens",
    access: { for: "operator", scope: "admin", allDevices: true },
    params: UserParams,
    answers: { 200: json("All tokens of the user, oldest first.", Schema.Struct({ items: Schema.Array(TokenModel) })) },
    failures: ["AccountNotFound"],
    examples: [{ params: { id }, status: 200 }],
    handle: ({ params }) =>
      Effect.gen(function* () {
        const account = yield* findAccount(params.id)
        const tokens = yield* tokensOf(account.userId)
        return answer(200, { items: tokens.map(tokenModel) })
      })
  }),
  route({
    id: "resetPassword",
    method: "PUT",
    path: "/v1/users/:id/password",
    tag,
    summary: "Set a user's password",
    description: "For a user who has forgotten the password. All of the user's tokens end.",
    access: { for: "operator", scope: "admin", allDevices: true },
    params: UserParams,
    body: Schema.Struct({ password: Password }),
    answers: { 204: nothing("The password was set.") },
    failures: ["AccountNotFound", "PasswordUnfit", "TooManyLogins"],
    examples: [{ params: { id: "51922222222" }, body: { password: "otra-clave-larga" }, status: 204 }],
    handle: ({ params, body, origin }) => Effect.as(resetPassword(params.id, body.password, origin), answer(204))
  }),
  route({
    id: "changePassword",
    method: "PUT",
    path: "/v1/password",
    tag,
    summary: "Change your password",
    description: "All of your other tokens end.",
    access: { for: "user", scope: "manage", allDevices: true },
    body: Schema.Struct({ current: Schema.String, password: Password }),
    answers: { 204: nothing("The password was changed.") },
    failures: ["InvalidCredentials", "PasswordUnfit", "TooManyLogins", "TooManyFailures"],
    examples: [{ body: { current: EXAMPLE.password, password: EXAMPLE.password }, status: 204 }],
    handle: ({ principal, body, origin, raw }) =>
      Effect.as(
        guardLogin(raw, principal.account.number, changePassword(principal, body.current, body.password, origin)),
        answer(204)
      )
  })
]

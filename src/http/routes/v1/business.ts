/** /v1/devices/:id/business: what businesses sell, and what was ordered. */
import { Effect, Schema } from "effect"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { limitUpTo } from "./fields.ts"
import { operationRoute } from "./operation-route.ts"

const tag = "Business"
const id = EXAMPLE.number
const PAGE_MAX = 50
const PAGE_DEFAULT = 10

export const businessRoutes: readonly Route[] = [
  operationRoute({
    id: "listProducts",
    method: "GET",
    path: "/business/:person/catalog",
    operation: "business.catalog",
    tag,
    query: Schema.Struct({
      limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT),
      after: Schema.optionalKey(
        Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(1_000)).annotate({
          description: "The `next` of the previous page."
        })
      )
    }),
    input: ({ person, limit = PAGE_DEFAULT, ...given }) =>
      Effect.succeed({ ...given, person: String(person), limit: Number(limit) }),
    examples: [{ params: { id, person: EXAMPLE.contact }, query: { limit: "10" }, status: 200 }]
  }),
  operationRoute({
    id: "getOrder",
    method: "POST",
    path: "/business/orders",
    operation: "business.order",
    tag,
    examples: [{ params: { id }, body: { orderId: EXAMPLE.order, token: EXAMPLE.orderToken }, status: 200 }]
  })
]

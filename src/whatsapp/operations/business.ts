/** What businesses offer and sell. */
import { Schema } from "effect"
import { Money } from "../../events/content.ts"
import { optional, Person, textUpTo } from "./fields.ts"
import { read } from "./operation.ts"

export const businessOperations = [
  read("business.order", {
    fields: { orderId: textUpTo(100), token: textUpTo(1_000) },
    output: Schema.Struct({
      items: Schema.Array(
        Schema.Struct({
          productId: Schema.String,
          name: Schema.String,
          quantity: Schema.Int,
          price: Schema.NullOr(Money),
          imageUrl: Schema.NullOr(Schema.String)
        })
      ),
      total: Schema.NullOr(Money)
    }),
    doc: "Gets the items of an order. `token` came with its message."
  }),
  read("business.catalog", {
    fields: {
      person: Person,
      limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 })),
      /** The `next` of the page before. */
      after: optional(textUpTo(1_000))
    },
    output: Schema.Struct({
      products: Schema.Array(
        Schema.Struct({
          productId: Schema.String,
          name: Schema.String,
          description: Schema.NullOr(Schema.String),
          price: Schema.NullOr(Money),
          url: Schema.NullOr(Schema.String),
          imageUrl: Schema.NullOr(Schema.String),
          isHidden: Schema.Boolean
        })
      ),
      /** Where the next page begins; null after the last one. */
      next: Schema.NullOr(Schema.String)
    }),
    doc: "Lists the products of a business, a page at a time."
  })
] as const

/** The routes about what a phone or contact sells and orders. */
import type { Person } from "../people/person.ts"
import type { Collection, Product } from "../state/catalogs.ts"
import type { ControlBody } from "./body.ts"
import type { ControlRequest, Route } from "./route.ts"

/** `at`: the path of the person. */
export function shopRoutes(at: string, person: (request: ControlRequest) => Person): Route[] {
  return [
    { method: "GET", path: `${at}/catalog`, help: "what it sells", run: (request) => person(request).shop.catalog },
    {
      method: "POST",
      path: `${at}/catalog`,
      help: "{products: [{id, name, price, currency, description?, imageUrl?…}], collections?: [{id, name, products}]}: sets what it sells",
      run: (request) => {
        const { body } = request
        const { shop } = person(request)
        shop.catalog = {
          products: body.objects("products").map((product) => readProduct(product)),
          collections: body.has("collections") ? body.objects("collections").map((each) => readCollection(each)) : []
        }
        return shop.catalog
      }
    },
    {
      method: "POST",
      path: `${at}/orders`,
      help: "{to, items: [{product, quantity}], text?}: orders from a business → {id, orderId, token}",
      run: (request) => {
        const { body } = request
        const items = body.objects("items").map((item) => ({
          product: item.text("product"),
          quantity: item.number("quantity")
        }))
        const text = body.has("text") ? body.text("text") : undefined
        return person(request).order(body.text("to"), items, text)
      }
    }
  ]
}

function readProduct(body: ControlBody): Product {
  const text = (name: string): string => body.text(name)
  return {
    id: text("id"),
    name: text("name"),
    price: body.number("price"),
    currency: text("currency"),
    ...body.optional("description", text),
    ...body.optional("retailerId", text),
    ...body.optional("url", text),
    ...body.optional("imageUrl", text),
    ...body.optional("hidden", (name) => body.boolean(name))
  }
}

function readCollection(body: ControlBody): Collection {
  return { id: body.text("id"), name: body.text("name"), products: body.texts("products") }
}

/**
 * Queries about catalogues (xmlns w:biz:catalog) and orders (xmlns fb:thrift_iq), as Baileys asks them and reads the answers
 * (Socket/business.js, Utils/business.js). Which errors WhatsApp has is not known: 404 for an account, a product or an order that does not
 * exist, and 403 for a wrong token are our choice.
 */
import { randomInt } from "node:crypto"
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Accounts } from "../state/accounts.ts"
import { type Catalogs, type Collection, type Order, type Product, totalOf } from "../state/catalogs.ts"
import type { Device } from "../state/device.ts"
import { child, children, element, textOf } from "../wire/stanza.ts"
import { IqRefusal } from "../request-errors.ts"
import type { IqRegistry, IqRequest } from "./registry.ts"

/** What queries about catalogues need. */
export interface CatalogQueryParts {
  readonly accounts: Accounts
  readonly catalogs: Catalogs
}

/** Registers the handlers of w:biz:catalog and fb:thrift_iq. */
export function registerCatalogQueries(registry: IqRegistry, parts: CatalogQueryParts): void {
  registry.on("w:biz:catalog", (request) => {
    const content = request.isSet ? changeCatalog(parts, request) : readCatalog(parts, request)
    if (content === undefined) return false
    request.answer([content])
    return true
  })
  registry.on("fb:thrift_iq", ({ first, answer }) => {
    if (first.tag !== "order") return false
    answer([orderNode(readableOrder(parts, first))])
    return true
  })
}

function readCatalog({ accounts, catalogs }: CatalogQueryParts, { first }: IqRequest): BinaryNode | undefined {
  const { jid, biz_jid: business } = first.attrs
  const account = accounts.find(jid ?? business)
  if (account === undefined) throw new IqRefusal("404", "item-not-found")
  const { products, collections } = catalogs.of(account)
  if (first.tag === "product_catalog") return pageNode(products, first)
  if (first.tag !== "collections") return undefined
  const shown = collections.slice(0, numberIn(first, "collection_limit"))
  return element(
    "collections",
    {},
    shown.map((collection) => collectionNode(collection, products, numberIn(first, "item_limit")))
  )
}

/** A page of products. Its cursor is the number of products before the next page. */
function pageNode(products: readonly Product[], request: BinaryNode): BinaryNode {
  const start = Number(textOf(child(request, "after"))) || 0
  const end = start + (numberIn(request, "limit") ?? products.length)
  const shown = products.slice(start, end).map((product) => productNode(product))
  const paging = end < products.length ? [element("paging", {}, [leaf("after", String(end))])] : []
  return element("product_catalog", {}, [...shown, ...paging])
}

function collectionNode(
  { id, name, products }: Collection,
  all: readonly Product[],
  limit: number | undefined
): BinaryNode {
  const shown = all.filter((product) => products.includes(product.id)).slice(0, limit)
  const status = element("status_info", {}, [leaf("status", "APPROVED"), leaf("can_appeal", "false")])
  return element("collection", {}, [
    leaf("id", id),
    leaf("name", name),
    ...shown.map((product) => productNode(product)),
    status
  ])
}

/** A business changes its own catalogue: it adds, edits or deletes products. */
function changeCatalog({ catalogs }: CatalogQueryParts, { first, device }: IqRequest): BinaryNode | undefined {
  switch (first.tag) {
    case "product_catalog_add": {
      const product = { ...productIn(child(first, "product")), id: String(randomInt(10 ** 12, 10 ** 14)) }
      replaceProducts(catalogs, device, (products) => [...products, product])
      return element("product_catalog_add", {}, [productNode(product)])
    }
    case "product_catalog_edit": {
      const changes = productIn(child(first, "product"))
      const known = catalogs.of(device.account).products.find(({ id }) => id === changes.id)
      if (known === undefined) throw new IqRefusal("404", "item-not-found")
      const product = { ...known, ...changes }
      replaceProducts(catalogs, device, (products) => products.map((each) => (each === known ? product : each)))
      return element("product_catalog_edit", {}, [productNode(product)])
    }
    case "product_catalog_delete": {
      const ids = new Set(children(first, "product").map((product) => textOf(child(product, "id"))))
      const before = catalogs.of(device.account).products.length
      replaceProducts(catalogs, device, (products) => products.filter(({ id }) => !ids.has(id)))
      const deleted = before - catalogs.of(device.account).products.length
      return element("product_catalog_delete", { deleted_count: String(deleted) })
    }
    default:
      return undefined
  }
}

function replaceProducts(
  catalogs: Catalogs,
  { account }: Device,
  replace: (products: readonly Product[]) => readonly Product[]
): void {
  const catalog = catalogs.of(account)
  catalogs.set(account, { ...catalog, products: replace(catalog.products) })
}

/** The fields that a client gives a product. What it leaves out is not in the result. */
function productIn(node: BinaryNode | undefined): Product {
  const given = (field: keyof Product, tag: string) => {
    const text = textOf(child(node, tag))
    return text === "" ? {} : { [field]: text }
  }
  const price = textOf(child(node, "price"))
  const image = textOf(child(child(child(node, "media"), "image"), "url"))
  const hidden = node?.attrs["is_hidden"]
  return {
    ...given("id", "id"),
    ...given("name", "name"),
    ...given("description", "description"),
    ...given("retailerId", "retailer_id"),
    ...given("currency", "currency"),
    ...(price === "" ? {} : { price: Number(price) }),
    ...(image === "" ? {} : { imageUrl: image }),
    ...(hidden === undefined ? {} : { hidden: hidden === "true" })
  } as Product
}

function productNode(product: Product): BinaryNode {
  const { id, name, price, currency, description, retailerId, url, imageUrl, hidden } = product
  const image = element("image", {}, [
    leaf("id", id),
    ...optionalLeaf("request_image_url", imageUrl),
    ...optionalLeaf("original_image_url", imageUrl)
  ])
  return element("product", { is_hidden: hidden === true ? "true" : undefined }, [
    leaf("id", id),
    leaf("name", name),
    leaf("price", String(price)),
    leaf("currency", currency),
    ...optionalLeaf("description", description),
    ...optionalLeaf("retailer_id", retailerId),
    ...optionalLeaf("url", url),
    element("media", {}, [image]),
    element("status_info", {}, [leaf("status", "APPROVED")])
  ])
}

function readableOrder({ catalogs }: CatalogQueryParts, request: BinaryNode): Order {
  const order = catalogs.order(request.attrs["id"])
  if (order === undefined) throw new IqRefusal("404", "item-not-found")
  if (textOf(child(request, "token")) !== order.token) throw new IqRefusal("403", "forbidden")
  return order
}

function orderNode(order: Order): BinaryNode {
  const products = order.items.map(({ product, quantity }) => {
    const image = element("image", {}, [leaf("id", product.id), ...optionalLeaf("url", product.imageUrl)])
    return element("product", {}, [
      leaf("id", product.id),
      leaf("name", product.name),
      image,
      leaf("price", String(product.price)),
      leaf("currency", product.currency),
      leaf("quantity", String(quantity))
    ])
  })
  const price = element("price", {}, [
    leaf("total", String(totalOf(order))),
    leaf("currency", order.items[0]?.product.currency ?? ""),
    leaf("price_status", "determined")
  ])
  return element("order", { id: order.id, creation_ts: String(order.placedAt) }, [...products, price])
}

function numberIn(node: BinaryNode, tag: string): number | undefined {
  return Number(textOf(child(node, tag))) || undefined
}

function optionalLeaf(tag: string, text: string | undefined): BinaryNode[] {
  return text === undefined ? [] : [leaf(tag, text)]
}

function leaf(tag: string, text: string): BinaryNode {
  return element(tag, {}, Buffer.from(text))
}

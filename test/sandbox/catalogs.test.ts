/** Catalogues, collections and orders, as a client asks for them and changes its own. */
import { beforeAll, describe, expect, it } from "vitest"
import type { Contact } from "../../src/sandbox/people/contact.ts"
import { type BareClient, until } from "./support/bare-client.ts"
import { call } from "./support/control.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

const mate = { id: "1", name: "Mate", price: 2_500_000, currency: "ARS", description: "a gourd", retailerId: "M-1" }
const straw = { id: "2", name: "Bombilla", price: 900_000, currency: "ARS", imageUrl: "https://shop.example/2.jpg" }
const hidden = { id: "3", name: "Yerba", price: 400_000, currency: "ARS", hidden: true }
const set = { id: "10", name: "For beginners", products: ["1", "2"] }

let client: BareClient
let number: string
let shop: Contact

beforeAll(async () => {
  ;({ client, number } = await sandbox.loggedIn())
  shop = sandbox.network.addContact(sandbox.newNumber(), { name: "The shop" })
  shop.shop.catalog = { products: [mate, straw, hidden], collections: [set] }
})

describe("the catalogue of a business", () => {
  it("is read in pages", async () => {
    const first = await client.sock.getCatalog({ jid: shop.jid, limit: 2 })
    expect(first.products).toMatchObject([
      { id: "1", name: "Mate", price: 2_500_000, currency: "ARS", description: "a gourd", retailerId: "M-1" },
      { id: "2", name: "Bombilla", imageUrls: { requested: straw.imageUrl, original: straw.imageUrl } }
    ])
    const rest = await client.sock.getCatalog({ jid: shop.jid, limit: 2, cursor: first.nextPageCursor ?? "" })
    expect(rest.products).toMatchObject([{ id: "3", isHidden: true, reviewStatus: { whatsapp: "APPROVED" } }])
    expect(rest.nextPageCursor).toBeUndefined()
  })

  it("has collections", async () => {
    const { collections } = await client.sock.getCollections(shop.jid)
    expect(collections).toMatchObject([
      { id: "10", name: "For beginners", products: [{ id: "1" }, { id: "2" }], status: { status: "APPROVED" } }
    ])
  })

  it("is empty for an account that sells nothing, and unknown for a number without an account", async () => {
    const other = sandbox.network.addContact(sandbox.newNumber())
    expect(await client.sock.getCatalog({ jid: other.jid })).toMatchObject({ products: [] })
    await expect(client.sock.getCatalog({ jid: "5491100009999@s.whatsapp.net" })).rejects.toMatchObject({ data: 404 })
  })
})

describe("the client's own catalogue", () => {
  it("gets, changes and loses a product", async () => {
    const created = await client.sock.productCreate({
      name: "Thermos",
      description: "one litre",
      price: 5_000_000,
      currency: "ARS",
      originCountryCode: "AR",
      images: [{ url: new URL("https://mmg.whatsapp.net/thermos.jpg") }] as never
    })
    expect(created).toMatchObject({ name: "Thermos", price: 5_000_000, isHidden: false })
    const changes = { name: "Thermos", description: "", price: 4_000_000, currency: "ARS", isHidden: true, images: [] }
    const edited = await client.sock.productUpdate(created.id, changes)
    expect(edited).toMatchObject({ id: created.id, price: 4_000_000, isHidden: true })
    expect(sandbox.network.phone(number).shop.catalog.products).toMatchObject([{ name: "Thermos", price: 4_000_000 }])
    expect(await client.sock.productDelete([created.id, "nothing"])).toEqual({ deleted: 1 })
    expect((await client.sock.getCatalog({})).products).toEqual([])
    await expect(client.sock.productUpdate("nothing", changes)).rejects.toMatchObject({ data: 404 })
  })
})

describe("an order", () => {
  it("of a customer comes as a message; the client reads its items with the token", async () => {
    sandbox.network.phone(number).shop.catalog = { products: [mate, straw], collections: [] }
    const customer = sandbox.network.addContact(sandbox.newNumber())
    const items = [
      { product: "1", quantity: 1 },
      { product: "2", quantity: 3 }
    ]
    const order = await customer.order(number, items, "as soon as you can")
    await until(() => client.messages.some(({ key }) => key.id === order.id), "the order")
    const message = client.messages.find(({ key }) => key.id === order.id)?.message?.orderMessage
    expect(message).toMatchObject({ orderId: order.orderId, token: order.token, itemCount: 4, sellerJid: client.jid })
    expect(await client.sock.getOrderDetails(order.orderId, order.token)).toEqual({
      price: { total: 5_200_000, currency: "ARS" },
      products: [
        { id: "1", name: "Mate", imageUrl: undefined, price: 2_500_000, currency: "ARS", quantity: 1 },
        { id: "2", name: "Bombilla", imageUrl: straw.imageUrl, price: 900_000, currency: "ARS", quantity: 3 }
      ]
    })
  })

  it("is not shown to a client with another token, and there is no order under another id", async () => {
    const customer = sandbox.network.addContact(sandbox.newNumber())
    const { orderId, token } = await customer.order(shop.number, [{ product: "1", quantity: 1 }])
    await expect(client.sock.getOrderDetails(orderId, "another")).rejects.toMatchObject({ data: 403 })
    await expect(client.sock.getOrderDetails("1", token)).rejects.toMatchObject({ data: 404 })
    await expect(customer.order(shop.number, [{ product: "99", quantity: 1 }])).rejects.toThrow("sells no product 99")
  })

  it("is placed over the control API, from a catalogue that was set there", async () => {
    const { controlUrl } = sandbox.network
    const seller = `/phones/${number}/catalog`
    const catalog = { products: [straw], collections: [{ id: "1", name: "All", products: ["2"] }] }
    expect(await call(controlUrl, "POST", seller, catalog)).toEqual({ status: 200, body: catalog })
    expect(await call(controlUrl, "GET", seller)).toEqual({ status: 200, body: catalog })
    const customer = sandbox.network.addContact(sandbox.newNumber())
    const order = { to: number, items: [{ product: "2", quantity: 2 }], text: "two, please" }
    const placed = await call<{ id: string; orderId: string; token: string }>(
      controlUrl,
      "POST",
      `/contacts/${customer.number}/orders`,
      order
    )
    await until(() => client.messages.some(({ key }) => key.id === placed.body.id), "the order")
    const { price } = await client.sock.getOrderDetails(placed.body.orderId, placed.body.token)
    expect(price.total).toBe(1_800_000)
  })
})

/** What businesses offer and sell. */
import { jidOf } from "../../jid.ts"
import type { businessOperations } from "../../operations/business.ts"
import type { HandlersOf } from "./handler.ts"

export const businessHandlers: HandlersOf<typeof businessOperations> = {
  "business.order": async ({ orderId, token }, { socket }) => {
    const { products, price } = await socket.getOrderDetails(orderId, token)
    return {
      items: products.map((product) => ({
        productId: product.id ?? "",
        name: product.name ?? "",
        quantity: whole(product.quantity),
        price: money(product.price, product.currency),
        imageUrl: product.imageUrl || null
      })),
      total: money(price.total, price.currency)
    }
  },
  "business.catalog": async ({ person, limit, after }, { socket }) => {
    const page = { jid: jidOf(person), limit, ...(after === undefined ? {} : { cursor: after }) }
    const { products, nextPageCursor } = await socket.getCatalog(page)
    return {
      products: products.map((product) => ({
        productId: product.id ?? "",
        name: product.name ?? "",
        description: product.description || null,
        price: money(product.price, product.currency),
        url: product.url || null,
        imageUrl: product.imageUrls.original || product.imageUrls.requested || null,
        isHidden: product.isHidden === true
      })),
      next: nextPageCursor || null
    }
  }
}

/** WhatsApp gives thousandths. Baileys makes NaN of what is missing. */
const money = (thousandths: number, currency: string | undefined) =>
  Number.isFinite(thousandths) ? { currency: currency || null, amount: thousandths / 1_000 } : null

const whole = (count: number): number => (Number.isFinite(count) ? Math.trunc(count) : 0)

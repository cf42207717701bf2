/** What a phone or contact sells, and what it orders from others. */
import { randomBytes, randomInt } from "node:crypto"
import { proto } from "@whiskeysockets/baileys"
import { InvalidRequest } from "../request-errors.ts"
import type { Account } from "../state/account.ts"
import { type Catalog, type Catalogs, type Order, totalOf } from "../state/catalogs.ts"
import { pnJid } from "../state/jid.ts"
import { unixSeconds } from "../wire/stanza.ts"

/** How much of which product is ordered, by its id. */
export interface Ordered {
  readonly product: string
  readonly quantity: number
}

/** The shop of one person. */
export class Shop {
  readonly #account: Account
  readonly #catalogs: Catalogs

  constructor(account: Account, catalogs: Catalogs) {
    this.#account = account
    this.#catalogs = catalogs
  }

  /** What it sells. */
  get catalog(): Catalog {
    return this.#catalogs.of(this.#account)
  }

  /** Sets what it sells. */
  set catalog(catalog: Catalog) {
    this.#catalogs.set(this.#account, catalog)
  }

  /** Places an order with a business. Fails when the business does not sell a product. */
  order(seller: Account, ordered: readonly Ordered[]): Order {
    const { products } = this.#catalogs.of(seller)
    const items = ordered.map(({ product: id, quantity }) => {
      const product = products.find((each) => each.id === id)
      if (product === undefined) throw new InvalidRequest(`${seller.number} sells no product ${id}`)
      return { product, quantity }
    })
    const order: Order = {
      id: String(randomInt(10 ** 12, 10 ** 14)),
      token: randomBytes(32).toString("base64"),
      seller: seller.number,
      buyer: this.#account.number,
      items,
      placedAt: Number(unixSeconds())
    }
    this.#catalogs.addOrder(order)
    return order
  }
}

/** Builds the message with which a customer sends an order. */
export function orderMessage(order: Order, seller: Account, text: string | undefined): proto.IMessage {
  const { OrderStatus, OrderSurface } = proto.Message.OrderMessage
  return {
    orderMessage: {
      orderId: order.id,
      token: order.token,
      itemCount: order.items.reduce((sum, { quantity }) => sum + quantity, 0),
      status: OrderStatus.INQUIRY,
      surface: OrderSurface.CATALOG,
      ...(text === undefined ? {} : { message: text }),
      orderTitle: seller.name,
      sellerJid: pnJid(seller),
      totalAmount1000: totalOf(order),
      totalCurrencyCode: order.items[0]?.product.currency ?? ""
    }
  }
}

/** The catalogues of businesses, and the orders that were placed from them. This file holds data that survives. */
import type { Account } from "./account.ts"
import type { State } from "./store.ts"

/** One product. */
export interface Product {
  readonly id: string
  readonly name: string
  /** In thousandths of the currency. */
  readonly price: number
  readonly currency: string
  readonly description?: string
  readonly retailerId?: string
  readonly url?: string
  readonly imageUrl?: string
  readonly hidden?: boolean
}

/** Products that stand together. */
export interface Collection {
  readonly id: string
  readonly name: string
  /** Ids of products of the catalogue. */
  readonly products: readonly string[]
}

/** What a business sells. */
export interface Catalog {
  readonly products: readonly Product[]
  readonly collections: readonly Collection[]
}

/** One line of an order, with the product as it was when the order was placed. */
export interface OrderItem {
  readonly product: Product
  readonly quantity: number
}

/** One order. Who has its id and token may read it. */
export interface Order {
  readonly id: string
  readonly token: string
  /** Number of the business. */
  readonly seller: string
  /** Number of the customer. */
  readonly buyer: string
  readonly items: readonly OrderItem[]
  /** Unix seconds. */
  readonly placedAt: number
}

const EMPTY: Catalog = { products: [], collections: [] }

/** Every catalogue and order of the network. */
export class Catalogs {
  readonly #state: State
  readonly #catalogs = new Map<string, Catalog>()
  readonly #orders = new Map<string, Order>()

  /** Loads what survived. */
  constructor(state: State) {
    this.#state = state
    for (const [number, catalog] of state.rows("catalog")) this.#catalogs.set(number, catalog as Catalog)
    for (const [id, order] of state.rows("order")) this.#orders.set(id, order as Order)
  }

  /** The catalogue of an account; an empty one when it sells nothing. */
  of({ number }: Account): Catalog {
    return this.#catalogs.get(number) ?? EMPTY
  }

  set({ number }: Account, catalog: Catalog): void {
    this.#catalogs.set(number, catalog)
    this.#state.put("catalog", number, catalog)
  }

  order(id: string | undefined): Order | undefined {
    return this.#orders.get(id ?? "")
  }

  addOrder(order: Order): void {
    this.#orders.set(order.id, order)
    this.#state.put("order", order.id, order)
  }
}

/** What an order costs, in thousandths of its currency. */
export function totalOf({ items }: Order): number {
  return items.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0)
}

/**
 * A list that survives and has a bound: offline queues, inboxes, receipts. Appending beyond the bound drops the oldest
 * item and notifies the owner. Each item keeps its sequence number, so items can be removed in any order.
 */
import type { State } from "./store.ts"

/** Where a list is kept, and its bound. */
export interface BoundedLogOptions<T> {
  readonly state: State
  /** Kind of the rows. */
  readonly kind: string
  /** The owner of the list; part of each row's key. */
  readonly owner: string
  readonly max: number
  /** Called with each item that the bound drops. */
  readonly onDrop: (item: T) => void
}

/** The list. Sequence numbers start at 1, and none is used twice while the list holds an item. */
export class BoundedLog<T> {
  readonly #items = new Map<number, T>()
  readonly #options: BoundedLogOptions<T>
  #next = 1

  /** Loads what survived. */
  constructor(options: BoundedLogOptions<T>) {
    this.#options = options
    for (const [key, value] of options.state.rows(options.kind, `${options.owner}/`)) {
      const sequence = Number(key.slice(key.lastIndexOf("/") + 1))
      this.#items.set(sequence, value as T)
      this.#next = sequence + 1
    }
  }

  get size(): number {
    return this.#items.size
  }

  /** Adds an item and returns its sequence number. */
  append(item: T): number {
    const sequence = this.#next++
    this.#items.set(sequence, item)
    this.#options.state.put(this.#options.kind, this.#key(sequence), item)
    if (this.#items.size > this.#options.max) {
      for (const [oldest, dropped] of this.#items) {
        this.remove(oldest)
        this.#options.onDrop(dropped)
        break
      }
    }
    return sequence
  }

  has(sequence: number): boolean {
    return this.#items.has(sequence)
  }

  remove(sequence: number): void {
    if (this.#items.delete(sequence)) this.#options.state.remove(this.#options.kind, this.#key(sequence))
  }

  clear(): void {
    for (const sequence of this.#items.keys()) this.remove(sequence)
  }

  /** Sequence numbers and items, oldest first. */
  entries(): IterableIterator<[number, T]> {
    return this.#items.entries()
  }

  /** Items, oldest first. */
  values(): T[] {
    return [...this.#items.values()]
  }

  #key(sequence: number): string {
    return `${this.#options.owner}/${String(sequence).padStart(12, "0")}`
  }
}

/** Who is on WhatsApp, as WhatsApp last told a device: a yes is good for a day, a no for five minutes. Bounded; the oldest go first. */
import type { Recipient } from "./whatsapp.ts"

const YES_MS = 86_400_000
const NO_MS = 300_000

export class RecipientCache {
  readonly #entriesMax: number
  readonly #entries = new Map<string, { readonly recipient: Recipient | null; readonly until: number }>()

  constructor(entriesMax = 50_000) {
    this.#entriesMax = entriesMax
  }

  /** The account that has the number, null when none has; undefined when WhatsApp has to be asked. `now`: elapsed time. */
  get(device: number, number: string, now: number): Recipient | null | undefined {
    const entry = this.#entries.get(keyOf(device, number))
    return entry && entry.until > now ? entry.recipient : undefined
  }

  set(device: number, number: string, recipient: Recipient | null, now: number): void {
    const key = keyOf(device, number)
    this.#entries.delete(key)
    this.#entries.set(key, { recipient, until: now + (recipient ? YES_MS : NO_MS) })
    if (this.#entries.size <= this.#entriesMax) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}

/** What one account may know, such as a LID, is nothing for another. */
const keyOf = (device: number, number: string): string => `${device}:${number}`

/** What WhatsApp last told a device about who is on WhatsApp: a yes is valid for a day, a no for five minutes. */
import { ExpiringMap } from "../store/expiring-map.ts"
import type { Recipient } from "./whatsapp.ts"

const YES_MS = 86_400_000
const NO_MS = 300_000

export class RecipientCache {
  readonly #answers: ExpiringMap<Recipient | null>

  constructor(entriesMax = 50_000) {
    this.#answers = new ExpiringMap(entriesMax)
  }

  /** The account that has the number, null when none has; undefined when the device has to ask WhatsApp. `now`: elapsed time. */
  get(device: number, number: string, now: number): Recipient | null | undefined {
    return this.#answers.get(keyOf(device, number), now)
  }

  /** The account that is known by the number has this LID now. */
  rename(device: number, number: string, lid: string, now: number): void {
    const known = this.get(device, number, now)
    if (known && known.lid !== lid) this.set(device, number, { ...known, lid }, now)
  }

  set(device: number, number: string, recipient: Recipient | null, now: number): void {
    this.#answers.set(keyOf(device, number), recipient, { now, lifetimeMs: recipient ? YES_MS : NO_MS })
  }
}

/** Each device has its own answers: what WhatsApp tells about an account, such as its LID, depends on who asks. */
const keyOf = (device: number, number: string): string => `${device}:${number}`

/** The QRs of one connection: WhatsApp gives six, and Baileys shows one after the other. */

/** Baileys' own times, which are WhatsApp Web's. */
const FIRST_QR_MS = 60_000
const NEXT_QR_MS = 20_000
const QRS_PER_ROUND = 6

export class QrRound {
  readonly #firstMs: number
  readonly #nextMs: number
  #shown = 0
  #endsAt = 0

  /** `qrMs`: how long each QR is shown; undefined: as long as WhatsApp Web shows it. */
  constructor(qrMs: number | undefined) {
    this.#firstMs = qrMs ?? FIRST_QR_MS
    this.#nextMs = qrMs ?? NEXT_QR_MS
  }

  /** A QR is shown now; answers when it ends. `now`, and every answer: epoch milliseconds. */
  next(now: number): number {
    this.#shown++
    if (this.#shown > 1) return now + this.#nextMs
    this.#endsAt = now + this.#firstMs + (QRS_PER_ROUND - 1) * this.#nextMs
    return now + this.#firstMs
  }

  /** When the last QR of this connection ends, and the connection with it. */
  get endsAt(): number {
    return this.#endsAt
  }
}

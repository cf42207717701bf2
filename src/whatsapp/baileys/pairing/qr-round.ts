/**
 * The QRs of one connection. WhatsApp gives six refs, and each is shown for a time. A QR is drawn when it is shown, from the ADV secret as it
 * is then; when the secret changes meanwhile, the QR is drawn again.
 */

import type { RedrawReason } from "../../../events/device.ts"

/** WhatsApp Web's own times. */
const FIRST_QR_MS = 60_000
const NEXT_QR_MS = 20_000

export interface QrRoundOptions {
  /** How long each QR is shown; undefined: as long as WhatsApp Web shows it. */
  readonly qrMs: number | undefined
  /** The text of the QR with this ref, as it is now. */
  readonly draw: (ref: string) => string
  /** `expiresAt`: epoch milliseconds. */
  readonly show: (text: string, expiresAt: number) => void
  /** The same for a QR that takes the place of the one that is shown, until the same time. */
  readonly showAgain: (text: string, expiresAt: number, reason: RedrawReason) => void
  /** Called when the last QR ends. */
  readonly ended: () => void
}

export class QrRound {
  readonly #options: QrRoundOptions
  #refs: string[] = []
  #shown: { readonly ref: string; readonly expiresAt: number } | undefined
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(options: QrRoundOptions) {
    this.#options = options
  }

  /** All refs were shown, or the round was stopped. */
  get isOver(): boolean {
    return this.#isOver
  }

  begin(refs: readonly string[]): void {
    clearTimeout(this.#timer)
    this.#refs = [...refs]
    this.#next(this.#options.qrMs ?? FIRST_QR_MS)
  }

  /** The secret has changed: the QR that is shown links nothing any more. */
  redraw(reason: RedrawReason): void {
    if (this.#shown === undefined) return
    const { ref, expiresAt } = this.#shown
    this.#options.showAgain(this.#options.draw(ref), expiresAt, reason)
  }

  /** No QR is shown any more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#shown = undefined
    this.#isOver = true
  }

  #next(ms: number): void {
    const { qrMs, draw, show, ended } = this.#options
    const ref = this.#refs.shift()
    if (ref === undefined) {
      this.stop()
      ended()
      return
    }
    const expiresAt = Date.now() + ms
    this.#shown = { ref, expiresAt }
    this.#timer = setTimeout(() => this.#next(qrMs ?? NEXT_QR_MS), ms)
    show(draw(ref), expiresAt)
  }
}

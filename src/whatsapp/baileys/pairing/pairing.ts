/**
 * How a connection links a device to an account: by QR or by pairing code.
 *
 * Baileys answers WhatsApp's `pair-device`, composes the QRs and checks the `pair-success`. Here its events become signals.
 */
import type { WASocket } from "@whiskeysockets/baileys"
import type { Identity } from "../../whatsapp.ts"
import type { SignalQueue } from "../signal-queue.ts"
import { type Browser, requestPairingCode } from "./pairing-code.ts"
import { hearPasskeyDemands } from "./passkey.ts"
import { QrRound } from "./qr-round.ts"

export interface PairingOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly browser: Browser
  readonly qrMs: number | undefined
  /** The account that the credentials are linked to; null before the phone has confirmed the link. */
  readonly identity: () => Identity | null
  /** Makes the credentials durable; signals that come later wait for it. */
  readonly keepCreds: () => void
}

export class Pairing {
  readonly #options: PairingOptions
  readonly #round: QrRound

  constructor(options: PairingOptions) {
    this.#options = options
    this.#round = new QrRound(options.qrMs)
    const { socket, signals } = options
    socket.ev.on("connection.update", ({ qr, isNewLogin }) => {
      if (qr) this.#show(qr)
      if (isNewLogin) this.#paired()
    })
    hearPasskeyDemands(socket, () => signals.emit({ type: "passkey_requested" }))
  }

  /** Resolves when the code has become the signal `code`. It is valid as long as this connection shows QRs. */
  async requestCode(number: string): Promise<void> {
    const { socket, browser, signals } = this.#options
    const text = await requestPairingCode(socket, browser, number)
    signals.emit({ type: "code", text, expiresAt: this.#round.endsAt })
  }

  #show(text: string): void {
    this.#options.signals.emit({ type: "qr", text, expiresAt: this.#round.next(Date.now()) })
  }

  #paired(): void {
    const identity = this.#options.identity()
    if (!identity) return
    this.#options.keepCreds()
    this.#options.signals.emit({ type: "paired", identity })
  }
}

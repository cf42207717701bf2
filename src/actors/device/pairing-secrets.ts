/** The QR and the pairing code of the moment. They link an account, so they live here and nowhere else, while they are valid. */
import type { LifecycleSignal } from "../../whatsapp/whatsapp.ts"

export interface PairingSecret {
  readonly text: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export class PairingSecrets {
  qr: PairingSecret | null = null
  code: PairingSecret | null = null

  /** Takes the secret that a signal brings; answers whether it brought one. */
  take(signal: LifecycleSignal): boolean {
    if (signal.type !== "qr" && signal.type !== "code") return false
    this[signal.type] = { text: signal.text, expiresAt: signal.expiresAt }
    return true
  }

  forget(): void {
    this.qr = null
    this.code = null
  }
}

/** The present QR and pairing code. They link an account, so they are kept in memory only, and only while they are valid. */
import type { Clock } from "effect"
import { elapsedMsOf } from "../../../store/elapsed.ts"
import type { LifecycleSignal } from "../../../whatsapp/whatsapp.ts"

export interface PairingSecret {
  readonly text: string
  /** Epoch milliseconds, for display. Whether it is over is judged in elapsed time. */
  readonly expiresAt: number
}

export class PairingSecrets {
  readonly #clock: Clock.Clock
  readonly #secrets = new Map<"qr" | "code", PairingSecret & { readonly endsAt: number }>()

  constructor(clock: Clock.Clock) {
    this.#clock = clock
  }

  get qr(): PairingSecret | null {
    return this.#valid("qr")
  }

  get code(): PairingSecret | null {
    return this.#valid("code")
  }

  /** Takes the secret that a signal brings; answers whether it brought one. */
  take(signal: LifecycleSignal): boolean {
    if (signal.type !== "qr" && signal.type !== "code") return false
    const { type, text, expiresAt } = signal
    const endsAt = elapsedMsOf(this.#clock) + expiresAt - this.#clock.currentTimeMillisUnsafe()
    this.#secrets.set(type, { text, expiresAt, endsAt })
    return true
  }

  forget(): void {
    this.#secrets.clear()
  }

  forgetCode(): void {
    this.#secrets.delete("code")
  }

  #valid(type: "qr" | "code"): PairingSecret | null {
    const secret = this.#secrets.get(type)
    return secret && secret.endsAt > elapsedMsOf(this.#clock) ? secret : null
  }
}

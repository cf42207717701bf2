/** What links an account: the present QR, code and challenge. They are kept in memory only, and only while they are valid. */
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
  readonly #secrets = new Map<Kind, PairingSecret & { readonly endsAt: number }>()

  constructor(clock: Clock.Clock) {
    this.#clock = clock
  }

  get qr(): PairingSecret | null {
    return this.#valid("qr")
  }

  get code(): PairingSecret | null {
    return this.#valid("code")
  }

  /** The challenge that a passkey has to sign, as JSON. */
  get passkey(): PairingSecret | null {
    return this.#valid("passkey")
  }

  get confirmCode(): PairingSecret | null {
    return this.#valid("confirmCode")
  }

  /** Takes the secret that a signal brings; answers whether it brought one. */
  take(signal: LifecycleSignal): boolean {
    const secret = secretIn(signal)
    if (secret === undefined) return false
    const { kind, text, expiresAt } = secret
    const endsAt = elapsedMsOf(this.#clock) + expiresAt - this.#clock.currentTimeMillisUnsafe()
    this.#secrets.set(kind, { text, expiresAt, endsAt })
    return true
  }

  forget(): void {
    this.#secrets.clear()
  }

  forgetCode(): void {
    this.#secrets.delete("code")
  }

  #valid(kind: Kind): PairingSecret | null {
    const secret = this.#secrets.get(kind)
    return secret && secret.endsAt > elapsedMsOf(this.#clock) ? secret : null
  }
}

type Kind = "qr" | "code" | "passkey" | "confirmCode"

const secretIn = (signal: LifecycleSignal): (PairingSecret & { readonly kind: Kind }) | undefined => {
  switch (signal.type) {
    case "qr":
    case "qr_redrawn":
      return { kind: "qr", text: signal.text, expiresAt: signal.expiresAt }
    case "code":
      return { kind: "code", text: signal.text, expiresAt: signal.expiresAt }
    case "passkey_requested":
      return { kind: "passkey", text: signal.options, expiresAt: signal.expiresAt }
    case "confirm_code":
      return { kind: "confirmCode", text: signal.text, expiresAt: signal.expiresAt }
    default:
      return undefined
  }
}

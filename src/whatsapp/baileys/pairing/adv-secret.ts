/**
 * The ADV secret of a client that is to be linked: it stands in the QR, and the phone's signature is checked with it. Baileys reads it when
 * the signature comes, so changing it changes what can link. It becomes durable with the link: what a link was tried with is worth nothing
 * to the next connection.
 */
import { randomBytes } from "node:crypto"
import type { AuthenticationCreds } from "@whiskeysockets/baileys"

export const SECRET_BYTES = 32

export class AdvSecret {
  readonly #creds: AuthenticationCreds

  constructor(creds: AuthenticationCreds) {
    this.#creds = creds
  }

  /** As it stands in a QR. */
  get text(): string {
    return this.#creds.advSecretKey
  }

  get bytes(): Buffer {
    return Buffer.from(this.#creds.advSecretKey, "base64")
  }

  set(secret: Uint8Array): void {
    this.#creds.advSecretKey = Buffer.from(secret).toString("base64")
  }

  /** A new secret, which no phone knows. QRs with an earlier one link nothing any more. */
  renew(): void {
    this.set(randomBytes(SECRET_BYTES))
  }
}

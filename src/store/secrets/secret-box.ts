/**
 * Encryption of what the store must not hold in the clear: WhatsApp credentials and Signal keys. Keeps SEC-4.
 *
 * AES-256-GCM with a key of its own for each device (HKDF from the master key) and the row's name as associated data, so that a
 * value moved to another row does not open. Layout: version byte, 12 bytes of nonce, 16 bytes of tag, ciphertext.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto"

const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES
const ALGORITHM = "aes-256-gcm"

export interface SecretBox {
  readonly seal: (device: number, name: string, plain: Uint8Array) => Uint8Array
  /** Throws when the value was changed, moved, or sealed with another key. */
  readonly open: (device: number, name: string, sealed: Uint8Array) => Uint8Array
  /** A keyed hash (HMAC-SHA-256) of a text, with a key of its own for each purpose: nobody without the master key can compute it. */
  readonly mac: (purpose: string, text: string) => Uint8Array
  /** Names the key without telling it: kept in the store, so that another key is noticed at start. */
  readonly fingerprint: string
}

/** `masterKey`: 32 bytes. */
export const makeSecretBox = (masterKey: Uint8Array): SecretBox => {
  const keys = new Map<string, Buffer>()
  const derived = (salt: string, purpose: string): Buffer => {
    const name = `${purpose} ${salt}`
    const known = keys.get(name)
    if (known) return known
    const key = Buffer.from(hkdfSync("sha256", masterKey, salt, `bitacora ${purpose}`, 32))
    keys.set(name, key)
    return key
  }
  const keyOf = (device: number): Buffer => derived(`device:${device}`, "auth_state")
  return {
    fingerprint: createHmac("sha256", masterKey).update("bitacora master key").digest("hex").slice(0, 32),
    mac: (purpose, text) => createHmac("sha256", derived("", purpose)).update(text).digest(),
    seal: (device, name, plain) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, keyOf(device), nonce).setAAD(Buffer.from(name))
      const body = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body])
    },
    open: (device, name, sealed) => {
      if (sealed[0] !== VERSION) throw new Error(`sealed value has version ${sealed[0]}, known is ${VERSION}`)
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES)
      const decipher = createDecipheriv(ALGORITHM, keyOf(device), nonce).setAAD(Buffer.from(name))
      decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEADER_BYTES))
      return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES)), decipher.final()])
    }
  }
}

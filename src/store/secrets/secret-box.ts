/**
 * Encrypts what the store must not hold in plain text: WhatsApp credentials and Signal keys. Keeps SEC-4.
 *
 * AES-256-GCM with a key per device (HKDF from the master key). The row's name is associated data, so that a value that was moved to
 * another row cannot be decrypted. Layout: version byte, 12 bytes of nonce, 16 bytes of tag, ciphertext.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto"

const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES
const ALGORITHM = "aes-256-gcm"

export interface SecretBox {
  readonly seal: (device: number, name: string, plain: Uint8Array) => Uint8Array
  /** Throws if the value was changed, moved, or encrypted with another key. */
  readonly open: (device: number, name: string, sealed: Uint8Array) => Uint8Array
  /** A keyed hash (HMAC-SHA-256) of a text, with a separate key per purpose. It cannot be computed without the master key. */
  readonly mac: (purpose: string, text: string) => Uint8Array
  /** Identifies the key without revealing it. It is kept in the store, so that a start with another key is noticed. */
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
      if (sealed[0] !== VERSION)
        throw new Error(`the encrypted value has version ${sealed[0]}; this release knows version ${VERSION}`)
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES)
      const decipher = createDecipheriv(ALGORITHM, keyOf(device), nonce).setAAD(Buffer.from(name))
      decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEADER_BYTES))
      return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES)), decipher.final()])
    }
  }
}

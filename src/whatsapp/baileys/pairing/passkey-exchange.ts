/**
 * The cryptography of a link with a passkey ("shortcake"), as WhatsApp Web has it (WAWebShortcakeLinkingAlgorithm; the same in
 * tulir/whatsmeow, pair-passkey.go, and oxidezap/whatsapp-rust, shortcake.rs). The client commits itself to a nonce before it sees the
 * phone's key, so neither side, nor a third party between them, can choose the code that both show.
 */
import { createHash, createHmac, randomBytes } from "node:crypto"
import { aesEncryptGCM, bytesToCrockford, Curve, hkdf, type KeyPair, proto } from "@whiskeysockets/baileys"
import { SECRET_BYTES } from "./adv-secret.ts"

const KEY_BYTES = 32
const CODE_BYTES = 5
const GCM_IV_BYTES = 12
const HANDOFF = "shortcake-passkey-handoff-v1"

/** A key for the proof that this is the client whose QR the phone scanned. `secret`: the ADV secret in that QR. */
export const handoffKey = (secret: Uint8Array): Uint8Array => hkdf(secret, KEY_BYTES, { info: HANDOFF })

export const handoffProof = (key: Uint8Array, payload: Uint8Array): Buffer =>
  createHmac("sha256", Buffer.from(key)).update(payload).digest()

/** What the phone continues with. */
export interface PhoneIdentity {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
}

/** Undefined where it is not one: each of the two has 32 bytes. */
export const readPhoneIdentity = (bytes: Uint8Array): PhoneIdentity | undefined => {
  try {
    const { publicKey: key, nonce } = proto.PrimaryEphemeralIdentity.decode(bytes)
    return key?.length === KEY_BYTES && nonce?.length === KEY_BYTES ? { key, nonce } : undefined
  } catch {
    return undefined
  }
}

/** The client's side of one exchange. */
export class PasskeyExchange {
  readonly nonce: Buffer = randomBytes(KEY_BYTES)
  /** Who the client is, and its commitment: the `prologue_payload`. */
  readonly payload: Uint8Array
  /** The ADV secret that the link will be signed under. */
  readonly secret: Buffer = randomBytes(SECRET_BYTES)
  readonly #keys: KeyPair = Curve.generateKeyPair()
  readonly #salt: Buffer

  /** `ref`: from WhatsApp, for this exchange. */
  constructor(ref: string, deviceType: proto.DeviceProps.PlatformType) {
    const identity = proto.CompanionEphemeralIdentity.encode({ publicKey: this.#keys.public, deviceType, ref }).finish()
    const commitment = { hash: sha256(identity, this.nonce) }
    this.payload = proto.ProloguePayload.encode({ companionEphemeralIdentity: identity, commitment }).finish()
    this.#salt = Buffer.from(`Companion Pairing ${deviceType} with ref ${ref}`)
  }

  /** What both sides show: eight characters, in two groups. */
  codeWith({ key, nonce }: PhoneIdentity): string {
    const digest = sha256(this.nonce, key)
    const bytes = Buffer.from(nonce.subarray(0, CODE_BYTES)).map((byte, index) => byte ^ (digest[index] ?? 0))
    const code = bytesToCrockford(Buffer.from(bytes))
    return `${code.slice(0, 4)}-${code.slice(4)}`
  }

  /** The client's keys and its new secret, for this phone only: the `encrypted_pairing_request`. */
  requestFor({ key }: PhoneIdentity, keys: { readonly noise: Uint8Array; readonly identity: Uint8Array }): Uint8Array {
    const shared = Curve.sharedKey(this.#keys.private, key)
    const info = "Pairing Information Encryption Key"
    const encryptionKey = hkdf(shared, KEY_BYTES, { salt: this.#salt, info })
    const request = proto.PairingRequest.encode({
      companionPublicKey: keys.noise,
      companionIdentityKey: keys.identity,
      advSecret: this.secret
    }).finish()
    const iv = randomBytes(GCM_IV_BYTES)
    const encryptedPayload = aesEncryptGCM(Buffer.from(request), Buffer.from(encryptionKey), iv, Buffer.alloc(0))
    return proto.EncryptedPairingRequest.encode({ encryptedPayload, iv }).finish()
  }
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest()
}

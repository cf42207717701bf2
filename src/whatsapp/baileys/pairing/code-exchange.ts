/**
 * The cryptography of a pairing code. The two sides exchange ephemeral keys, each encrypted under the code, and derive the ADV secret from
 * them. Baileys has the same code, but sends it without hearing the answer (requestPairingCode) and takes any phone's answer for an answer
 * to the newest code (messages-recv.js, link_code_companion_reg).
 */
import { randomBytes } from "node:crypto"
import {
  aesDecryptCTR,
  aesEncryptCTR,
  aesEncryptGCM,
  bytesToCrockford,
  Curve,
  derivePairingCodeKey,
  hkdf,
  type KeyPair
} from "@whiskeysockets/baileys"

const CODE_BYTES = 5
const KEY_BYTES = 32
const SALT_BYTES = 32
const IV_BYTES = 16
const GCM_IV_BYTES = 12

/** What one request for a code is made of. */
export interface CodeOffer {
  /** Eight characters. */
  readonly code: string
  readonly ephemeral: KeyPair
  /** The ephemeral key, encrypted under the code: salt, IV, key. */
  readonly wrappedKey: Uint8Array
}

export const makeCodeOffer = async (): Promise<CodeOffer> => {
  const code = bytesToCrockford(randomBytes(CODE_BYTES))
  const ephemeral = Curve.generateKeyPair()
  const salt = randomBytes(SALT_BYTES)
  const iv = randomBytes(IV_BYTES)
  const encrypted = aesEncryptCTR(ephemeral.public, await derivePairingCodeKey(code, salt), iv)
  return { code, ephemeral, wrappedKey: Buffer.concat([salt, iv, encrypted]) }
}

/** How long the phone's wrapped key is. */
export const WRAPPED_KEY_BYTES = SALT_BYTES + IV_BYTES + KEY_BYTES

/** What the phone has sent: its ephemeral key, encrypted under the code that was typed, and its identity key. */
export interface PhoneKeys {
  readonly wrappedKey: Uint8Array
  readonly identityKey: Uint8Array
}

/** The ADV secret, and the bundle from which the phone derives the same. With another code typed, the phone cannot open the bundle. */
export const finishExchange = async (
  { code, ephemeral }: CodeOffer,
  phone: PhoneKeys,
  identity: KeyPair
): Promise<{ readonly secret: Buffer; readonly bundle: Buffer }> => {
  const wrapped = Buffer.from(phone.wrappedKey)
  const codeKey = await derivePairingCodeKey(code, wrapped.subarray(0, SALT_BYTES))
  const iv = wrapped.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES)
  const phoneKey = aesDecryptCTR(wrapped.subarray(SALT_BYTES + IV_BYTES), codeKey, iv)
  const shared = Curve.sharedKey(ephemeral.private, phoneKey)
  const random = randomBytes(KEY_BYTES)
  const salt = randomBytes(SALT_BYTES)
  const bundleKey = hkdf(shared, KEY_BYTES, { salt, info: "link_code_pairing_key_bundle_encryption_key" })
  const gcmIv = randomBytes(GCM_IV_BYTES)
  const plain = Buffer.concat([identity.public, phone.identityKey, random])
  const encrypted = aesEncryptGCM(plain, Buffer.from(bundleKey), gcmIv, Buffer.alloc(0))
  const identityShared = Curve.sharedKey(identity.private, phone.identityKey)
  const secret = hkdf(Buffer.concat([shared, identityShared, random]), KEY_BYTES, { info: "adv_secret" })
  return { secret: Buffer.from(secret), bundle: Buffer.concat([salt, gcmIv, encrypted]) }
}

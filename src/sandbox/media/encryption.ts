/**
 * Encrypts media before an upload and decrypts it after a download: AES-256-CBC under keys derived from a random media
 * key, then ten bytes of HMAC (messages-media.js encryptedStream). Unlike Baileys this checks the HMAC.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { getMediaKeys, hmacSign, type MediaType, sha256 } from "@whiskeysockets/baileys"

const MAC_BYTES = 10

/** Encrypted media, and what the message about it must say. */
export interface EncryptedMedia {
  readonly encrypted: Buffer
  readonly mediaKey: Uint8Array
  readonly fileSha256: Uint8Array
  readonly fileEncSha256: Uint8Array
}

/** Encrypts media under a new random key. */
export async function encryptMedia(plain: Uint8Array, type: MediaType): Promise<EncryptedMedia> {
  const mediaKey = randomBytes(32)
  const { iv, cipherKey, macKey } = await keysOf(mediaKey, type)
  const cipher = createCipheriv("aes-256-cbc", cipherKey, iv)
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()])
  const mac = hmacSign(Buffer.concat([iv, ciphertext]), macKey).subarray(0, MAC_BYTES)
  const encrypted = Buffer.concat([ciphertext, mac])
  return { encrypted, mediaKey, fileSha256: sha256(Buffer.from(plain)), fileEncSha256: sha256(encrypted) }
}

/** Decrypts media. Throws when its HMAC is wrong. */
export async function decryptMedia(encrypted: Buffer, mediaKey: Uint8Array, type: MediaType): Promise<Buffer> {
  const { iv, cipherKey, macKey } = await keysOf(mediaKey, type)
  const ciphertext = encrypted.subarray(0, -MAC_BYTES)
  const mac = hmacSign(Buffer.concat([iv, ciphertext]), macKey).subarray(0, MAC_BYTES)
  if (!mac.equals(encrypted.subarray(-MAC_BYTES))) throw new Error("the HMAC of the media is wrong")
  const decipher = createDecipheriv("aes-256-cbc", cipherKey, iv)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()])
}

async function keysOf(
  mediaKey: Uint8Array,
  type: MediaType
): Promise<{ iv: Buffer; cipherKey: Buffer; macKey: Buffer }> {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, type)
  if (macKey === null || macKey === undefined) throw new Error("Baileys derived no MAC key for this media type")
  return { iv: Buffer.from(iv), cipherKey: Buffer.from(cipherKey), macKey: Buffer.from(macKey) }
}

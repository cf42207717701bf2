/**
 * How media is sealed before it is uploaded: AES-256-CBC under keys derived from a random media key, then ten bytes of
 * HMAC (messages-media.js encryptedStream). Unlike Baileys this checks the HMAC and the digest when it opens something.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { getMediaKeys, hmacSign, type MediaType, sha256 } from "@whiskeysockets/baileys"

const MAC_BYTES = 10

/** Sealed media, and what the message about it must say. */
export interface SealedMedia {
  readonly sealed: Buffer
  readonly mediaKey: Uint8Array
  readonly fileSha256: Uint8Array
  readonly fileEncSha256: Uint8Array
}

/** Seals media under a new random key. */
export async function sealMedia(plain: Uint8Array, type: MediaType): Promise<SealedMedia> {
  const mediaKey = randomBytes(32)
  const { iv, cipherKey, macKey } = await keysOf(mediaKey, type)
  const cipher = createCipheriv("aes-256-cbc", cipherKey, iv)
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()])
  const mac = hmacSign(Buffer.concat([iv, encrypted]), macKey).subarray(0, MAC_BYTES)
  const sealed = Buffer.concat([encrypted, mac])
  return { sealed, mediaKey, fileSha256: sha256(Buffer.from(plain)), fileEncSha256: sha256(sealed) }
}

/** Opens sealed media. Throws when it was changed on the way. */
export async function openMedia(sealed: Buffer, mediaKey: Uint8Array, type: MediaType): Promise<Buffer> {
  const { iv, cipherKey, macKey } = await keysOf(mediaKey, type)
  const encrypted = sealed.subarray(0, -MAC_BYTES)
  const mac = hmacSign(Buffer.concat([iv, encrypted]), macKey).subarray(0, MAC_BYTES)
  if (!mac.equals(sealed.subarray(-MAC_BYTES))) throw new Error("the media was changed on its way")
  const decipher = createDecipheriv("aes-256-cbc", cipherKey, iv)
  return Buffer.concat([decipher.update(encrypted), decipher.final()])
}

async function keysOf(
  mediaKey: Uint8Array,
  type: MediaType
): Promise<{ iv: Buffer; cipherKey: Buffer; macKey: Buffer }> {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, type)
  if (macKey === null || macKey === undefined) throw new Error("no MAC key for this media")
  return { iv: Buffer.from(iv), cipherKey: Buffer.from(cipherKey), macKey: Buffer.from(macKey) }
}

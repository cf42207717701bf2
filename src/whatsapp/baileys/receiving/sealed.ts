/**
 * Opens, and seals, what is encrypted with the secret of another message: votes in polls, answers to events, edits, comments, reactions.
 *
 * The key is HKDF-SHA256 of that message's secret, with its id, its author, the sender and the purpose as info; the cipher is
 * AES-256-GCM (decryptPollVote and decryptEventResponse in Baileys' process-message.js; msgsecret.go in whatsmeow). Which of a
 * person's two names a phone took is not said, so each is tried: GCM tells which is right.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto"
import type { Sealed } from "../../../events/content.ts"

interface Original {
  /** The id of the message whose secret it is. */
  readonly messageId: string
  /** Base64. */
  readonly secret: string
}

/** Whose secret it is, and who sealed something with it, by the names that they may have gone by. */
export interface Key extends Original {
  /** Names of its author. */
  readonly authors: readonly string[]
  /** Names of who sealed it. */
  readonly senders: readonly string[]
}

/** Undefined when none of the names opens it. */
export const open = ({ type, payload, iv }: Sealed, { authors, senders, ...original }: Key): Buffer | undefined => {
  for (const author of new Set(authors)) {
    for (const sender of new Set(senders)) {
      const { key, additional } = cipherFor(type, { ...original, author, sender })
      const plain = decrypt(Buffer.from(payload, "base64"), key, Buffer.from(iv, "base64"), additional)
      if (plain) return plain
    }
  }
  return undefined
}

/** The people by the names that they have in the chat. */
export interface SealingKey extends Original {
  readonly author: string
  readonly sender: string
}

export const seal = (type: string, key: SealingKey, plain: Uint8Array) => {
  const { key: secret, additional } = cipherFor(type, key)
  const encIv = randomBytes(IV_BYTES)
  const cipher = createCipheriv("aes-256-gcm", secret, encIv)
  if (additional) cipher.setAAD(additional)
  return { encPayload: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]), encIv }
}

const cipherFor = (type: string, { messageId, secret, author, sender }: SealingKey) => {
  const info = Buffer.from(`${messageId}${author}${sender}${type}`)
  const key = hkdfSync("sha256", Buffer.from(secret, "base64"), NO_SALT, info, KEY_BYTES)
  const additional = isBound(type) ? Buffer.from(`${messageId}\u0000${sender}`) : undefined
  return { key: Buffer.from(key), additional }
}

const IV_BYTES = 12
const NO_SALT = Buffer.alloc(32)
const KEY_BYTES = 32
const TAG_BYTES = 16

/** Whether the cipher authenticates the message and the sender as well. */
const isBound = (type: string): boolean => type === "Poll Vote" || type === "Event Response"

const decrypt = (payload: Buffer, key: Buffer, iv: Buffer, additional: Buffer | undefined): Buffer | undefined => {
  if (payload.length < TAG_BYTES) return undefined
  try {
    const cipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES })
    if (additional) cipher.setAAD(additional)
    cipher.setAuthTag(payload.subarray(-TAG_BYTES))
    return Buffer.concat([cipher.update(payload.subarray(0, -TAG_BYTES)), cipher.final()])
  } catch {
    return undefined
  }
}

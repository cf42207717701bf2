/**
 * The answer of a phone to a companion that could not download the file of a message (messages-media.js encryptMediaRetryRequest,
 * decryptMediaRetryData): the phone uploads it again and says where it is, or that it has it no longer.
 */
import { randomBytes } from "node:crypto"
import { aesDecryptGCM, aesEncryptGCM, type BinaryNode, hkdf, proto } from "@whiskeysockets/baileys"
import { child, children, element } from "../wire/stanza.ts"
import type { InboxMessage } from "./inbox.ts"
import { mediaOf } from "./message-content.ts"

/** What a phone does when it is asked. */
export const REUPLOADS = ["upload", "not_found", "silence"] as const
export type Reuploads = (typeof REUPLOADS)[number]

const NOT_FOUND = element("error", { code: "2" })

/** The content of the notification. `uploadAgain`: where a file is that was at a path; undefined when it cannot be had any more. */
export async function mediaRetryAnswer(
  request: BinaryNode,
  message: InboxMessage | undefined,
  uploadAgain: (path: string) => Promise<string | undefined>
): Promise<BinaryNode[]> {
  const rmr = children(request, "rmr")
  const media = message === undefined ? undefined : mediaOf(proto.Message.decode(message.raw))
  if (message === undefined || media?.mediaKey === undefined) return [...rmr, NOT_FOUND]
  const key = Buffer.from(hkdf(Buffer.from(media.mediaKey), 32, { info: "WhatsApp Media Retry Notification" }))
  if (!isGenuine(request, message.id, key)) return [...rmr, NOT_FOUND]
  const directPath = await uploadAgain(media.directPath)
  if (directPath === undefined) return [...rmr, NOT_FOUND]
  const { SUCCESS } = proto.MediaRetryNotification.ResultType
  const plain = proto.MediaRetryNotification.encode({ stanzaId: message.id, directPath, result: SUCCESS }).finish()
  const iv = randomBytes(12)
  const ciphertext = aesEncryptGCM(Buffer.from(plain), key, iv, Buffer.from(message.id))
  return [element("encrypt", {}, [element("enc_p", {}, ciphertext), element("enc_iv", {}, iv)]), ...rmr]
}

/** The client that asks has the key of the file. */
function isGenuine(request: BinaryNode, id: string, key: Buffer): boolean {
  const encrypt = child(request, "encrypt")
  const [ciphertext, iv] = ["enc_p", "enc_iv"].map((name) => child(encrypt, name)?.content)
  if (!(ciphertext instanceof Uint8Array) || !(iv instanceof Uint8Array)) return false
  try {
    const plain = aesDecryptGCM(Buffer.from(ciphertext), key, Buffer.from(iv), Buffer.from(id))
    return proto.ServerErrorReceipt.decode(plain).stanzaId === id
  } catch {
    return false
  }
}

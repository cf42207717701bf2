/**
 * Messages about an earlier message that WhatsApp encrypts once more, with the secret of that message: votes, answers to
 * events, edits, comments, reactions. Key and cipher are those that Baileys opens (process-message.js decryptPollVote,
 * decryptEventResponse) and that whatsmeow uses (msgsecret.go): HKDF-SHA256 of the secret, AES-256-GCM.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto"
import { proto, sha256 } from "@whiskeysockets/baileys"

/** What a sealed message is for. The word is part of the key. */
export type SealedAs = "Poll Vote" | "Event Response" | "Message Edit" | "Event Edit" | "Enc Comment" | "Enc Reaction"

/** The message that another is about, as the sender of the other sees it. */
export interface Original {
  readonly key: proto.IMessageKey
  readonly secret: Uint8Array
  /** Jid of its author, in the addressing of the chat. */
  readonly author: string
}

/** What was sealed. */
export interface SealedBytes {
  readonly encPayload: Uint8Array
  readonly encIv: Uint8Array
}

/** Encrypts `plain` with the secret of the original. `sender` is the jid of who seals it. */
export function seal(type: SealedAs, original: Original, sender: string, plain: Uint8Array): SealedBytes {
  const { key, aad } = keyOf(type, original, sender)
  const encIv = randomBytes(12)
  const cipher = createCipheriv("aes-256-gcm", key, encIv)
  if (aad !== undefined) cipher.setAAD(aad)
  const encPayload = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return { encPayload, encIv }
}

/** Decrypts what this sender sealed; undefined when another sender or another secret was used. */
export function unseal(type: SealedAs, original: Original, sender: string, sealed: SealedBytes): Buffer | undefined {
  const { key, aad } = keyOf(type, original, sender)
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.encIv)
  if (aad !== undefined) decipher.setAAD(aad)
  decipher.setAuthTag(sealed.encPayload.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(sealed.encPayload.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch {
    return undefined
  }
}

const TAG_BYTES = 16

function keyOf(type: SealedAs, { key, secret, author }: Original, sender: string): { key: Buffer; aad?: Buffer } {
  const id = key.id ?? ""
  const info = Buffer.from(`${id}${author}${sender}${type}`)
  const derived = { key: Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(32), info, 32)) }
  return type === "Poll Vote" || type === "Event Response"
    ? { ...derived, aad: Buffer.from(`${id}\0${sender}`) }
    : derived
}

/** Builds a vote for these options of a poll, by their texts. No options take the vote back. */
export function voteMessage(poll: Original, voter: string, options: readonly string[]): proto.IMessage {
  const selectedOptions = options.map((option) => sha256(Buffer.from(option)))
  const vote = seal("Poll Vote", poll, voter, proto.Message.PollVoteMessage.encode({ selectedOptions }).finish())
  return { pollUpdateMessage: { pollCreationMessageKey: poll.key, vote, senderTimestampMs: Date.now() } }
}

/** Builds an answer to an event. */
export function answerMessage(
  event: Original,
  guest: string,
  answer: "going" | "notGoing" | "maybe",
  extraGuestCount: number
): proto.IMessage {
  const { EventResponseType: Type } = proto.Message.EventResponseMessage
  const response = { going: Type.GOING, notGoing: Type.NOT_GOING, maybe: Type.MAYBE }[answer]
  const plain = proto.Message.EventResponseMessage.encode({ response, timestampMs: Date.now(), extraGuestCount })
  const sealed = seal("Event Response", event, guest, plain.finish())
  return { encEventResponseMessage: { eventCreationMessageKey: event.key, ...sealed } }
}

/** Builds an edit as phones send it since May 2026 (Baileys#2541): the edit of old, sealed. */
export function sealedEditMessage(original: Original, sender: string, editedMessage: proto.IMessage): proto.IMessage {
  const { Type } = proto.Message.ProtocolMessage
  const edit = {
    protocolMessage: { key: original.key, type: Type.MESSAGE_EDIT, editedMessage, timestampMs: Date.now() }
  }
  const sealed = seal("Message Edit", original, sender, proto.Message.encode(edit).finish())
  const { MESSAGE_EDIT: secretEncType } = proto.Message.SecretEncryptedMessage.SecretEncType
  return { secretEncryptedMessage: { targetMessageKey: original.key, ...sealed, secretEncType } }
}

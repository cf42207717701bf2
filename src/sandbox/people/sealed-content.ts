/**
 * Opens what is encrypted with the secret of an earlier message, and says what it is: votes, answers to events, edits and reactions.
 * The key has the jids of both authors in it. Which of its two jids an author used depends on the client, so each is tried.
 */
import { proto, sha256 } from "@whiskeysockets/baileys"
import { type Identity, lidJid, pnJid } from "../state/jid.ts"
import { type MessageSummary, pollOf, present, summarise } from "./message-summary.ts"
import { type SealedAs, type SealedBytes, unseal } from "./sealing.ts"

/** An earlier message, and who wrote it. */
export interface Earlier {
  readonly message: proto.IMessage
  readonly author: Identity
}

const ANSWERS = ["unknown", "going", "notGoing", "maybe"]

/**
 * What a sealed message says; undefined for any other, and for one that cannot be opened. `find` gives an earlier message of
 * the chat by its id.
 */
export function openSealed(
  content: proto.IMessage,
  sender: Identity,
  find: (id: string) => Earlier | undefined
): Partial<MessageSummary> | undefined {
  const sealed = sealedIn(content)
  const earlier = find(sealed?.target ?? "")
  if (sealed === undefined || earlier === undefined) return undefined
  const plain = open(sealed, sender, earlier)
  return plain === undefined ? undefined : sealed.read(plain, earlier.message)
}

interface Sealed {
  readonly as: SealedAs
  readonly target: string
  readonly bytes: SealedBytes
  readonly read: (plain: Uint8Array, earlier: proto.IMessage) => Partial<MessageSummary>
}

function sealedIn(content: proto.IMessage): Sealed | undefined {
  const { pollUpdateMessage: vote, encEventResponseMessage: answer, secretEncryptedMessage: edit } = content
  const { encReactionMessage: reaction } = content
  if (vote) return sealed("Poll Vote", vote.pollCreationMessageKey, vote.vote, readVote)
  if (answer) return sealed("Event Response", answer.eventCreationMessageKey, answer, readAnswer)
  if (reaction) return sealed("Enc Reaction", reaction.targetMessageKey, reaction, readReaction)
  const { MESSAGE_EDIT } = proto.Message.SecretEncryptedMessage.SecretEncType
  if (edit?.secretEncType === MESSAGE_EDIT) return sealed("Message Edit", edit.targetMessageKey, edit, readEdit)
  return undefined
}

function sealed(
  as: SealedAs,
  key: proto.IMessageKey | null | undefined,
  from: { encPayload?: Uint8Array | null; encIv?: Uint8Array | null } | null | undefined,
  read: Sealed["read"]
): Sealed | undefined {
  if (!key?.id || !from?.encPayload || !from.encIv) return undefined
  return { as, target: key.id, bytes: { encPayload: from.encPayload, encIv: from.encIv }, read }
}

function open({ as, target, bytes }: Sealed, sender: Identity, { message, author }: Earlier): Uint8Array | undefined {
  const secret = message.messageContextInfo?.messageSecret
  if (!secret) return undefined
  for (const authorJid of [pnJid(author), lidJid(author)]) {
    for (const senderJid of [pnJid(sender), lidJid(sender)]) {
      const plain = unseal(as, { key: { id: target }, secret, author: authorJid }, senderJid, bytes)
      if (plain !== undefined) return plain
    }
  }
  return undefined
}

function readVote(plain: Uint8Array, poll: proto.IMessage): Partial<MessageSummary> {
  const names = (pollOf(poll)?.options ?? []).map(({ optionName }) => optionName ?? "")
  const byHash = new Map(names.map((name) => [sha256(Buffer.from(name)).toString("hex"), name]))
  const chosen = proto.Message.PollVoteMessage.decode(plain).selectedOptions ?? []
  return { options: chosen.flatMap((hash) => byHash.get(Buffer.from(hash).toString("hex")) ?? []) }
}

function readAnswer(plain: Uint8Array): Partial<MessageSummary> {
  const { response } = proto.Message.EventResponseMessage.decode(plain)
  return present("text", ANSWERS[response ?? 0])
}

function readReaction(plain: Uint8Array): Partial<MessageSummary> {
  const { text } = proto.Message.ReactionMessage.decode(plain)
  return { type: "reaction", text: text ?? "" }
}

function readEdit(plain: Uint8Array): Partial<MessageSummary> {
  return summarise(proto.Message.decode(plain)) ?? {}
}

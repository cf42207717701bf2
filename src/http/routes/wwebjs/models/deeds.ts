/** Reactions, votes and receipts in the form of wwebjs' JSON models. Pure. */
import type { MessageDeeds } from "../../../../application/message-deeds.ts"
import type { MessageInfo, Receipt, ReceiptKind } from "../../../../application/message-info.ts"
import type { Person } from "../../../../application/names.ts"
import { optionHash } from "../../../../events/content.ts"
import { webJid } from "../../../../webhooks/formats/content.ts"
import { keyOf } from "../../../../webhooks/formats/wwebjs-message.ts"
import { personId, webId } from "../../../../webhooks/formats/wwebjs-ids.ts"
import type { messageModel } from "../../../../webhooks/formats/wwebjs-stored-message.ts"

/** The message that something was done to. */
export interface Target {
  readonly model: ReturnType<typeof messageModel>
  /** The account's own id. */
  readonly own: string
}

const seconds = (ms: number | null): number => Math.floor((ms ?? 0) / 1_000)

const idOf = (person: Person | null, own: string): string => (person === null ? own : webJid(personId(person)))

/** One entry for each emoji, in the order of their first use; undefined for a message without reactions. */
export const reactionList = ({ reactions }: MessageDeeds, { model, own }: Target) => {
  if (reactions.length === 0) return undefined
  return [...Map.groupBy(reactions, ({ emoji }) => emoji)].map(([emoji, given]) => ({
    id: emoji,
    aggregateEmoji: emoji,
    hasReactionByMe: given.some(({ fromMe }) => fromMe),
    senders: given.map(({ person, messageId, fromMe, at }) => {
      const senderId = idOf(person, own)
      const chat = model.id.remote
      const author = chat.endsWith("@g.us") ? senderId : null
      return {
        id: keyOf({ id: messageId ?? model.id.id, chat, fromMe, author }),
        orphan: 0,
        orphanReason: null,
        timestamp: seconds(at),
        reaction: emoji,
        read: true,
        msgId: model.id,
        senderId,
        ack: fromMe ? 1 : null
      }
    })
  }))
}

/** `options`: those of the poll, in its order. An option that the poll does not have is named by its hash. */
export const voteList = ({ votes }: MessageDeeds, { model, own }: Target, options: readonly string[]) =>
  votes.map(({ person, options: chosen, at }) => ({
    voter: idOf(person, own),
    selectedOptions: chosen.map(({ hash, name }) => {
      const localId = options.findIndex((option) => optionHash(option) === hash)
      return { name: options[localId] ?? name ?? hash, localId: localId < 0 ? null : localId }
    }),
    interractedAtTs: at ?? 0,
    parentMessage: model,
    parentMsgKey: model.id
  }))

/** Times are epoch seconds. Only voice notes and videos are played. */
export const infoModel = (info: MessageInfo, isPlayable: boolean) => {
  const listed = (kind: ReceiptKind) => info[kind].map(receiptModel)
  const remaining = (kind: ReceiptKind) => Math.max(0, info.members - info[kind].length)
  return {
    delivery: listed("delivered"),
    deliveryRemaining: remaining("delivered"),
    read: listed("read"),
    readRemaining: remaining("read"),
    played: isPlayable ? listed("played") : [],
    playedRemaining: isPlayable ? remaining("played") : 0
  }
}

const receiptModel = ({ person, at }: Receipt) => ({ id: webId(personId(person)), t: seconds(at) })

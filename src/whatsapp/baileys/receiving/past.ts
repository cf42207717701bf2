/** Messages of the history: what they say, and what people had done to them when the phone told of them. Pure. */
import type { proto, WAMessage } from "@whiskeysockets/baileys"
import { optionHash } from "../../../events/content.ts"
import type { PastMessage, ReceivedMessage, VotedOption } from "../../whatsapp.ts"
import { accountOf, type Self } from "../jid.ts"
import { base64, compact, entries, some } from "./content/bounds.ts"
import { answerIn, emojiOf } from "./content/deeds.ts"
import { translateMessage } from "./translate.ts"

/** The message with its reactions, votes and answers; or a deed that stands in the history by itself. */
export const translatePast = (given: WAMessage, self: Self) => {
  const incoming = translateMessage(given, self, true)
  return incoming?.type === "message" ? pastOf(incoming, given, self) : incoming
}

const pastOf = (message: ReceivedMessage, given: WAMessage, self: Self): PastMessage => {
  const reactions = entries(given.reactions).flatMap((reaction) => {
    const emoji = emojiOf(reaction)
    return emoji === null ? [] : [{ ...doneBy(reaction.key, reaction.senderTimestampMs, self), emoji }]
  })
  const votes = entries(given.pollUpdates).map(({ pollUpdateMessageKey, vote, senderTimestampMs }) => {
    const options = votedFor(vote, message.content.kind === "poll" ? message.content.options : [])
    return Object.assign(doneBy(pollUpdateMessageKey, senderTimestampMs, self), { options })
  })
  const answers = entries(given.eventResponses).map(({ eventResponseMessageKey, eventResponseMessage, timestampMs }) =>
    Object.assign(doneBy(eventResponseMessageKey, timestampMs, self), answerIn(eventResponseMessage ?? {}))
  )
  return {
    ...message,
    ...compact({
      secret: message.secret ?? secretOf(given),
      reactions: reactions.length > 0 ? reactions : undefined,
      votes: votes.length > 0 ? votes : undefined,
      answers: answers.length > 0 ? answers : undefined
    })
  }
}

/** Who did it, by the key of what was done, and when. */
const doneBy = (key: proto.IMessageKey | null | undefined, at: Parameters<typeof some>[0], self: Self) => {
  const { fromMe, participant, remoteJid } = key ?? {}
  const own = { jid: accountOf(self.jid), alt: self.lid ? accountOf(self.lid) : null, fromMe: true }
  const other = { jid: accountOf(participant || remoteJid || ""), alt: null, fromMe: false }
  return { ...(fromMe ? own : other), at: some(at) ?? null }
}

/** The options of a vote. It has their hashes; the poll has their texts. */
export const votedFor = (
  vote: proto.Message.IPollVoteMessage | null | undefined,
  options: readonly string[]
): readonly VotedOption[] =>
  (vote?.selectedOptions ?? []).slice(0, OPTIONS_MAX).map((bytes) => {
    const hash = Buffer.from(bytes).subarray(0, HASH_BYTES).toString("hex")
    return { hash, name: options.find((option) => optionHash(option) === hash) ?? null }
  })

const HASH_BYTES = 32
/** WhatsApp's polls have at most 12. */
const OPTIONS_MAX = 50

const secretOf = ({ messageSecret }: WAMessage): string | undefined =>
  messageSecret?.length === HASH_BYTES ? base64(messageSecret) : undefined

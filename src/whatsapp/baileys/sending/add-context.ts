/** Writes what stands beside a message's content (a quote, mentions, that it is forwarded) into the message that is sent. */
import { normalizeMessageContent, type proto } from "@whiskeysockets/baileys"
import type { MessageContext } from "../../../events/context.ts"

/** Does nothing for a message whose kind has no place for it. */
export const addContext = (message: proto.IMessage, context: MessageContext): void => {
  const content = normalizeMessageContent(message) ?? message
  const part = Object.entries(content).find(
    ([name, value]) => name.endsWith("Message") && typeof value === "object" && value !== null
  )?.[1] as { contextInfo?: proto.IContextInfo | null } | undefined
  const info = contextInfo(context)
  if (part !== undefined && Object.keys(info).length > 0) part.contextInfo = { ...part.contextInfo, ...info }
}

const contextInfo = ({
  quoted,
  mentions = [],
  mentionsAll,
  groupMentions = [],
  forwarded,
  expiresInSeconds
}: MessageContext): proto.IContextInfo => ({
  ...(quoted === undefined ? {} : quote(quoted)),
  ...(mentions.length === 0 ? {} : { mentionedJid: mentions.map(({ jid }) => jid) }),
  ...(mentionsAll === true ? { nonJidMentions: 1 } : {}),
  ...(groupMentions.length === 0
    ? {}
    : {
        groupMentions: groupMentions.map(({ group: groupJid, name: groupSubject = "" }) => ({ groupJid, groupSubject }))
      }),
  ...(forwarded === undefined ? {} : { isForwarded: true, forwardingScore: forwarded }),
  ...(expiresInSeconds === undefined ? {} : { expiration: expiresInSeconds })
})

/** Phones show the quoted message itself where they have it, and else this excerpt. */
const quote = ({ messageId, sender, excerpt, chat }: NonNullable<MessageContext["quoted"]>): proto.IContextInfo => ({
  stanzaId: messageId,
  ...(sender === null ? {} : { participant: sender.jid }),
  quotedMessage: { conversation: excerpt ?? "" },
  ...(chat === undefined ? {} : { remoteJid: chat })
})

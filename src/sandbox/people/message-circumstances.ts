/** What can be added to a message of any kind: mentions, that it was forwarded, a disappearing timer, and that it is shown once. */
import type { proto } from "@whiskeysockets/baileys"

/** What to add. */
export interface Circumstances {
  /** The jids that it mentions. */
  readonly mentions?: readonly string[]
  /** How often it was forwarded; 0 for never. */
  readonly forwardingScore?: number
  /** The disappearing timer of the chat. */
  readonly expiresInSeconds?: number
  /** Recipients may open it once. For media. */
  readonly viewOnce?: boolean
}

/** The message with these circumstances. */
export function withCircumstances(message: proto.IMessage, circumstances: Circumstances): proto.IMessage {
  const { messageContextInfo, conversation, ...rest } = message
  const { mentions, forwardingScore, expiresInSeconds, viewOnce } = circumstances
  const context = {
    ...(mentions === undefined ? {} : { mentionedJid: [...mentions] }),
    ...(forwardingScore ? { isForwarded: true, forwardingScore } : {}),
    ...(expiresInSeconds === undefined ? {} : { expiration: expiresInSeconds })
  }
  const hasContext = Object.keys(context).length > 0
  if (!hasContext && viewOnce !== true) return message
  const content: proto.IMessage = conversation ? { extendedTextMessage: { text: conversation } } : rest
  const fields = Object.entries(content) as [string, { contextInfo?: proto.IContextInfo | null }][]
  const added = Object.fromEntries(
    fields.map(([name, field]) => [
      name,
      {
        ...field,
        ...(hasContext ? { contextInfo: { ...field.contextInfo, ...context } } : {}),
        ...(viewOnce === true ? { viewOnce } : {})
      }
    ])
  ) as proto.IMessage
  const wrapped = viewOnce === true ? { viewOnceMessage: { message: added } } : added
  return messageContextInfo ? { ...wrapped, messageContextInfo } : wrapped
}

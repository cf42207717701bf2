/** What a message says, read from the events that hold it: its own, one that completed it later, and its last edit. Pure. */
import { readEvent } from "../events/catalog.ts"
import { type IncomingContent, mediaIn, type OutgoingContent } from "../events/content.ts"
import type { MessageContext } from "../events/context.ts"
import type { RecordedEvent } from "../events/envelope.ts"

export interface Said {
  readonly content: OutgoingContent | IncomingContent
  readonly context?: MessageContext
  readonly secret?: string
  /** Null for a message that was sent from here. */
  readonly sender: string | null
  readonly senderAlt: string | null
}

/** How one message is told from others in the same event. */
export interface MessageKey {
  readonly messageId: string
  readonly chat: string
  readonly sender: string
}

/** Undefined for a payload that was erased, and for events that say nothing. */
export const saidIn = (recorded: RecordedEvent | undefined, key: MessageKey): Said | undefined => {
  const event = recorded && readEvent(recorded)
  switch (event?.type) {
    case "message.queued":
      return { ...event.data, sender: null, senderAlt: null }
    case "message.received":
    case "message.resent":
    case "message.edited":
      return event.data
    case "history.synced":
      return event.data.messages.find(
        ({ messageId, chat, sender }) => messageId === key.messageId && chat === key.chat && sender === key.sender
      )
    default:
      return undefined
  }
}

/** An edited caption comes without the file that it stands under. */
export const edited = (original: Said, edit: Said): Said => {
  const context = { ...original.context, ...edit.context }
  const said = { ...original, ...(Object.keys(context).length > 0 ? { context } : {}) }
  const { content } = edit
  if (!("remote" in content) || mediaIn(content).some(({ remote }) => remote.mediaKey !== null)) {
    return { ...said, content }
  }
  const { caption } = content
  return { ...said, content: { ...original.content, ...(caption === undefined ? {} : { caption }) } }
}

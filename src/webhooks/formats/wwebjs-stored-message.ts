/** Messages as the store has them, in the form of wwebjs' JSON model (webhooks/formats/wwebjs-message.ts). Pure. */
import type { MessageView } from "../../application/chats.ts"
import type { MessageStatus } from "../../store/messages.ts"
import { webJid } from "./content.ts"
import { modelOf } from "./wwebjs-message.ts"
import { personId } from "./wwebjs-ids.ts"

/** WhatsApp Web's numbers. */
const acks: Readonly<Record<MessageStatus, number>> = {
  failed: -1,
  queued: 0,
  sent: 1,
  received: 1,
  delivered: 2,
  read: 3,
  played: 4
}

/** The device whose account it is. */
export interface Owner {
  readonly id: string
  readonly number: string | null
}

/** What stands about a message elsewhere. */
export interface MessageMarks {
  readonly hasReaction: boolean
}

const unmarked: MessageMarks = { hasReaction: false }

/** `chat`: the jid that clients know the chat by. */
export const messageModel = (message: MessageView, chat: string, device: Owner, marks: MessageMarks = unmarked) => {
  const { content, context, status, sender, fromMe } = message
  const of = webJid(chat)
  const isShared = !/@(c\.us|lid)$/.test(of)
  const author = isShared && sender !== null ? webJid(personId(sender)) : null
  const model = modelOf({
    id: message.id,
    chat: of,
    own: device.number === null ? device.id : `${device.number}@c.us`,
    fromMe,
    author,
    at: message.sentAt,
    ack: status === null ? 1 : acks[status],
    content: content ?? { kind: "text", text: "" },
    context,
    pushName: sender?.name
  })
  const { isStarred } = message
  return { ...model, ...marks, isStarred, ...(message.deletedAt === null ? {} : { type: "revoked", body: "" }) }
}

/** Posts of channels, as WhatsApp gives them, in the form of wwebjs' JSON model of messages. Pure. */
import { modelOf } from "../../../../webhooks/formats/wwebjs-message.ts"
import type { OutputOf } from "../../../../whatsapp/operations/catalog.ts"
import { ownId } from "../../../../webhooks/formats/wwebjs-ids.ts"

type Post = OutputOf<"channel.messages">["messages"][number]

export interface PostParts {
  readonly channel: string
  readonly post: Post
  /** This account wrote it. */
  readonly fromMe: boolean
  readonly device: { readonly number: string | null; readonly id: string }
}

export const postModel = ({ channel, post, fromMe, device }: PostParts) => ({
  ...modelOf({
    id: post.messageId,
    chat: channel,
    own: ownId(device),
    fromMe,
    author: null,
    at: post.sentAt,
    ack: 1,
    content: post.content
  }),
  hasReaction: post.reactions.length > 0
})

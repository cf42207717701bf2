/** Channels and their posts in the form of wwebjs' JSON models. Pure. */
import type { ChatView } from "../../../../application/chats.ts"
import { modelOf } from "../../../../webhooks/formats/wwebjs-message.ts"
import type { OutputOf } from "../../../../whatsapp/operations/catalog.ts"
import type { ChannelInfo } from "../../../../whatsapp/operations/channels.ts"
import { muteOf } from "./chat.ts"
import { ownId, webId } from "./ids.ts"
import type { messageModel } from "./message.ts"

type Post = OutputOf<"channel.messages">["messages"][number]

/** WhatsApp's numbers of what followers may react with. */
const reactionCodes = { none: 0, basic: 1, all: 2 } as const

export const reactionsOfCode = (code: number) =>
  (["none", "basic", "all"] as const).find((name) => reactionCodes[name] === code)

const seconds = (ms: number | null): number | undefined => (ms === null ? undefined : Math.floor(ms / 1_000))

export const inviteLinkOf = (code: string): string => `https://whatsapp.com/channel/${code}`

export interface ChannelParts {
  readonly info: ChannelInfo
  /** Undefined for a channel of which no post is known. */
  readonly chat: ChatView | undefined
  readonly lastMessage: ReturnType<typeof messageModel> | undefined
}

export const channelModel = ({ info, chat, lastMessage }: ChannelParts, now: number) => {
  const isMuted = info.muted ?? muteOf(chat?.mutedUntil ?? null, now).isMuted
  return {
    channelMetadata: {
      id: webId(info.channel),
      name: info.name,
      description: info.description ?? "",
      createdAtTs: seconds(info.createdAt),
      inviteCode: info.inviteCode,
      inviteLink: info.inviteCode === null ? undefined : inviteLinkOf(info.inviteCode),
      subscribersCount: info.subscribers,
      verified: info.verified,
      membershipType: info.role,
      pictureUrl: info.pictureUrl,
      reactionCodes: info.reactions === null ? null : reactionCodes[info.reactions]
    },
    id: webId(info.channel),
    name: info.name,
    description: info.description ?? "",
    isChannel: true,
    isGroup: false,
    isReadOnly: info.role !== "owner" && info.role !== "admin",
    unreadCount: chat?.unread ?? 0,
    timestamp: seconds(chat?.activeAt ?? info.createdAt) ?? 0,
    isMuted,
    muteExpiration: isMuted ? -1 : 0,
    ...(lastMessage === undefined ? {} : { lastMessage })
  }
}

export interface PostParts {
  readonly channel: string
  readonly post: Post
  /** This account wrote it. */
  readonly fromMe: boolean
  readonly device: { readonly number: string | null; readonly id: string }
}

/** A post as WhatsApp gives it. */
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

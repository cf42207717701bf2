/** A channel as tests and the control API see it: all that the server knows. */
import { proto } from "@whiskeysockets/baileys"
import type { Channel, ChannelPost, Follower } from "../state/channels.ts"
import { type MessageSummary, summarise } from "./message-summary.ts"

/** One post. One that was deleted has only its numbers and counts. */
export interface PostView extends Partial<MessageSummary> {
  readonly id: string
  readonly serverId: string
  /** Number of the author. */
  readonly author: string
  /** The emoji of each account that reacted, by number. */
  readonly reactions: Readonly<Record<string, string>>
  /** Numbers of the accounts that have seen it. */
  readonly viewers: readonly string[]
}

export interface ChannelView {
  readonly id: string
  readonly invite: string
  readonly name: string
  readonly description: string
  readonly hasPicture: boolean
  readonly reactions: string
  readonly followers: Readonly<Record<string, Follower>>
  readonly posts: readonly PostView[]
}

export function viewOf(channel: Channel): ChannelView {
  const { id, invite, name, description, pictureId, reactions, followers, posts } = channel
  return {
    id,
    invite,
    name: name.text,
    description: description.text,
    hasPicture: pictureId !== undefined,
    reactions,
    followers: Object.fromEntries(followers),
    posts: posts.map((post) => postView(post))
  }
}

function postView({ id, serverId, author, content, reactions, viewers }: ChannelPost): PostView {
  const summary = content === undefined ? {} : summarise(proto.Message.decode(content))
  const counts = { reactions: Object.fromEntries(reactions), viewers: [...viewers] }
  return { ...summary, id, serverId: String(serverId), author, ...counts }
}

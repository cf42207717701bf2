/**
 * The channels of the network, which the protocol calls newsletters: their followers, settings and posts. This file holds
 * data that survives; what an account may do to a channel is in routing/channel-operations.ts, posts are in
 * routing/channel-posts.ts.
 */
import type { Account } from "./account.ts"
import type { State } from "./store.ts"

/** The role of a follower. An account that does not follow the channel is a guest. */
export type FollowerRole = "owner" | "admin" | "subscriber"

/** With which emojis followers may react: any, the six of WhatsApp, or none. */
export const REACTION_SETTINGS = ["ALL", "BASIC", "NONE"] as const
export type ReactionSetting = (typeof REACTION_SETTINGS)[number]

/** One follower. */
export interface Follower {
  role: FollowerRole
  muted: boolean
}

/** One post. The server can read it. */
export interface ChannelPost {
  readonly id: string
  /** Its number in the channel, from 100 on. */
  readonly serverId: number
  readonly type: string
  /** Unix seconds. */
  readonly at: number
  /** Number of the author. Followers are not told. */
  readonly author: string
  /** The encoded Message; undefined after it was deleted. */
  content: Uint8Array | undefined
  /** The emoji of each account that reacted, by number. */
  readonly reactions: Map<string, string>
  /** Numbers of the accounts that have seen it. */
  readonly viewers: Set<string>
}

/** A text of a channel, and when it was last changed in unix microseconds. */
export interface ChannelText {
  readonly text: string
  readonly at: number
}

/** What survives of a channel. Change a field, then call `Channels.save`. */
export interface Channel {
  /** `<digits>@newsletter` */
  readonly id: string
  /** The code of its link, `https://whatsapp.com/channel/<code>`. */
  readonly invite: string
  /** Unix seconds. */
  readonly createdAt: number
  name: ChannelText
  description: ChannelText
  /** Pictures have an id but no bytes, as those of accounts. */
  pictureId: string | undefined
  reactions: ReactionSetting
  /** By number. */
  readonly followers: Map<string, Follower>
  /** The last posts, oldest first. */
  readonly posts: ChannelPost[]
  nextServerId: number
}

const POSTS_MAX = 500

/** Every channel of the network. */
export class Channels {
  readonly #state: State
  readonly #channels = new Map<string, Channel>()

  /** Loads what survived. */
  constructor(state: State) {
    this.#state = state
    for (const [id, channel] of state.rows("channel")) this.#channels.set(id, channel as Channel)
  }

  all(): Channel[] {
    return [...this.#channels.values()]
  }

  get(id: string | undefined): Channel | undefined {
    return id === undefined ? undefined : this.#channels.get(id)
  }

  byInvite(code: string | undefined): Channel | undefined {
    return this.all().find(({ invite }) => invite === code)
  }

  /** Saves a channel, new or changed. */
  save(channel: Channel): void {
    this.#channels.set(channel.id, channel)
    this.#state.put("channel", channel.id, channel)
  }

  /** Adds a post. Of more than 500 the oldest is dropped. */
  addPost(channel: Channel, post: ChannelPost): void {
    channel.posts.push(post)
    if (channel.posts.length > POSTS_MAX) channel.posts.shift()
    this.save(channel)
  }

  remove({ id }: Channel): void {
    this.#channels.delete(id)
    this.#state.remove("channel", id)
  }
}

/** The role of an account in a channel. */
export function roleOf(channel: Channel, { number }: Account): FollowerRole | "guest" {
  return channel.followers.get(number)?.role ?? "guest"
}

/** Whether an account may post and change the channel. */
export function mayManage(channel: Channel, account: Account): boolean {
  const role = roleOf(channel, account)
  return role === "owner" || role === "admin"
}

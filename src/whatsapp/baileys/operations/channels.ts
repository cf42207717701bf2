/** Channels (newsletters). One that the account owns or follows is listed among its chats. */
import { QueryIds, XWAPaths } from "@whiskeysockets/baileys"
import { FOR_EVER } from "../../../events/chat.ts"
import type { ChannelInfo, channelOperations } from "../../operations/channels.ts"
import { done } from "../../operations/fields.ts"
import { addressOf, chatNamed } from "./addressing.ts"
import { channelInfo } from "../roster/channel-info.ts"
import { readPosts } from "./channel-posts.ts"
import { askGraph, type Json } from "../queries/graphql.ts"
import type { Handler, HandlersOf, OperationContext } from "./handler.ts"
import { profilePicture } from "./picture.ts"
import { refused } from "./refusals.ts"

type Names = (typeof channelOperations)[number]["name"]
type OnlyChannel = Extract<
  Names,
  "channel.follow" | "channel.unfollow" | "channel.delete" | "channel.mute" | "channel.unmute"
>

/** Baileys has it in newsletter.js, not in XWAPaths. */
const UPDATE_PATH = "xwa2_newsletter_update"
const NOT_FOUND = 404

export const channelHandlers: HandlersOf<typeof channelOperations> = {
  "channel.list": async ({ channels }, context) => {
    const found: ChannelInfo[] = []
    // One after the other: WhatsApp refuses accounts that ask too much at once.
    for (const channel of channels) found.push(...(await foundOf(context, channel)))
    return { channels: found }
  },
  "channel.get": ({ channel }, context) => infoOf(context, "channel.get", "JID", channel),
  "channel.by_invite": ({ code }, context) => infoOf(context, "channel.by_invite", "INVITE", code),
  "channel.create": async ({ name, description = null, picture }, context) => {
    // Made before the channel is: a file that is no picture creates nothing.
    const made = picture && (await profilePicture(context, picture))
    const variables = { input: { name, description } }
    const path = XWAPaths.xwa2_newsletter_create
    const given = await askGraph(context.socket, { operation: "channel.create", id: QueryIds.CREATE, path, variables })
    const info = requireInfo("channel.create", given)
    listed(context, info)
    if (made === undefined) return info
    await setPicture(context, "channel.create", info.channel, made)
    return infoOf(context, "channel.create", "JID", info.channel)
  },
  "channel.follow": async ({ channel }, context) => {
    await change(context, "channel.follow", channel)
    listed(context, await infoOf(context, "channel.follow", "JID", channel))
    return done
  },
  "channel.unfollow": async ({ channel }, context) => {
    await change(context, "channel.unfollow", channel)
    return unlisted(context, channel)
  },
  "channel.delete": async ({ channel }, context) => {
    await change(context, "channel.delete", channel)
    return unlisted(context, channel)
  },
  "channel.mute": async ({ channel }, context) => {
    await change(context, "channel.mute", channel)
    return muted(context, channel, FOR_EVER)
  },
  "channel.unmute": async ({ channel }, context) => {
    await change(context, "channel.unmute", channel)
    return muted(context, channel, null)
  },
  "channel.set": async ({ channel, name, description, reactions }, context) => {
    await update(context, "channel.set", channel, {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      settings: reactions === undefined ? null : { reaction_codes: { value: reactions.toUpperCase() } }
    })
    if (name !== undefined) context.changed([{ type: "chat", chat: { ...chatNamed(channel), name } }])
    return done
  },
  "channel.set_picture": async ({ channel, picture }, context) => {
    await setPicture(context, "channel.set_picture", channel, await profilePicture(context, picture))
    return done
  },
  "channel.remove_picture": async ({ channel }, context) => {
    await update(context, "channel.remove_picture", channel, { picture: "", settings: null })
    return done
  },
  "channel.change_owner": (input, context) => changeRole(context, "channel.change_owner", input),
  "channel.demote": (input, context) => changeRole(context, "channel.demote", input),
  "channel.messages": async ({ channel, limit, before }, { socket }) => ({
    messages: await readPosts(socket, channel, limit, before)
  })
}

const changes: Readonly<Record<OnlyChannel, readonly [id: string, path: string]>> = {
  "channel.follow": [QueryIds.FOLLOW, XWAPaths.xwa2_newsletter_join_v2],
  "channel.unfollow": [QueryIds.UNFOLLOW, XWAPaths.xwa2_newsletter_leave_v2],
  "channel.delete": [QueryIds.DELETE, XWAPaths.xwa2_newsletter_delete_v2],
  "channel.mute": [QueryIds.MUTE, XWAPaths.xwa2_newsletter_mute_v2],
  "channel.unmute": [QueryIds.UNMUTE, XWAPaths.xwa2_newsletter_unmute_v2]
}

const change = (context: OperationContext, operation: OnlyChannel, channel: string): Promise<Json> => {
  const [id, path] = changes[operation]
  return askGraph(context.socket, { operation, id, path, variables: { newsletter_id: channel } })
}

const setPicture = (context: OperationContext, operation: Names, channel: string, jpeg: Buffer): Promise<Json> =>
  update(context, operation, channel, { picture: jpeg.toString("base64"), settings: null })

const update = (context: OperationContext, operation: Names, channel: string, updates: Json): Promise<Json> =>
  askGraph(context.socket, {
    operation,
    id: QueryIds.UPDATE_METADATA,
    path: UPDATE_PATH,
    variables: { newsletter_id: channel, updates }
  })

const roles = {
  "channel.change_owner": [QueryIds.CHANGE_OWNER, XWAPaths.xwa2_newsletter_change_owner],
  "channel.demote": [QueryIds.DEMOTE, XWAPaths.xwa2_newsletter_demote]
} as const

const changeRole = async (
  context: OperationContext,
  operation: keyof typeof roles,
  { channel, person }: Parameters<Handler<"channel.demote">>[0]
) => {
  const [id, path] = roles[operation]
  const variables = { newsletter_id: channel, user_id: await addressOf(context, person) }
  await askGraph(context.socket, { operation, id, path, variables })
  return done
}

const infoOf = async (
  context: OperationContext,
  operation: Names,
  type: "JID" | "INVITE",
  key: string
): Promise<ChannelInfo> => {
  const given = await askGraph(context.socket, {
    operation,
    id: QueryIds.METADATA,
    path: XWAPaths.xwa2_newsletter_metadata,
    variables: { fetch_creation_time: true, fetch_full_image: true, fetch_viewer_metadata: true, input: { key, type } }
  })
  return requireInfo(operation, given)
}

/** WhatsApp puts the channel into `result` for some accounts (newsletter.js parseNewsletterMetadata). */
const requireInfo = (operation: Names, given: Json): ChannelInfo => {
  const info = channelInfo(given) ?? channelInfo((given.result ?? {}) as Json)
  if (info === undefined) throw refused(operation, NOT_FOUND)
  return info
}

/** Nothing for a channel that is gone. */
const foundOf = async (context: OperationContext, channel: string): Promise<readonly ChannelInfo[]> => {
  try {
    return [await infoOf(context, "channel.list", "JID", channel)]
  } catch (failure) {
    if ((failure as { readonly whatsappCode?: unknown }).whatsappCode === NOT_FOUND) return []
    throw failure
  }
}

/** As a chat, at the top: it is new there, whenever its last post was. */
const listed = (context: OperationContext, { channel, name }: ChannelInfo): void =>
  context.changed([{ type: "chat", chat: { ...chatNamed(channel), name, lastMessageAt: Date.now() } }])

const unlisted = (context: OperationContext, channel: string) => {
  context.changed([{ type: "chat_deleted", ...chatNamed(channel) }])
  return done
}

const muted = (context: OperationContext, channel: string, mutedUntil: number | null) => {
  context.changed([{ type: "chat", chat: { ...chatNamed(channel), mutedUntil } }])
  return done
}

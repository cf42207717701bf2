/**
 * Queries about channels: those of GraphQL (Baileys newsletter.js), and those for posts and live updates (xmlns newsletter). Posts are
 * asked for in two ways: `<message_updates count since after>` to the channel (newsletter.js newsletterFetchMessages), and
 * `<messages type=jid|invite count before>` to the server (whatsmeow newsletter.go GetNewsletterMessages).
 */
import { QueryIds, XWAPaths } from "@whiskeysockets/baileys"
import { type ChannelChanges, type ChannelOperations, ChannelRefusal } from "../routing/channel-operations.ts"
import { type ChannelPosts, LIVE_SECONDS } from "../routing/channel-posts.ts"
import { channelWords, postsNode, subscribersOf, viewerWords } from "../routing/channel-stanzas.ts"
import { type Channel, type ChannelPost, type ReactionSetting } from "../state/channels.ts"
import type { Device } from "../state/device.ts"
import { element } from "../wire/stanza.ts"
import { IqRefusal } from "../request-errors.ts"
import { type MexQueries, type MexQuery, objectIn, textIn, type Variables } from "./mex.ts"
import type { IqRegistry, IqRequest } from "./registry.ts"

/** What queries about channels need. */
export interface ChannelQueryParts {
  readonly channelOperations: ChannelOperations
  readonly channelPosts: ChannelPosts
}

/** Baileys has the path of this query in newsletter.js, not in XWAPaths. */
const UPDATE_PATH = "xwa2_newsletter_update"
const PAGE_MAX = 100

/** The GraphQL queries, by their ids. */
export function channelQueries({ channelOperations: channels }: ChannelQueryParts): MexQueries {
  const words = ({ account }: Device, channel: Channel) => channelWords(channel, account)
  const relation = ({ account }: Device, channel: Channel) => ({
    id: channel.id,
    state: { type: "ACTIVE" },
    viewer_metadata: viewerWords(channel, account)
  })
  return new Map([
    query(QueryIds.CREATE, XWAPaths.xwa2_newsletter_create, (by, variables) => {
      const input = objectIn(variables, "input")
      return words(by, channels.create(by, textIn(input, "name") ?? "", textIn(input, "description")))
    }),
    query(QueryIds.UPDATE_METADATA, UPDATE_PATH, (by, variables) =>
      words(by, channels.update(by, idIn(variables), changesIn(objectIn(variables, "updates"))))
    ),
    query(QueryIds.METADATA, XWAPaths.xwa2_newsletter_metadata, (by, variables) => {
      const input = objectIn(variables, "input")
      const kind = textIn(input, "type") === "INVITE" ? "invite" : "jid"
      return words(by, channels.find(textIn(input, "key"), kind))
    }),
    query(QueryIds.SUBSCRIBERS, XWAPaths.xwa2_newsletter_subscribers, (by, variables) => ({
      subscribers: subscribersOf(channels.forAdmin(by, idIn(variables)))
    })),
    query(QueryIds.ADMIN_COUNT, XWAPaths.xwa2_newsletter_admin_count, (by, variables) => ({
      admin_count: administratorsOf(channels.forAdmin(by, idIn(variables)))
    })),
    query(QueryIds.FOLLOW, XWAPaths.xwa2_newsletter_join_v2, (by, variables) =>
      relation(by, channels.follow(by, idIn(variables)))
    ),
    query(QueryIds.UNFOLLOW, XWAPaths.xwa2_newsletter_leave_v2, (by, variables) =>
      relation(by, channels.unfollow(by, idIn(variables)))
    ),
    query(QueryIds.MUTE, XWAPaths.xwa2_newsletter_mute_v2, (by, variables) =>
      relation(by, channels.mute(by, idIn(variables), true))
    ),
    query(QueryIds.UNMUTE, XWAPaths.xwa2_newsletter_unmute_v2, (by, variables) =>
      relation(by, channels.mute(by, idIn(variables), false))
    ),
    query(QueryIds.CHANGE_OWNER, XWAPaths.xwa2_newsletter_change_owner, (by, variables) =>
      idOf(channels.changeOwner(by, idIn(variables), textIn(variables, "user_id") ?? ""))
    ),
    query(QueryIds.DEMOTE, XWAPaths.xwa2_newsletter_demote, (by, variables) =>
      idOf(channels.demote(by, idIn(variables), textIn(variables, "user_id") ?? ""))
    ),
    query(QueryIds.DELETE, XWAPaths.xwa2_newsletter_delete_v2, (by, variables) => ({
      ...idOf(channels.delete(by, idIn(variables))),
      state: { type: "DELETED" }
    }))
  ])
}

/** Registers the handler of newsletter. */
export function registerChannelQueries(registry: IqRegistry, parts: ChannelQueryParts): void {
  registry.on("newsletter", (request) => {
    try {
      return answerPosts(parts, request)
    } catch (error) {
      if (error instanceof ChannelRefusal) throw new IqRefusal(String(error.code), error.message)
      throw error
    }
  })
}

function answerPosts({ channelOperations, channelPosts }: ChannelQueryParts, request: IqRequest): boolean {
  const { stanza, first, device, answer } = request
  const { to } = stanza.attrs
  if (first.tag === "live_updates") {
    channelPosts.subscribe(device, channelOperations.find(to))
    answer([element("live_updates", { duration: String(LIVE_SECONDS) })])
  } else if (first.tag === "message_updates") {
    const channel = channelOperations.find(to)
    answer([element("message_updates", {}, [postsNode(channel, page(channel, first.attrs), device.account)])])
  } else if (first.tag === "messages") {
    const { type, jid, key } = first.attrs
    const channel = type === "invite" ? channelOperations.find(key, "invite") : channelOperations.find(jid)
    answer([postsNode(channel, page(channel, first.attrs), device.account)])
  } else return false
  return true
}

/** The oldest posts after a number, or else the newest; `since` in unix seconds. */
function page({ posts }: Channel, attrs: Readonly<Record<string, string>>): ChannelPost[] {
  const { count, since = "0", after, before = "Infinity" } = attrs
  const found = posts.filter(
    ({ at, serverId }) => at >= Number(since) && serverId > Number(after ?? 0) && serverId < Number(before)
  )
  const size = Math.min(Number(count) || PAGE_MAX, PAGE_MAX)
  return after === undefined ? found.slice(-size) : found.slice(0, size)
}

function changesIn(updates: Variables): ChannelChanges {
  const name = textIn(updates, "name")
  const description = textIn(updates, "description")
  const picture = textIn(updates, "picture")
  const reactions = textIn(objectIn(objectIn(updates, "settings"), "reaction_codes"), "value")
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(picture === undefined ? {} : { picture: Buffer.from(picture, "base64") }),
    ...(reactions === undefined ? {} : { reactions: reactions as ReactionSetting })
  }
}

function administratorsOf({ followers }: Channel): number {
  return [...followers.values()].filter(({ role }) => role !== "subscriber").length
}

function idIn(variables: Variables): string | undefined {
  return textIn(variables, "newsletter_id")
}

function idOf({ id }: Channel): object {
  return { id }
}

function query(id: string, path: string, run: MexQuery["run"]): [string, MexQuery] {
  return [id, { path, run }]
}

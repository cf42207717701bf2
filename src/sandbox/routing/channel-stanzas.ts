/**
 * Channels and posts as answers and stanzas show them. The JSON is that of WhatsApp's GraphQL (Baileys newsletter.js
 * parseNewsletterCreateResponse and Types/Mex.d.ts; whatsmeow types/newsletter.go), the posts are those of whatsmeow's
 * newsletter.go parseNewsletterMessages.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import { type Channel, type ChannelPost, type ChannelText, roleOf } from "../state/channels.ts"
import { element, unixSeconds } from "../wire/stanza.ts"

/** What an account sees of a channel. */
export function channelWords(channel: Channel, viewer: Account): object {
  const { id, invite, createdAt, name, description, pictureId, reactions } = channel
  const shown = (type: string) => ({
    id: pictureId ?? "",
    type,
    direct_path: pictureId === undefined ? "" : `/v/channel/${pictureId}`
  })
  return {
    id,
    state: { type: "ACTIVE" },
    thread_metadata: {
      creation_time: String(createdAt),
      name: textWords(name),
      description: textWords(description),
      handle: null,
      invite,
      picture: shown("IMAGE"),
      preview: shown("PREVIEW"),
      settings: { reaction_codes: { value: reactions } },
      subscribers_count: String(subscribersOf(channel)),
      verification: "UNVERIFIED"
    },
    viewer_metadata: viewerWords(channel, viewer)
  }
}

/** The relation of an account to a channel. */
export function viewerWords(channel: Channel, viewer: Account): object {
  const muted = channel.followers.get(viewer.number)?.muted === true
  return { mute: muted ? "ON" : "OFF", role: roleOf(channel, viewer).toUpperCase() }
}

/** How many accounts follow a channel, its owner aside. */
export function subscribersOf({ followers }: Channel): number {
  return [...followers.values()].filter(({ role }) => role !== "owner").length
}

/** `<messages jid t>` with posts, as a follower asks for them. */
export function postsNode({ id: jid }: Channel, posts: readonly ChannelPost[], viewer: Account): BinaryNode {
  const nodes = posts.map((post) => {
    const { id, serverId, type, at, author, content } = post
    const attrs = { id, server_id: String(serverId), type, t: String(at), is_sender: isSender(author, viewer) }
    const plaintext = content === undefined ? [] : [element("plaintext", {}, content)]
    return element("message", attrs, [...plaintext, ...countNodes(post)])
  })
  return element("messages", { jid, t: unixSeconds() }, nodes)
}

/** How many have seen a post, and how many have reacted with which emoji. */
export function countNodes({ viewers, reactions }: ChannelPost): BinaryNode[] {
  const counts = new Map<string, number>()
  for (const code of reactions.values()) counts.set(code, (counts.get(code) ?? 0) + 1)
  const nodes = [...counts].map(([code, count]) => element("reaction", { code, count: String(count) }))
  return [element("views_count", { count: String(viewers.size) }), element("reactions", {}, nodes)]
}

function isSender(author: string, viewer: Account): "true" | undefined {
  return author === viewer.number ? "true" : undefined
}

function textWords({ text, at }: ChannelText): object {
  return { id: String(at), text, update_time: String(at) }
}

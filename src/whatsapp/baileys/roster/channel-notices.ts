/**
 * Hears that the owner follows, leaves or mutes a channel on the phone, and that a channel was renamed or deleted. Baileys raises none of
 * it. The operations and paths are those of whatsmeow's notification.go (handleMexNotification) and types/newsletter.go.
 */
import { type BinaryNode, getBinaryNodeChild, type WASocket } from "@whiskeysockets/baileys"
import { FOR_EVER } from "../../../events/chat.ts"
import type { RosterChange } from "../../roster.ts"
import { accountOf } from "../jid.ts"
import { type Json, objectOf, textOf } from "../queries/graphql.ts"
import { channelInfo } from "./channel-info.ts"
import type { RosterFeed } from "./roster-feed.ts"

export const hearChannels = (socket: WASocket, feed: RosterFeed): void => {
  socket.ws.on("CB:notification,type:mex", (notification: BinaryNode) => feed.add(changesIn(notification, Date.now())))
}

const changesIn = (notification: BinaryNode, now: number): readonly RosterChange[] => {
  const { content } = getBinaryNodeChild(notification, "update") ?? {}
  if (!(content instanceof Uint8Array)) return []
  return Object.entries(dataIn(content)).flatMap(([path, given]) => {
    const about = objectOf(given)
    const id = textOf(about.id)
    const change = changes[path]
    return id === null || change === undefined
      ? []
      : [change({ chat: accountOf(id), chatAlt: null }, about, now)].flat()
  })
}

const dataIn = (bytes: Uint8Array): Json => {
  try {
    return objectOf(objectOf(JSON.parse(Buffer.from(bytes).toString())).data)
  } catch {
    return {}
  }
}

interface Named {
  readonly chat: string
  readonly chatAlt: null
}

const changes: Readonly<Record<string, (named: Named, about: Json, now: number) => readonly RosterChange[]>> = {
  xwa2_notify_newsletter_on_join: (named, about, now) => [
    { type: "chat", chat: { ...named, name: channelInfo(about)?.name ?? null, lastMessageAt: now } }
  ],
  xwa2_notify_newsletter_on_leave: (named) => [{ type: "chat_deleted", ...named }],
  xwa2_notify_newsletter_on_mute_change: (named, { mute }) => [
    { type: "chat", chat: { ...named, mutedUntil: mute === "ON" ? FOR_EVER : null } }
  ],
  xwa2_notify_newsletter_on_metadata_update: (named, about) => {
    const name = channelInfo(about)?.name
    return name ? [{ type: "chat", chat: { ...named, name } }] : []
  },
  xwa2_notify_newsletter_on_state_change: (named, { state }) =>
    objectOf(state).type === "DELETED" ? [{ type: "chat_deleted", ...named }] : []
}

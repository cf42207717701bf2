/** A channel as WhatsApp describes it (whatsmeow's types/newsletter.go has the same fields). Pure. */
import type { ChannelInfo } from "../../operations/channels.ts"
import { boundedName } from "../jid.ts"
import { type Json, numberOf, objectOf, textOf } from "../queries/graphql.ts"

const PICTURES = "https://pps.whatsapp.net"

/** Undefined for an answer without a channel. */
export const channelInfo = (given: Json): ChannelInfo | undefined => {
  const id = textOf(given.id)
  if (id === null) return undefined
  const thread = objectOf(given.thread_metadata)
  const viewer = objectOf(given.viewer_metadata)
  const createdAt = numberOf(thread.creation_time)
  return {
    channel: boundedName(id),
    name: textOf(objectOf(thread.name).text) ?? "",
    description: textOf(objectOf(thread.description).text),
    inviteCode: textOf(thread.invite),
    subscribers: numberOf(thread.subscribers_count),
    verified: thread.verification === "VERIFIED",
    createdAt: createdAt === null ? null : createdAt * 1_000,
    pictureUrl: pictureUrl(objectOf(thread.picture)) ?? pictureUrl(objectOf(thread.preview)),
    reactions: reactionsOf(objectOf(objectOf(thread.settings).reaction_codes).value),
    role: roleOf(viewer.role),
    muted: viewer.mute === undefined ? null : viewer.mute === "ON"
  }
}

const pictureUrl = ({ url, direct_path: path }: Json): string | null => {
  const at = textOf(path)
  return textOf(url) ?? (at === null ? null : `${PICTURES}${at}`)
}

const lower = (value: unknown): string => (typeof value === "string" ? value.toLowerCase() : "")

const reactionsOf = (value: unknown): ChannelInfo["reactions"] => {
  const name = lower(value)
  return name === "all" || name === "basic" || name === "none" ? name : null
}

const roleOf = (value: unknown): ChannelInfo["role"] => {
  const name = lower(value)
  return name === "owner" || name === "admin" || name === "subscriber" || name === "guest" ? name : null
}

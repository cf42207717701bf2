/** Channels in the form of wwebjs' JSON model. Pure. */
import type { ChannelInfo } from "../../../../whatsapp/operations/channels.ts"
import { webId } from "../../../../webhooks/formats/wwebjs-ids.ts"

const INVITATION = "https://whatsapp.com/channel/"

export const inviteLinkOf = (code: string | null): string | undefined =>
  code === null ? undefined : `${INVITATION}${code}`

const seconds = (ms: number | null): number | undefined => (ms === null ? undefined : Math.floor(ms / 1_000))

export const channelModel = (info: ChannelInfo) => {
  const { channel, name, description, inviteCode, subscribers, verified, createdAt, pictureUrl, reactions, role } = info
  const isMuted = info.muted ?? false
  return {
    channelMetadata: {
      id: channel,
      name,
      description: description ?? "",
      creationTime: seconds(createdAt),
      inviteCode: inviteCode ?? undefined,
      inviteLink: inviteLinkOf(inviteCode),
      size: subscribers ?? undefined,
      verified,
      membershipType: role ?? undefined,
      picture: pictureUrl ?? undefined,
      reactionCodesSetting: reactions ?? undefined
    },
    id: webId(channel),
    name,
    description: description ?? "",
    isChannel: true,
    isGroup: false,
    isReadOnly: role !== "owner" && role !== "admin",
    unreadCount: 0,
    timestamp: seconds(createdAt),
    isMuted,
    muteExpiration: isMuted ? -1 : 0
  }
}

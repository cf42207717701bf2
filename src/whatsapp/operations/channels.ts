/** Channels (newsletters): one side writes, everyone may follow. */
import { Schema } from "effect"
import { IncomingContent } from "../../events/content.ts"
import { Channel, Done, Flag, InviteCode, optional, Person, Picture, textUpTo, Time } from "./fields.ts"
import { change, read } from "./operation.ts"

/** `inviteCode` leads to it. `reactions`: which ones followers may give. */
export const ChannelInfo = Schema.Struct({
  channel: Schema.String,
  name: Schema.String,
  description: Schema.NullOr(Schema.String),
  inviteCode: Schema.NullOr(Schema.String),
  subscribers: Schema.NullOr(Schema.Int),
  verified: Flag,
  createdAt: Schema.NullOr(Time),
  pictureUrl: Schema.NullOr(Schema.String),
  reactions: Schema.NullOr(Schema.Literals(["all", "basic", "none"])),
  /** What this account is in it. */
  role: Schema.NullOr(Schema.Literals(["owner", "admin", "subscriber", "guest"])),
  muted: Schema.NullOr(Flag)
})
export type ChannelInfo = typeof ChannelInfo.Type

/** `serverId`: the number of the message in its channel. */
export const ChannelMessage = Schema.Struct({
  messageId: Schema.String,
  serverId: Schema.Int,
  sentAt: Time,
  views: Schema.NullOr(Schema.Int),
  reactions: Schema.Array(Schema.Struct({ emoji: Schema.String, count: Schema.Int })),
  content: IncomingContent
})

/** Channels that are asked for at once. */
export const CHANNELS_MAX = 50

const channel = { channel: Channel }
const onlyChannel = <const Name extends string>(name: Name, doc: string) =>
  change(name, { fields: channel, output: Done, doc })

export const channelOperations = [
  read("channel.list", {
    fields: { channels: Schema.Array(Channel).check(Schema.isMaxLength(CHANNELS_MAX)) },
    output: Schema.Struct({ channels: Schema.Array(ChannelInfo) }),
    doc: "Gets the channels that the account owns or follows, as its chats have them."
  }),
  read("channel.get", { fields: channel, output: ChannelInfo, doc: "Gets a channel." }),
  read("channel.by_invite", {
    fields: { code: InviteCode },
    output: ChannelInfo,
    doc: "Gets the channel of an invitation."
  }),
  change("channel.create", {
    fields: { name: textUpTo(100), description: optional(textUpTo(2_048)), picture: optional(Picture) },
    output: ChannelInfo,
    unrecorded: ["picture"],
    doc: "Creates a channel."
  }),
  onlyChannel("channel.follow", "Follows a channel."),
  onlyChannel("channel.unfollow", "Follows a channel no longer."),
  onlyChannel("channel.mute", "Mutes a channel."),
  onlyChannel("channel.unmute", "Unmutes a channel."),
  onlyChannel("channel.delete", "Deletes a channel that the account owns."),
  change("channel.set", {
    fields: {
      ...channel,
      name: optional(textUpTo(100)),
      description: optional(Schema.String.check(Schema.isMaxLength(2_048))),
      reactions: optional(Schema.Literals(["all", "basic", "none"]))
    },
    output: Done,
    doc: "Changes a channel: what is given."
  }),
  change("channel.set_picture", {
    fields: { ...channel, picture: Picture },
    output: Done,
    unrecorded: ["picture"],
    doc: "Changes a channel's picture."
  }),
  onlyChannel("channel.remove_picture", "Removes a channel's picture."),
  change("channel.change_owner", {
    fields: { ...channel, person: Person },
    output: Done,
    doc: "Gives a channel to another of its administrators."
  }),
  change("channel.demote", {
    fields: { ...channel, person: Person },
    output: Done,
    doc: "Takes the rank of administrator of a channel from a person."
  }),
  read("channel.messages", {
    fields: {
      ...channel,
      limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 })),
      /** Of messages before this one. */
      before: optional(Schema.Int)
    },
    output: Schema.Struct({ messages: Schema.Array(ChannelMessage) }),
    doc: "Reads the newest messages of a channel, the newest first, from WhatsApp."
  })
] as const

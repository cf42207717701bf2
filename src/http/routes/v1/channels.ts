/** /v1/devices/:id/channels: channels that the account owns or follows, and the posts in them. POST …/messages posts. */
import { Effect, Schema } from "effect"
import { channelsOf } from "../../../application/chats.ts"
import { findDevice } from "../../../application/device-access.ts"
import { operate } from "../../../application/operations.ts"
import { ChannelMessage, CHANNELS_MAX } from "../../../whatsapp/operations/channels.ts"
import { Channel } from "../../../whatsapp/operations/fields.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { ContentModel, contentModel } from "./content-model.ts"
import { DeviceParams, limitUpTo, NoFields } from "./fields.ts"
import { iso } from "./models.ts"
import { operationFailures, operationRoute } from "./operation-route.ts"

const tag = "Channels"
const id = EXAMPLE.number
const own = { id, channel: EXAMPLE.channel }
const followed = { id, channel: EXAMPLE.followedChannel }
const PAGE_MAX = 100
const PAGE_DEFAULT = 20

const { content: _content, sentAt: _sentAt, ...numbers } = ChannelMessage.fields
const PostModel = Schema.Struct({
  ...numbers,
  sentAt: Schema.NullOr(Schema.String).annotate({ description: "ISO 8601, or null." }),
  content: ContentModel
}).annotate({ identifier: "ChannelMessage" })

const postModel = ({ content, sentAt, ...post }: typeof ChannelMessage.Type): typeof PostModel.Encoded => ({
  ...post,
  sentAt: iso(sentAt),
  content: contentModel(content)
})

export const channelRoutes: readonly Route[] = [
  operationRoute({
    id: "listChannels",
    method: "GET",
    path: "/channels",
    operation: "channel.list",
    tag,
    description: `Those among the device's chats, at most ${CHANNELS_MAX}: the last active first.`,
    input: (_, { deviceNumber }) => Effect.map(channelsOf(deviceNumber, CHANNELS_MAX), (channels) => ({ channels })),
    examples: [{ params: { id }, status: 200 }]
  }),
  operationRoute({
    id: "createChannel",
    method: "POST",
    path: "/channels",
    operation: "channel.create",
    tag,
    examples: [{ params: { id }, body: { name: "Ofertas", description: "Cada lunes" }, status: 200 }]
  }),
  operationRoute({
    id: "getChannel",
    method: "GET",
    path: "/channels/:channel",
    operation: "channel.get",
    tag,
    examples: [{ params: own, status: 200 }]
  }),
  operationRoute({
    id: "getChannelOfInvite",
    method: "GET",
    path: "/channel-invites/:code",
    operation: "channel.by_invite",
    tag,
    examples: [{ params: { id, code: EXAMPLE.channelInvite }, status: 200 }]
  }),
  operationRoute({
    id: "setChannel",
    method: "PATCH",
    path: "/channels/:channel",
    operation: "channel.set",
    tag,
    examples: [{ params: own, body: { description: "Todos los lunes", reactions: "basic" }, status: 204 }]
  }),
  ...([true, false] as const).map((follows) =>
    operationRoute({
      id: follows ? "followChannel" : "unfollowChannel",
      method: follows ? "PUT" : "DELETE",
      path: "/channels/:channel/follow",
      operation: follows ? "channel.follow" : "channel.unfollow",
      tag,
      ...(follows ? { body: NoFields } : {}),
      examples: [{ params: followed, ...(follows ? { body: {} } : {}), status: 204 }]
    })
  ),
  ...([true, false] as const).map((mutes) =>
    operationRoute({
      id: mutes ? "muteChannel" : "unmuteChannel",
      method: mutes ? "PUT" : "DELETE",
      path: "/channels/:channel/mute",
      operation: mutes ? "channel.mute" : "channel.unmute",
      tag,
      ...(mutes ? { body: NoFields } : {}),
      examples: [{ params: own, ...(mutes ? { body: {} } : {}), status: 204 }]
    })
  ),
  operationRoute({
    id: "setChannelPicture",
    method: "PUT",
    path: "/channels/:channel/picture",
    operation: "channel.set_picture",
    tag,
    examples: [{ params: own, body: { picture: EXAMPLE.picture }, status: 204 }]
  }),
  operationRoute({
    id: "removeChannelPicture",
    method: "DELETE",
    path: "/channels/:channel/picture",
    operation: "channel.remove_picture",
    tag,
    examples: [{ params: own, status: 204 }]
  }),
  route({
    id: "listChannelMessages",
    method: "GET",
    path: "/v1/devices/:id/channels/:channel/messages",
    tag,
    summary: "List the posts of a channel",
    description: "The newest first, from WhatsApp: also those from before the account followed the channel.",
    access: { for: "principal", scope: "read" },
    params: Schema.Struct({ ...DeviceParams.fields, channel: Channel }),
    query: Schema.Struct({
      before: Schema.optionalKey(
        Schema.NumberFromString.check(Schema.isInt(), Schema.isGreaterThan(0)).annotate({
          description: "Posts before this one: the `serverId` of the last of the previous page."
        })
      ),
      limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT)
    }),
    answers: { 200: json("The posts.", Schema.Struct({ items: Schema.Array(PostModel) })) },
    failures: operationFailures,
    examples: [{ params: own, query: { limit: "10" }, status: 200 }],
    handle: ({ principal, params, query: { limit = PAGE_DEFAULT, ...page }, origin }) =>
      Effect.gen(function* () {
        const device = yield* findDevice(principal, params.id)
        const input = { channel: params.channel, limit, ...page }
        const { messages } = yield* operate({ device, name: "channel.messages", input, origin })
        const items = messages.map(postModel)
        return answer(200, { items })
      })
  }),
  operationRoute({
    id: "changeChannelOwner",
    method: "PUT",
    path: "/channels/:channel/owner",
    operation: "channel.change_owner",
    tag,
    examples: [{ params: { id, channel: EXAMPLE.givenChannel }, body: { person: EXAMPLE.other }, status: 204 }]
  }),
  operationRoute({
    id: "demoteChannelAdmin",
    method: "DELETE",
    path: "/channels/:channel/admins/:person",
    operation: "channel.demote",
    tag,
    examples: [{ params: { ...own, person: EXAMPLE.contact }, status: 204 }]
  }),
  operationRoute({
    id: "deleteChannel",
    method: "DELETE",
    path: "/channels/:channel",
    operation: "channel.delete",
    tag,
    examples: [{ params: own, status: 204 }]
  })
]

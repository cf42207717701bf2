/** `/client/…`: channels that are made, found and followed. */
import { Effect, Schema } from "effect"
import { channelsOf } from "../../../application/chats.ts"
import { CHANNELS_MAX } from "../../../whatsapp/operations/channels.ts"
import { OperationRefused } from "../../../whatsapp/operations/failures.ts"
import type { Route } from "../../declaration.ts"
import { INLINE_BODY_BYTES_MAX, usingPicture } from "../../uploads/inline-file.ts"
import { withoutBrowser } from "./answers.ts"
import { call, operateOn } from "./call.ts"
import { codeIn, InviteCode } from "./client-groups.ts"
import { ChannelId, MessageMedia, optional, Text } from "./fields.ts"
import { channelModel, inviteLinkOf } from "./models/channel.ts"
import { webId } from "../../../webhooks/formats/wwebjs-ids.ts"

const TITLE_MAX = 100
/** WhatsApp is asked for each. */
const LISTED_MAX = 500
const DESCRIPTION_MAX = 2_048
const unknownChannel = "120363025246125486@newsletter"

export const clientChannelRoutes: readonly Route[] = [
  call({
    path: "/client/getChannelByInviteCode",
    summary: "Get the channel of an invitation",
    fields: { inviteCode: InviteCode },
    example: { inviteCode: "0029VaABCDEFghijklmnop1a" },
    run: ({ inviteCode }, on) =>
      operateOn(on, "channel.by_invite", { code: codeIn(inviteCode) }).pipe(
        Effect.map((info) => ({ result: channelModel(info) })),
        Effect.catchIf(
          (failure) => failure instanceof OperationRefused && failure.whatsappCode === 404,
          () => Effect.succeed({})
        )
      )
  }),
  call({
    path: "/client/getChannels",
    method: "GET",
    summary: "List the channels that the account owns or follows",
    run: (_fields, on) =>
      Effect.gen(function* () {
        const channels = yield* channelsOf(on.device.deviceNumber, LISTED_MAX)
        const result: object[] = []
        for (let from = 0; from < channels.length; from += CHANNELS_MAX) {
          const page = channels.slice(from, from + CHANNELS_MAX)
          const listed = yield* operateOn(on, "channel.list", { channels: page })
          result.push(...listed.channels.map(channelModel))
        }
        return { result }
      })
  }),
  call({
    path: "/client/createChannel",
    summary: "Create a channel",
    scope: "manage",
    fields: {
      title: Text(TITLE_MAX).check(Schema.isMinLength(1)),
      options: optional(
        Schema.Struct({ description: optional(Text(DESCRIPTION_MAX)), picture: optional(Schema.NullOr(MessageMedia)) })
      )
    },
    bodyBytesMax: INLINE_BODY_BYTES_MAX,
    example: { title: "Ofertas", options: { description: "Cada día" } },
    run: ({ title: name, options: { description = "", picture } = {} }, on) => {
      const given = { name, ...(description === "" ? {} : { description }) }
      const made =
        picture == null
          ? operateOn(on, "channel.create", given)
          : usingPicture(picture.data, "options.picture.data", (picture) =>
              operateOn(on, "channel.create", { ...given, picture })
            )
      return made.pipe(
        Effect.map(({ channel, name: title, inviteCode, createdAt }) => ({
          result: {
            title,
            nid: webId(channel),
            inviteLink: inviteLinkOf(inviteCode),
            createdAtTs: createdAt === null ? undefined : Math.floor(createdAt / 1_000)
          }
        })),
        Effect.catchIf(
          (failure) => failure instanceof OperationRefused,
          ({ reason }) => Effect.succeed({ result: `CreateChannelError: ${reason}` })
        )
      )
    }
  }),
  call({
    path: "/client/subscribeToChannel",
    summary: "Follow a channel",
    scope: "manage",
    fields: { channelId: ChannelId },
    example: { channelId: unknownChannel },
    exampleStatus: 500,
    run: ({ channelId: channel }, on) => Effect.as(operateOn(on, "channel.follow", { channel }), { result: true })
  }),
  call({
    path: "/client/unsubscribeFromChannel",
    summary: "Follow a channel no longer",
    scope: "manage",
    fields: { channelId: ChannelId, options: optional(Schema.Struct({ deleteLocalModels: optional(Schema.Boolean) })) },
    example: { channelId: unknownChannel },
    exampleStatus: 500,
    run: ({ channelId: channel }, on) => Effect.as(operateOn(on, "channel.unfollow", { channel }), { result: true })
  }),
  call({
    path: "/client/searchChannels",
    summary: "Not supported: only the page of WhatsApp Web searches the directory of channels",
    fields: { searchOptions: optional(Schema.Record(Schema.String, Schema.Json)) },
    example: { searchOptions: { searchText: "noticias" } },
    exampleStatus: 501,
    run: () => Effect.fail(withoutBrowser("searchChannels"))
  })
]

/** `/channel/…`: one channel. */
import { Effect, Schema } from "effect"
import { unreadOf } from "../../../application/message-refs.ts"
import { withSpooled } from "../../../application/spooled-file.ts"
import type { MediaFile } from "../../../events/content.ts"
import { URL_MAX } from "../../../outbound/url-problem.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { INLINE_BODY_BYTES_MAX, usingPicture, usingUrlFile } from "../../uploads/inline-file.ts"
import { Refusal, withoutBrowser } from "./answers.ts"
import { type Call, call, type OnSession, operateOn } from "./call.ts"
import { channelInfo, channelModelOf, channelOf } from "./channel-lookup.ts"
import { ChatId, ContactId, MessageMedia, optional, Text } from "./fields.ts"
import { postModel } from "./models/channel-post.ts"
import { resultOf } from "./outcome.ts"
import { sendFields } from "./send-fields.ts"
import { sendContent } from "./send-message.ts"

const NAME_MAX = 100
const DESCRIPTION_MAX = 2_048
const LIMIT_DEFAULT = 50
const LIMIT_MAX = 100
const UNREAD_MAX = 500

/** What can be written to a channel. */
const channelContents: ReadonlySet<unknown> = new Set(["string", "MessageMedia", "MessageMediaFromURL"])

/** A channel that the example's account does not know. */
const chatId = "120363025246125486@newsletter"
const PERSON = `${EXAMPLE.contact}@c.us`
const common = { fields: { chatId: ChatId }, example: { chatId }, exampleStatus: 404 } as const

/** A call that changes a channel; false where WhatsApp refuses it. */
const changing = <Fields extends Schema.Struct.Fields>(
  declared: Omit<Call<Fields>, "scope" | "exampleStatus">
): Route => call({ ...declared, scope: "manage", exampleStatus: 404 })

const onlyChannel = (
  path: string,
  name: "channel.mute" | "channel.unmute" | "channel.delete",
  summary: string
): Route =>
  changing({
    path: `/channel/${path}`,
    summary,
    fields: { chatId: ChatId },
    example: { chatId },
    run: ({ chatId }, on) =>
      Effect.flatMap(channelInfo(on, chatId), ({ channel }) => resultOf(operateOn(on, name, { channel })))
  })

/** WhatsApp answers these to the page of WhatsApp Web only. */
const unsupported = (path: string, summary: string, fields: Schema.Struct.Fields = {}): Route =>
  call({
    path: `/channel/${path}`,
    summary: `Not supported: ${summary}`,
    scope: "manage",
    fields: { chatId: ChatId, ...fields },
    example: "userId" in fields ? { chatId, userId: PERSON } : { chatId },
    exampleStatus: 501,
    run: ({ chatId }) => Effect.andThen(channelOf(chatId), Effect.fail(withoutBrowser(path)))
  })

type Reactions = "all" | "basic" | "none"

/** WhatsApp's numbers; 3 is the one that newer programs have for none. */
const reactions: Readonly<Record<number, Reactions>> = { 0: "all", 1: "basic", 2: "none", 3: "none" }

const setPicture = (on: OnSession, channel: string, picture: MediaFile) =>
  resultOf(operateOn(on, "channel.set_picture", { channel, picture }))

export const channelRoutes: readonly Route[] = [
  call({
    path: "/channel/getClassInfo",
    summary: "Get a channel",
    ...common,
    run: ({ chatId }, on) => Effect.map(channelModelOf(on, chatId), (channel) => ({ channel }))
  }),
  call({
    path: "/channel/sendMessage",
    summary: "Write to a channel",
    scope: "send",
    fields: { chatId: ChatId, ...sendFields },
    bodyBytesMax: INLINE_BODY_BYTES_MAX,
    example: { chatId, contentType: "string", content: "Novedades" },
    exampleStatus: 404,
    run: ({ chatId, ...sending }, on) =>
      Effect.gen(function* () {
        const { channel } = yield* channelInfo(on, chatId)
        if (!channelContents.has(sending.contentType))
          return yield* Effect.fail(new Refusal(400, "invalid contentType"))
        return { message: yield* sendContent(on, { chat: channel, ...sending }) }
      })
  }),
  call({
    path: "/channel/fetchMessages",
    summary: "List the newest messages of a channel, the oldest first",
    ...common,
    fields: {
      chatId: ChatId,
      searchOptions: optional(
        Schema.Struct({
          limit: optional(
            Schema.NullOr(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))).annotate({
              description: `${LIMIT_DEFAULT} by default; at most ${LIMIT_MAX}, as for null.`
            })
          ),
          fromMe: optional(Schema.NullOr(Schema.Boolean))
        })
      )
    },
    run: ({ chatId, searchOptions: { limit, fromMe } = {} }, on) =>
      Effect.gen(function* () {
        const { channel, role } = yield* channelInfo(on, chatId)
        const count = limit === undefined || limit === 0 ? LIMIT_DEFAULT : Math.min(limit ?? LIMIT_MAX, LIMIT_MAX)
        const { messages } = yield* operateOn(on, "channel.messages", { channel, limit: count })
        // Only administrators write to a channel.
        const isOwn = role === "owner" || role === "admin"
        const fit = fromMe === undefined || fromMe === null || fromMe === isOwn ? messages : []
        return {
          messages: fit.toReversed().map((post) => postModel({ channel, post, fromMe: isOwn, device: on.device }))
        }
      })
  }),
  call({
    path: "/channel/sendSeen",
    summary: "Mark the messages of a channel as read",
    scope: "send",
    ...common,
    run: ({ chatId }, on) =>
      Effect.gen(function* () {
        const { channel: chat } = yield* channelInfo(on, chatId)
        const messages = yield* unreadOf(on.device.deviceNumber, chat, UNREAD_MAX).pipe(
          Effect.catchTag("ChatNotFound", () => Effect.succeed([]))
        )
        if (messages.length > 0) yield* operateOn(on, "message.read", { chat, messages })
        return { result: true }
      })
  }),
  onlyChannel("mute", "channel.mute", "Mute a channel"),
  onlyChannel("unmute", "channel.unmute", "Unmute a channel"),
  onlyChannel("deleteChannel", "channel.delete", "Delete a channel that the account owns"),
  unsupported("acceptChannelAdminInvite", "only the page of WhatsApp Web accepts an invitation to run a channel"),
  unsupported("sendChannelAdminInvite", "only the page of WhatsApp Web invites people to run a channel", {
    userId: ContactId,
    options: optional(Schema.NullOr(Schema.Struct({ comment: optional(Schema.NullOr(Schema.String)) })))
  }),
  unsupported("revokeChannelAdminInvite", "only the page of WhatsApp Web takes an invitation to run a channel back", {
    userId: ContactId
  }),
  unsupported("getSubscribers", "WhatsApp lists the followers of a channel for its own page only", {
    limit: optional(Schema.NullOr(Schema.Int))
  }),
  changing({
    path: "/channel/transferChannelOwnership",
    summary: "Give a channel to another of its administrators",
    fields: {
      chatId: ChatId,
      newOwnerId: ContactId,
      options: optional(Schema.NullOr(Schema.Struct({ shouldDismissSelfAsAdmin: optional(Schema.Boolean) })))
    },
    example: { chatId, newOwnerId: PERSON },
    run: ({ chatId, newOwnerId: person, options }, on) =>
      Effect.gen(function* () {
        const { channel } = yield* channelInfo(on, chatId)
        const given = yield* resultOf(operateOn(on, "channel.change_owner", { channel, person }))
        const own = on.device.number
        if (given.result && options?.shouldDismissSelfAsAdmin === true && own !== null) {
          return yield* resultOf(operateOn(on, "channel.demote", { channel, person: own }))
        }
        return given
      })
  }),
  changing({
    path: "/channel/demoteChannelAdmin",
    summary: "Take the rank of administrator of a channel from a person",
    fields: { chatId: ChatId, userId: ContactId },
    example: { chatId, userId: PERSON },
    run: ({ chatId, userId: person }, on) =>
      Effect.flatMap(channelInfo(on, chatId), ({ channel }) =>
        resultOf(operateOn(on, "channel.demote", { channel, person }))
      )
  }),
  changing({
    path: "/channel/setProfilePicture",
    summary: "Change the picture of a channel, or remove it",
    fields: {
      chatId: ChatId,
      newProfilePictureUrl: optional(Schema.NullOr(Text(URL_MAX))),
      newProfilePictureMedia: optional(Schema.NullOr(MessageMedia))
    },
    bodyBytesMax: INLINE_BODY_BYTES_MAX,
    example: { chatId, newProfilePictureMedia: { mimetype: "image/png", data: EXAMPLE.picture } },
    run: ({ chatId, newProfilePictureUrl: url, newProfilePictureMedia: media }, on) =>
      Effect.gen(function* () {
        const { channel } = yield* channelInfo(on, chatId)
        const set = (picture: MediaFile) => setPicture(on, channel, picture)
        if (media && media.data !== "") {
          return yield* usingPicture(media.data, "newProfilePictureMedia.data", set)
        }
        if (url) return yield* usingUrlFile(url, on.principal, (file) => withSpooled(file, set))
        return yield* resultOf(operateOn(on, "channel.remove_picture", { channel }))
      })
  }),
  changing({
    path: "/channel/setDescription",
    summary: "Change the description of a channel",
    fields: { chatId: ChatId, newDescription: optional(Text(DESCRIPTION_MAX)) },
    example: { chatId, newDescription: "Cada día" },
    run: ({ chatId, newDescription: description = "" }, on) =>
      Effect.flatMap(channelInfo(on, chatId), ({ channel }) =>
        resultOf(operateOn(on, "channel.set", { channel, description }))
      )
  }),
  changing({
    path: "/channel/setSubject",
    summary: "Change the name of a channel",
    fields: { chatId: ChatId, newSubject: optional(Text(NAME_MAX)) },
    example: { chatId, newSubject: "Ofertas" },
    run: ({ chatId, newSubject: name = "" }, on) =>
      Effect.gen(function* () {
        const { channel } = yield* channelInfo(on, chatId)
        // WhatsApp has no channel without a name.
        return name === "" ? { result: false } : yield* resultOf(operateOn(on, "channel.set", { channel, name }))
      })
  }),
  changing({
    path: "/channel/setReactionSetting",
    summary: "Say which reactions the followers of a channel may give",
    fields: {
      chatId: ChatId,
      reactionCode: optional(
        Schema.Literals([0, 1, 2, 3]).annotate({ description: "0: all, 1: the basic ones, 2 and 3: none." })
      )
    },
    example: { chatId, reactionCode: 1 },
    run: ({ chatId, reactionCode = 0 }, on) =>
      Effect.flatMap(channelInfo(on, chatId), ({ channel }) =>
        resultOf(operateOn(on, "channel.set", { channel, reactions: reactions[reactionCode] ?? "all" }))
      )
  })
]

/** `/message/…`: what is done to a message. */
import { Effect, Schema } from "effect"
import { besideOf } from "../../../application/composing.ts"
import type { FoundMessage } from "../../../application/found-message.ts"
import { forwardedMessage } from "../../../application/forwarding.ts"
import { viewGroups } from "../../../application/groups.ts"
import { Limits } from "../../../application/limits.ts"
import { messageRef } from "../../../application/message-refs.ts"
import { TEXT_MAX } from "../../../application/outgoing-file.ts"
import { sendMessage } from "../../../application/sending.ts"
import { accountOf } from "../../../events/people.ts"
import { isGroupJid } from "../../../whatsapp/jid.ts"
import { OperationRefused } from "../../../whatsapp/operations/failures.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { INLINE_BODY_BYTES_MAX } from "../../uploads/inline-file.ts"
import { Refusal } from "./answers.ts"
import { call, type OnSession, operateOn } from "./call.ts"
import { ChatId, ContactId, optional, Text } from "./fields.ts"
import { messageExample, messageFields } from "./message-fields.ts"
import { findNamed, messageModelOf, type Named } from "./message-lookup.ts"
import { GroupMentions, groupMentionsIn, sendFields } from "./send-fields.ts"
import { sendContent } from "./send-message.ts"

const REACTION_MAX = 32
const MENTIONS_MAX = 1_024
const UNFIT_TYPE = "contentType invalid, must be string, MessageMedia, MessageMediaFromURL, Location, Contact or Poll"

/** As operations name it. */
const refOf = ({ device }: OnSession, { chatId, messageId }: Named) =>
  messageRef(device.deviceNumber, chatId, messageId)

const star = (path: string, starred: boolean, summary: string): Route =>
  call({
    path: `/message/${path}`,
    summary,
    scope: "manage",
    fields: messageFields,
    example: messageExample,
    run: (named, on) =>
      Effect.gen(function* () {
        const message = yield* refOf(on, named)
        yield* operateOn(on, "message.star", { chat: named.chatId, message, starred })
        return {}
      })
  })

/** Whether the account can delete the message for everyone: its own, or that of a member of a group that it administers. */
const mayRevoke = ({ device }: OnSession, { view, row }: FoundMessage) =>
  Effect.gen(function* () {
    if (view.deletedAt !== null) return false
    if (view.fromMe) return true
    if (!isGroupJid(row.chat)) return false
    const group = (yield* viewGroups(device.deviceNumber, [row.chat])).get(row.chat)
    const lid = device.lid === null ? null : accountOf(device.lid)
    const own = group?.members.find(
      (member) =>
        (member.lid !== null && member.lid === lid) || (member.number !== null && member.number === device.number)
    )
    return own !== undefined && own.rank !== "member"
  })

const forward = (on: OnSession, { chatId, messageId }: Named, to: string) =>
  Effect.gen(function* () {
    const { device, origin, key } = on
    yield* findNamed(on, { chatId, messageId })
    const { sendAckTimeoutMs: ackTimeoutMs } = yield* Limits
    const { content, forwarded } = yield* forwardedMessage(device, messageId).pipe(
      Effect.catchTag("NotForwardable", ({ message }) => Effect.fail(new Refusal(500, message)))
    )
    const beside = besideOf(device, { to, forwarded })
    const outcome = yield* Effect.scoped(sendMessage({ device, to, beside, content, ackTimeoutMs, origin }, key))
    if (outcome.status === "failed") {
      return yield* Effect.fail(new Refusal(500, outcome.text || "WhatsApp refused the message"))
    }
    return {}
  })

/** WhatsApp takes no edit about 15 minutes after the message. */
const isTooOld = (failure: unknown): failure is OperationRefused => failure instanceof OperationRefused

export const messageDeedRoutes: readonly Route[] = [
  call({
    path: "/message/delete",
    summary: "Delete a message, for everyone or for this account",
    scope: "manage",
    fields: {
      ...messageFields,
      everyone: optional(Schema.NullOr(Schema.Boolean)),
      clearMedia: optional(Schema.NullOr(Schema.Boolean))
    },
    example: { ...messageExample, messageId: "3EB000000000000000", everyone: true },
    exampleStatus: 500,
    run: ({ everyone, clearMedia, ...named }, on) =>
      Effect.gen(function* () {
        const { chatId: chat } = named
        const found = yield* findNamed(on, named)
        const message = yield* refOf(on, named)
        // As whatsapp-web.js does: what cannot be deleted for everyone is deleted for this account.
        if (everyone === true && (yield* mayRevoke(on, found)))
          yield* operateOn(on, "message.revoke", { chat, message })
        else yield* operateOn(on, "message.delete", { chat, message, deleteMedia: clearMedia ?? true })
        return {}
      })
  }),
  call({
    path: "/message/forward",
    summary: "Forward a message",
    scope: "send",
    fields: { ...messageFields, destinationChatId: ChatId },
    example: { ...messageExample, destinationChatId: EXAMPLE.sessionGroup },
    run: ({ destinationChatId, ...named }, on) => forward(on, named, destinationChatId)
  }),
  call({
    path: "/message/react",
    summary: "React to a message, or take the reaction back",
    scope: "send",
    fields: { ...messageFields, reaction: optional(Text(REACTION_MAX)) },
    example: { ...messageExample, reaction: "👍" },
    run: ({ reaction = "", ...named }, on) =>
      Effect.gen(function* () {
        const message = yield* refOf(on, named)
        yield* operateOn(on, "message.react", { chat: named.chatId, message, emoji: reaction === "" ? null : reaction })
        return {}
      })
  }),
  call({
    path: "/message/reply",
    summary: "Answer a message, with a quote of it",
    scope: "send",
    fields: { ...messageFields, ...sendFields },
    bodyBytesMax: INLINE_BODY_BYTES_MAX,
    example: { ...messageExample, contentType: "string", content: "Claro" },
    run: ({ chatId: chat, messageId, ...sending }, on) =>
      Effect.gen(function* () {
        yield* findNamed(on, { chatId: chat, messageId })
        const repliedMessage = yield* sendContent(on, { chat, ...sending, quoted: messageId }, UNFIT_TYPE)
        return { repliedMessage }
      })
  }),
  star("star", true, "Mark a message with a star"),
  star("unstar", false, "Take the star of a message back"),
  call({
    path: "/message/edit",
    summary: "Change the text of a message of this account",
    scope: "send",
    fields: {
      ...messageFields,
      content: Text(TEXT_MAX).check(Schema.isMinLength(1)),
      options: optional(
        Schema.NullOr(
          Schema.Struct({
            mentions: optional(Schema.NullOr(Schema.Array(ContactId).check(Schema.isMaxLength(MENTIONS_MAX)))),
            groupMentions: optional(GroupMentions),
            linkPreview: optional(Schema.Json)
          })
        )
      )
    },
    example: { ...messageExample, content: "Su pedido sale mañana" },
    run: ({ content: text, options, ...named }, on) =>
      Effect.gen(function* () {
        const found = yield* findNamed(on, named)
        if (!found.view.fromMe || found.view.deletedAt !== null) return { message: null }
        const message = yield* refOf(on, named)
        const mentions = options?.mentions ?? []
        const groupMentions = groupMentionsIn(options?.groupMentions)
        const edit = {
          chat: named.chatId,
          message,
          text,
          ...(mentions.length === 0 ? {} : { mentions }),
          ...(groupMentions.length === 0 ? {} : { groupMentions })
        }
        return yield* operateOn(on, "message.edit", edit).pipe(
          Effect.andThen(Effect.flatMap(findNamed(on, named), (edited) => messageModelOf(on, edited))),
          Effect.map((model) => ({ message: model })),
          Effect.catchIf(isTooOld, () => Effect.succeed({ message: null }))
        )
      })
  })
]

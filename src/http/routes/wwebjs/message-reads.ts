/** `/message/…`: what is known of a message. */
import { Effect } from "effect"
import { groupModelOf } from "./group-lookup.ts"
import { deedsTo } from "../../../application/message-deeds.ts"
import { infoOf } from "../../../application/message-info.ts"
import type { MessageContext } from "../../../events/context.ts"
import { isChannelJid, isGroupJid } from "../../../whatsapp/jid.ts"
import { numbered } from "../../../webhooks/formats/content.ts"
import { modelOf } from "../../../webhooks/formats/wwebjs-message.ts"
import type { Route } from "../../declaration.ts"
import { Refusal } from "./answers.ts"
import { call, type OnSession, operateOn } from "./call.ts"
import { findContactModel } from "./contact-lookup.ts"
import { messageExample, messageFields } from "./message-fields.ts"
import { findIfKnown, findNamed, messageModelOf, namedModel } from "./message-lookup.ts"
import { orderModel, paymentModel } from "./models/commerce.ts"
import { infoModel, reactionList, voteList } from "./models/deeds.ts"
import { ownId, personId } from "../../../webhooks/formats/wwebjs-ids.ts"

const common = { fields: messageFields, example: messageExample }

export const messageReadRoutes: readonly Route[] = [
  call({
    path: "/message/getClassInfo",
    summary: "Get a message",
    ...common,
    run: (named, on) => Effect.map(namedModel(on, named), ({ model }) => ({ message: model }))
  }),
  call({
    path: "/message/getInfo",
    summary: "Get who has received, read and played a message of this account",
    ...common,
    run: (named, on) =>
      Effect.gen(function* () {
        const found = yield* findNamed(on, named)
        if (!found.view.fromMe) return { info: null }
        const { content } = found.view
        const isPlayable = content?.kind === "audio" || content?.kind === "video"
        return { info: infoModel(yield* infoOf(on.device, found), isPlayable) }
      })
  }),
  call({
    path: "/message/getMentions",
    summary: "List the contacts that a message mentions",
    ...common,
    run: (named, on) =>
      Effect.gen(function* () {
        const { context } = (yield* findNamed(on, named)).view
        const jids = (context?.mentions ?? []).map(({ jid, alt }) => numbered(jid, alt))
        const contacts = yield* Effect.forEach(jids, (jid) => findContactModel(on, jid))
        return { contacts: contacts.filter((contact) => contact !== undefined) }
      })
  }),
  call({
    path: "/message/getGroupMentions",
    summary: "List the groups that a message mentions",
    ...common,
    run: (named, on) =>
      Effect.gen(function* () {
        const { context } = (yield* findNamed(on, named)).view
        const groups = (context?.groupMentions ?? []).map(({ group }) => group)
        const result = yield* Effect.forEach(groups, (group) =>
          groupModelOf(on, group).pipe(Effect.catchTag("Refusal", () => Effect.succeed(undefined)))
        )
        return { result: result.filter((group) => group !== undefined) }
      })
  }),
  call({
    path: "/message/getContact",
    summary: "Get the contact who wrote a message",
    ...common,
    run: (named, on) =>
      Effect.gen(function* () {
        const { sender } = (yield* findNamed(on, named)).view
        const contact = yield* findContactModel(on, sender === null ? ownJid(on) : personId(sender))
        return { contact: contact ?? (yield* Effect.fail(new Refusal(500, "Contact not found"))) }
      })
  }),
  call({
    path: "/message/getQuotedMessage",
    summary: "Get the message that a message answers",
    ...common,
    run: (named, on) =>
      Effect.gen(function* () {
        const { view, model } = yield* namedModel(on, named)
        const { quoted } = view.context ?? {}
        if (quoted === undefined) return {}
        const known = yield* findIfKnown(on, quoted.chat ?? named.chatId, quoted.messageId)
        if (known !== undefined) return { quotedMessage: yield* messageModelOf(on, known) }
        return { quotedMessage: asRepeated(quoted, model.id.remote, on) }
      })
  }),
  call({
    path: "/message/getOrder",
    summary: "Get the order of a message",
    ...common,
    run: (named, on) =>
      Effect.gen(function* () {
        const { content, sentAt } = (yield* findNamed(on, named)).view
        if (content?.kind !== "order" || content.orderId === null || content.token === undefined) return {}
        const order = yield* operateOn(on, "business.order", { orderId: content.orderId, token: content.token })
        return { order: orderModel(order, Math.floor(sentAt / 1_000)) }
      })
  }),
  call({
    path: "/message/getPayment",
    summary: "Get the payment of a message, as far as the message says",
    ...common,
    run: (named, on) =>
      Effect.gen(function* () {
        const { view, model } = yield* namedModel(on, named)
        return view.content?.kind === "payment" ? { payment: paymentModel(view.content, model) } : {}
      })
  }),
  call({
    path: "/message/getReactions",
    summary: "List who reacted to a message",
    ...common,
    run: (named, on) =>
      Effect.gen(function* () {
        const { row, model } = yield* namedModel(on, named)
        const result = reactionList(yield* deedsTo(on.device.deviceNumber, row), { model, own: ownId(on.device) })
        return result === undefined ? {} : { result }
      })
  }),
  call({
    path: "/message/getPollVotes",
    summary: "List who voted in a poll",
    ...common,
    exampleStatus: 500,
    run: (named, on) =>
      Effect.gen(function* () {
        const { row, view, model } = yield* namedModel(on, named)
        if (view.content?.kind !== "poll") return yield* Effect.fail(new Refusal(500, "The message is not a poll"))
        const deeds = yield* deedsTo(on.device.deviceNumber, row)
        return { votes: voteList(deeds, { model, own: ownId(on.device) }, view.content.options) }
      })
  })
]

const ownJid = ({ device: { number, jid } }: OnSession): string =>
  number === null ? (jid ?? "") : `${number}@s.whatsapp.net`

/** A message that is not known here, as its answer repeats it. */
const asRepeated = (
  { messageId, sender, excerpt }: NonNullable<MessageContext["quoted"]>,
  chat: string,
  { device }: OnSession
) => {
  const own = ownId(device)
  const author = sender === null ? null : numbered(sender.jid, sender.alt)
  const isOfSeveral = isGroupJid(chat) || isChannelJid(chat)
  return modelOf({
    id: messageId,
    chat,
    own,
    fromMe: author?.replace(/@.*/, "") === device.number,
    author: isOfSeveral && author !== null ? author.replace("@s.whatsapp.net", "@c.us") : null,
    at: 0,
    ack: 1,
    content: { kind: "text", text: excerpt ?? "" }
  })
}

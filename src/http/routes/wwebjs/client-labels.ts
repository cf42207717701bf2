/** `/client/…`: labels, which only business accounts have. */
import { Effect, Schema } from "effect"
import { listLabels } from "../../../application/groups.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { Refusal } from "./answers.ts"
import { call, type OnSession, operateOn } from "./call.ts"
import { knownChat, listedChats } from "./chat-lookup.ts"
import { ChatId } from "./fields.ts"
import { labelModel } from "./models/label.ts"

const chatId = `${EXAMPLE.contact}@c.us`
/** Of one request. */
const CHATS_MAX = 100
const LABELS_MAX = 20

/** A label's number, as a number or as text. */
export const LabelId = Schema.Union([Schema.Int, Schema.String.check(Schema.isPattern(/^\d{1,10}$/))])
export const LabelIds = Schema.Array(LabelId).check(Schema.isMaxLength(LABELS_MAX))

const labelsOf = ({ principal, device }: OnSession) => listLabels(principal, device.id)

/** The labels of a chat. */
export const chatLabels = (on: OnSession, chat: string) =>
  Effect.gen(function* () {
    const { labels } = yield* knownChat(on, chat)
    return (yield* labelsOf(on)).filter(({ id }) => labels.includes(id)).map(labelModel)
  })

/** Gives a chat these labels and no others. */
export const setChatLabels = (on: OnSession, chat: string, wanted: readonly (string | number)[]) =>
  Effect.gen(function* () {
    const { labels } = yield* knownChat(on, chat)
    const ids = new Set(wanted.map(String))
    const known = yield* labelsOf(on)
    const change = (label: string, assigned: boolean) => operateOn(on, "label.chat", { chat, label, assigned })
    // One after the other: each is a patch of the same part of the app state.
    for (const { id } of known) {
      const isGiven = labels.includes(id)
      if (ids.has(id) !== isGiven) yield* change(id, !isGiven)
    }
  })

export const clientLabelRoutes: readonly Route[] = [
  call({
    path: "/client/getLabels",
    summary: "List the labels",
    run: (_fields, on) => Effect.map(labelsOf(on), (labels) => ({ labels: labels.map(labelModel) }))
  }),
  call({
    path: "/client/getLabelById",
    summary: "Get a label",
    fields: { labelId: LabelId },
    example: { labelId: "99" },
    exampleStatus: 500,
    run: ({ labelId }, on) =>
      Effect.gen(function* () {
        const label = (yield* labelsOf(on)).find(({ id }) => id === String(labelId))
        return label ? { label: labelModel(label) } : yield* Effect.fail(new Refusal(500, "Label not found"))
      })
  }),
  call({
    path: "/client/getChatLabels",
    summary: "List the labels of a chat",
    fields: { chatId: ChatId },
    example: { chatId },
    run: ({ chatId: chat }, on) => Effect.map(chatLabels(on, chat), (chatLabels) => ({ chatLabels }))
  }),
  call({
    path: "/client/getChatsByLabelId",
    summary: "List the chats that have a label",
    fields: { labelId: LabelId },
    example: { labelId: "1" },
    run: ({ labelId }, on) =>
      Effect.map(
        listedChats(on, ({ labels }) => labels.includes(String(labelId))),
        (chats) => ({ chats })
      )
  }),
  call({
    path: "/client/addOrRemoveLabels",
    summary: "Give chats these labels and no others",
    scope: "manage",
    fields: {
      labelIds: LabelIds,
      chatIds: Schema.Array(ChatId).check(Schema.isMinLength(1), Schema.isMaxLength(CHATS_MAX))
    },
    example: { labelIds: [], chatIds: [chatId] },
    run: ({ labelIds, chatIds }, on) =>
      Effect.as(
        Effect.forEach(chatIds, (chat) => setChatLabels(on, chat, labelIds), { discard: true }),
        {}
      )
  })
]

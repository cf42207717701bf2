/** /v1/devices/:id/chats/:chat/messages/:message: what is done to messages that are there. */
import { Effect, Schema } from "effect"
import { findDevice } from "../../../application/device-access.ts"
import { messageRef, unreadOf } from "../../../application/message-refs.ts"
import { operate } from "../../../application/operations.ts"
import { Target } from "../../../whatsapp/operations/fields.ts"
import { messageOperations } from "../../../whatsapp/operations/messages.ts"
import { answer, nothing, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { DeviceParams, Flag } from "./fields.ts"
import { operationFailures, operationRoute } from "./operation-route.ts"
import { switchRoutes } from "./switch-routes.ts"

const tag = "Messages"
const MessageId = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(80)).annotate({
  description: "The message's id."
})
/** The message is named by its id; what WhatsApp wants to know besides is looked up. */
const params = { message: MessageId }
const path = "/chats/:chat/messages/:message"
const example = { id: EXAMPLE.number, chat: EXAMPLE.contact, message: EXAMPLE.message }
const { fields } = messageOperations[1]

type Given = Readonly<Record<string, unknown>>
interface Of {
  readonly deviceNumber: number
}

/** The chat and the message that the path names. */
export const named = ({ chat, message }: Given, { deviceNumber }: Of) =>
  Effect.map(messageRef(deviceNumber, String(chat), String(message)), (ref) => ({ chat: String(chat), message: ref }))

/** The same with what the operation takes besides. */
const namedWith =
  <Rest extends object>(rest: (given: Given) => Rest) =>
  (given: Given, of: Of) =>
    Effect.map(named(given, of), (found) => ({ ...found, ...rest(given) }))

const DAY_S = 86_400
/** Those that phones offer. */
const PinSeconds = Schema.Literals([DAY_S, 7 * DAY_S, 30 * DAY_S])
const READ_MAX = 100

export const messageOperationRoutes: readonly Route[] = [
  operationRoute({
    id: "reactToMessage",
    method: "PUT",
    path: `${path}/reaction`,
    operation: "message.react",
    tag,
    params,
    body: Schema.Struct({ emoji: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(32)) }),
    input: namedWith(({ emoji }) => ({ emoji: String(emoji) })),
    examples: [{ params: example, body: { emoji: "👍" }, status: 204 }]
  }),
  operationRoute({
    id: "removeReaction",
    method: "DELETE",
    path: `${path}/reaction`,
    operation: "message.react",
    tag,
    params,
    input: namedWith(() => ({ emoji: null })),
    examples: [{ params: example, status: 204 }]
  }),
  operationRoute({
    id: "editMessage",
    method: "PATCH",
    path,
    operation: "message.edit",
    tag,
    params,
    body: Schema.Struct({ text: fields.text, mentions: fields.mentions }),
    input: namedWith(({ text, mentions }) => ({
      text: String(text),
      ...(mentions === undefined ? {} : { mentions: mentions as readonly string[] })
    })),
    examples: [{ params: example, body: { text: "Hola, buenos días" }, status: 204 }]
  }),
  route({
    id: "deleteMessage",
    method: "DELETE",
    path: `/v1/devices/:id${path}`,
    tag,
    summary: "Delete a message",
    description:
      "For everyone: a message of this account, or, as administrator of a group, one of another member. Or with `for=me` on all devices of the account, and nowhere else.",
    access: { for: "principal", scope: "send" },
    params: Schema.Struct({ ...DeviceParams.fields, chat: Target, message: MessageId }),
    query: Schema.Struct({
      for: Schema.optionalKey(Schema.Literals(["everyone", "me"]).annotate({ description: "`everyone` by default." })),
      deleteMedia: Flag("With `for=me`: whether its file is deleted on the phone as well; by default it is.")
    }),
    answers: { 204: nothing("It is done.") },
    failures: [...operationFailures, "MessageNotFound"],
    examples: [
      { params: { ...example, message: EXAMPLE.fileMessage }, query: { for: "me" }, status: 204 },
      { params: example, status: 204 }
    ],
    handle: ({ principal, params: { id: reference, ...given }, query, origin }) =>
      Effect.gen(function* () {
        const device = yield* findDevice(principal, reference)
        const input = yield* named(given, device)
        const { deleteMedia = true } = query
        yield* query.for === "me"
          ? operate({ device, name: "message.delete", input: { ...input, deleteMedia }, origin })
          : operate({ device, name: "message.revoke", input, origin })
        return answer(204, undefined)
      })
  }),
  ...switchRoutes({
    on: "starMessage",
    off: "unstarMessage",
    path: `${path}/star`,
    operation: "message.star",
    tag,
    params,
    input: (given, of, starred) => Effect.map(named(given, of), (found) => ({ ...found, starred })),
    example
  }),
  operationRoute({
    id: "pinMessage",
    method: "PUT",
    path: `${path}/pin`,
    operation: "message.pin",
    tag,
    params,
    body: Schema.Struct({ seconds: PinSeconds.annotate({ description: "1, 7 or 30 days, as phones offer it." }) }),
    input: namedWith(({ seconds }) => ({ seconds: Number(seconds) })),
    examples: [{ params: example, body: { seconds: 7 * DAY_S }, status: 204 }]
  }),
  operationRoute({
    id: "unpinMessage",
    method: "DELETE",
    path: `${path}/pin`,
    operation: "message.pin",
    tag,
    params,
    input: namedWith(() => ({ seconds: null })),
    examples: [{ params: example, status: 204 }]
  }),
  operationRoute({
    id: "vote",
    method: "POST",
    path: `${path}/votes`,
    operation: "message.vote",
    tag,
    description: "An empty list takes the vote back.",
    params,
    body: Schema.Struct({ options: Schema.Array(Schema.String) }),
    input: namedWith(({ options }) => ({ options: options as readonly string[] })),
    examples: [{ params: { ...example, message: EXAMPLE.poll }, body: { options: ["9 h"] }, status: 204 }]
  }),
  operationRoute({
    id: "readMessages",
    method: "POST",
    path: "/chats/:chat/read",
    operation: "message.read",
    tag,
    description: `Without \`messages\`: those of the chat that are unread, at most ${READ_MAX}.`,
    body: Schema.Struct({
      messages: Schema.optionalKey(Schema.Array(MessageId).check(Schema.isMaxLength(READ_MAX)))
    }),
    input: ({ chat, messages }, { deviceNumber }) =>
      Effect.gen(function* () {
        const given = messages as readonly string[] | undefined
        const refs =
          given === undefined
            ? yield* unreadOf(deviceNumber, String(chat), READ_MAX)
            : yield* Effect.forEach(given, (id) => messageRef(deviceNumber, String(chat), id))
        return { chat: String(chat), messages: refs }
      }),
    examples: [{ params: { id: EXAMPLE.number, chat: EXAMPLE.contact }, body: {}, status: 204 }]
  })
]

/** /v1/devices/:id/chats/:chat/…: chats as their owner arranges them, and what the chat shows of this account now. */
import { Clock, Effect, Schema } from "effect"
import { findChat } from "../../../application/chats.ts"
import { newestOf } from "../../../application/message-refs.ts"
import { FOR_EVER } from "../../../events/chat.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { InvalidRequest } from "../../input.ts"
import { NoFields, timeOf } from "./fields.ts"
import { operationRoute } from "./operation-route.ts"
import { switchRoutes } from "./switch-routes.ts"

const tag = "Chats"
const id = EXAMPLE.number
const chat = EXAMPLE.contact
const params = { id, chat }

type Given = Readonly<Record<string, unknown>>
interface Of {
  readonly deviceNumber: number
}

/** The chat that the path names; fails where the device knows none. */
const known = (given: Given, { deviceNumber }: Of) =>
  Effect.map(findChat(deviceNumber, String(given.chat)), () => ({ chat: String(given.chat) }))

/** The same with its newest messages. */
const upToNewest = (given: Given, { deviceNumber }: Of) =>
  Effect.map(newestOf(deviceNumber, String(given.chat)), (newest) => ({ chat: String(given.chat), newest }))

export const chatOperationRoutes: readonly Route[] = [
  ...switchRoutes({
    on: "archiveChat",
    off: "unarchiveChat",
    path: "/chats/:chat/archive",
    operation: "chat.archive",
    tag,
    input: (given, of, archived) => Effect.map(upToNewest(given, of), (found) => ({ ...found, archived })),
    example: params
  }),
  ...switchRoutes({
    on: "pinChat",
    off: "unpinChat",
    path: "/chats/:chat/pin",
    operation: "chat.pin",
    tag,
    input: (given, of, pinned) => Effect.map(known(given, of), (found) => ({ ...found, pinned })),
    example: params
  }),
  ...switchRoutes({
    on: "markChatUnread",
    off: "unmarkChatUnread",
    path: "/chats/:chat/unread",
    operation: "chat.mark",
    tag,
    input: (given, of, unread) => Effect.map(upToNewest(given, of), (found) => ({ ...found, unread })),
    example: params
  }),
  operationRoute({
    id: "muteChat",
    method: "PUT",
    path: "/chats/:chat/mute",
    operation: "chat.mute",
    tag,
    body: Schema.Struct({
      until: Schema.optionalKey(
        Schema.String.annotate({ description: "Until when (ISO 8601); by default until it is taken back." })
      )
    }),
    input: (given, of) =>
      Effect.gen(function* () {
        const at = yield* timeOf("until", given.until as string | undefined)
        if (at !== undefined && at <= (yield* Clock.currentTimeMillis))
          return yield* new InvalidRequest({ field: "until", reason: "must be in the future" })
        return { ...(yield* known(given, of)), until: at ?? FOR_EVER }
      }),
    examples: [
      { name: "for ever", params, body: {}, status: 204 },
      { name: "until a time", params, body: { until: "2100-01-01T00:00:00Z" }, status: 204 }
    ]
  }),
  operationRoute({
    id: "unmuteChat",
    method: "DELETE",
    path: "/chats/:chat/mute",
    operation: "chat.mute",
    tag,
    input: (given, of) => Effect.map(known(given, of), (found) => ({ ...found, until: null })),
    examples: [{ params, status: 204 }]
  }),
  operationRoute({
    id: "setChatDisappearing",
    method: "PUT",
    path: "/chats/:chat/disappearing",
    operation: "chat.disappear",
    tag,
    description: "Phones offer 24 hours, 7 days and 90 days.",
    input: (given, of) => Effect.map(known(given, of), (found) => ({ ...found, seconds: Number(given.seconds) })),
    examples: [
      { params, body: { seconds: 604_800 }, status: 204 },
      { name: "never", params, body: { seconds: 0 }, status: 204 }
    ]
  }),
  operationRoute({
    id: "clearChat",
    method: "POST",
    path: "/chats/:chat/clear",
    operation: "chat.clear",
    tag,
    description: "The gateway's own record of the messages stays.",
    body: NoFields,
    input: upToNewest,
    examples: [{ params: { id, chat: EXAMPLE.other }, body: {}, status: 204 }]
  }),
  operationRoute({
    id: "deleteChat",
    method: "DELETE",
    path: "/chats/:chat",
    operation: "chat.delete",
    tag,
    description: "The gateway's own record of the messages stays. The chat is listed again with its next message.",
    input: upToNewest,
    examples: [{ params: { id, chat: EXAMPLE.other }, status: 204 }]
  }),
  operationRoute({
    id: "setTyping",
    method: "PUT",
    path: "/chats/:chat/typing",
    operation: "presence.type",
    tag,
    examples: [{ params, body: { action: "composing" }, status: 204 }]
  }),
  operationRoute({
    id: "setPresence",
    method: "PUT",
    path: "/presence",
    operation: "presence.set",
    tag: "Devices",
    examples: [{ params: { id }, body: { available: true }, status: 204 }]
  })
]

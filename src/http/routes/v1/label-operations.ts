/** /v1/devices/:id/labels, and the labels of chats and messages. contacts.ts lists them. */
import { Effect, Schema } from "effect"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { named } from "./message-operations.ts"
import { operationRoute } from "./operation-route.ts"
import { switchRoutes } from "./switch-routes.ts"

const tag = "Labels"
const LABEL = "7"
const label = { id: EXAMPLE.number, label: LABEL }
const ofChat = { ...label, chat: EXAMPLE.contact }
const ofMessage = { ...ofChat, message: EXAMPLE.message }

export const labelOperationRoutes: readonly Route[] = [
  operationRoute({
    id: "saveLabel",
    method: "PUT",
    path: "/labels/:label",
    operation: "label.save",
    tag,
    description: "The client chooses the label's id: a number that no other label has.",
    examples: [{ params: label, body: { name: "Por pagar", color: 3 }, status: 204 }]
  }),
  ...switchRoutes({
    on: "labelChat",
    off: "unlabelChat",
    path: "/chats/:chat/labels/:label",
    operation: "label.chat",
    tag,
    input: ({ label: of, chat }, _, assigned) => Effect.succeed({ label: String(of), chat: String(chat), assigned }),
    example: ofChat
  }),
  ...switchRoutes({
    on: "labelMessage",
    off: "unlabelMessage",
    path: "/chats/:chat/messages/:message/labels/:label",
    operation: "label.message",
    tag,
    params: { message: Schema.String },
    input: (given, of, assigned) =>
      Effect.map(named(given, of), (found) => ({ ...found, label: String(given.label), assigned })),
    example: ofMessage
  }),
  operationRoute({
    id: "deleteLabel",
    method: "DELETE",
    path: "/labels/:label",
    operation: "label.delete",
    tag,
    examples: [{ params: label, status: 204 }]
  })
]

/** DELETE /v1/messages/:id/content and DELETE /v1/contacts/:number/content: permanently erase content. */
import { Effect, Schema } from "effect"
import { eraseContact, eraseMessage } from "../../../application/erasure.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { MessageParams, PhoneNumber } from "./fields.ts"

const tag = "Erasure"
const REASON_MAX = 255

const Reason = Schema.Struct({
  reason: Schema.optionalKey(
    Schema.String.check(Schema.isMaxLength(REASON_MAX)).annotate({
      description: "Kept in the log. Do not name the person."
    })
  )
})

export const erasureRoutes: readonly Route[] = [
  route({
    id: "eraseMessage",
    method: "DELETE",
    path: "/v1/messages/:id/content",
    tag,
    summary: "Erase a message's content",
    description:
      "Permanently erases the message's text, file, edits, reactions and votes, and the messages that quote it, on every device that has it. The log stays verifiable.",
    access: { for: "principal", scope: "manage" },
    params: MessageParams,
    query: Reason,
    answers: { 200: json("The number of erased payloads.", Schema.Struct({ erased: Schema.Int })) },
    failures: ["MessageNotFound", "MessageUnderWay"],
    examples: [{ params: { id: EXAMPLE.message }, query: { reason: "asked for" }, status: 200 }],
    handle: ({ principal, params, query, origin }) =>
      Effect.map(eraseMessage(principal, params.id, { reason: query.reason ?? null, origin }), (erased) =>
        answer(200, erased)
      )
  }),
  route({
    id: "eraseContact",
    method: "DELETE",
    path: "/v1/contacts/:number/content",
    tag,
    summary: "Erase everything a contact took part in",
    description:
      "Permanently erases, on all devices, the chat with the contact, and in groups the contact's messages and receipts, the messages that quote the contact, and what others did to the contact's messages.",
    access: { for: "operator", scope: "manage", allDevices: true },
    params: Schema.Struct({ number: PhoneNumber }),
    query: Reason,
    answers: {
      200: json(
        "The number of erased payloads, and of messages that stay because they are still being sent (`underWay`).",
        Schema.Struct({ erased: Schema.Int, underWay: Schema.Int })
      )
    },
    examples: [{ params: { number: EXAMPLE.contact }, status: 200 }],
    handle: ({ params, query, origin }) =>
      Effect.map(eraseContact(params.number, { reason: query.reason ?? null, origin }), (erased) => answer(200, erased))
  })
]

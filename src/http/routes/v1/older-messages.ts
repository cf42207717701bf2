/** /v1/devices/:id/chats/:chat/history: asks the phone for older messages of a chat. */
import { Effect, Schema } from "effect"
import { requestHistory } from "../../../application/older-messages.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { ChatParams } from "./chats.ts"
import { appliedWait, waitOf } from "./wait.ts"

/** More at once phones do not give. */
const COUNT_MAX = 50

const AskedModel = Schema.Struct({
  messages: Schema.NullOr(Schema.Int).annotate({
    description: "How many messages the phone gave; 0: it has none that are older. Null: it has not answered yet."
  })
})

export const olderMessageRoutes: readonly Route[] = [
  route({
    id: "requestHistory",
    method: "POST",
    path: "/v1/devices/:id/chats/:chat/history",
    tag: "Chats",
    summary: "Ask the phone for older messages of a chat",
    description:
      "The phone gives the messages before the oldest that is known, and they are recorded as the history is: as `history.synced`, and in `GET …/messages`. Returns 202 once the phone has been asked. With `Prefer: wait=<seconds>` the response waits for its answer; a phone that is switched off answers when it is on again, or never.",
    access: { for: "principal", scope: "read" },
    params: ChatParams,
    headers: { Prefer: "`wait=<seconds>`: wait for the phone's answer, at most 60 s (RFC 7240)." },
    body: Schema.Struct({
      count: Schema.optionalKey(
        Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: COUNT_MAX })).annotate({
          description: `At most ${COUNT_MAX}, which is the default.`
        })
      )
    }),
    answers: {
      202: json("The phone has been asked, and has not answered yet.", AskedModel),
      200: json("The phone has answered, and its messages are recorded.", AskedModel)
    },
    failures: [...askFailures, "ChatNotFound", "NoMessageYet"],
    examples: [
      { params: { id: EXAMPLE.number, chat: EXAMPLE.contact }, body: { count: 20 }, status: 202 },
      {
        name: "waiting",
        params: { id: EXAMPLE.number, chat: EXAMPLE.contact },
        headers: { prefer: "wait=10" },
        body: {},
        status: 200
      }
    ],
    isInterruptible: true,
    handle: ({ principal, params, body: { count = COUNT_MAX }, origin, key, raw }) =>
      Effect.gen(function* () {
        const waitMs = waitOf(raw)
        const asked = yield* requestHistory(principal, params.id, { chat: params.chat, count, waitMs, origin }, key)
        return answer(asked.messages === null ? 202 : 200, asked, appliedWait(waitMs))
      })
  })
]

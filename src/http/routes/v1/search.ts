/** /v1/devices/:id/search: messages of a device by their words. */
import { Effect, Schema } from "effect"
import { searchMessages } from "../../../application/search.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { cursorOf, placeIn } from "./cursor.ts"
import { Cursor, DeviceParams, Flag, limitUpTo, timeOf } from "./fields.ts"
import { pageOf } from "./models.ts"
import { FoundMessageModel, foundMessageModel } from "./roster-models.ts"

const PAGE_MAX = 100
const PAGE_DEFAULT = 20
const QUERY_MAX = 300
const id = EXAMPLE.number
const chat = EXAMPLE.contact

const TextPlace = Schema.Struct({ sentAt: Schema.Int, position: Schema.Int, place: Schema.Int })

const time = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))

export const searchRoutes: readonly Route[] = [
  route({
    id: "searchMessages",
    method: "GET",
    path: "/v1/devices/:id/search",
    tag: "Chats",
    summary: "Search a device's messages",
    description:
      'The newest first. Searched are texts, captions, and the names of files, places, contacts, polls and their options, of sent and received messages and of the phone\'s history. A message is found if it has all the words of `q`, in any order; upper and lower case and accents make no difference (`café` finds `Cafe`). `"two words"` in quotation marks are found next to each other, `fact*` finds words that begin so (two letters or more; four such words in a query). All other signs only separate words: what they join has to stand together (`ana@example.com`). An edited message is found by its new text, and stands at the time of its edit. Deleted and erased messages are not found. Of a word longer than 80 Latin or 20 other letters, the beginning counts. A page may be short, or even empty, while `next` names another.',
    access: { for: "principal", scope: "read" },
    params: DeviceParams,
    query: Schema.Struct({
      q: Schema.String.check(Schema.isMaxLength(QUERY_MAX)).annotate({
        description: `The words: at most ${QUERY_MAX} characters, and 32 words and phrases; one letter, digit or pictograph at least.`
      }),
      chat: Schema.optionalKey(
        Schema.String.annotate({
          description: "Only in this chat: a telephone number, or the jid or LID of a person or a group."
        })
      ),
      fromMe: Flag("Only what the account wrote, or only what others wrote."),
      since: time("Only what was written at this time or later (ISO 8601)."),
      until: time("Only what was written at this time or earlier (ISO 8601)."),
      after: Cursor,
      limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT)
    }),
    answers: { 200: json("A page of messages, each with its chat.", pageOf(FoundMessageModel)) },
    failures: ["DeviceNotFound", "ChatNotFound", "QueryUnfit"],
    examples: [
      { params: { id }, query: { q: "pedido" }, status: 200 },
      {
        params: { id },
        query: { q: '"buenos días" fact*', chat, fromMe: "false", since: "2026-01-01T00:00:00Z", limit: "10" },
        status: 200
      },
      { params: { id }, query: { q: "…" }, status: 400 }
    ],
    isLong: true,
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const { q, fromMe, limit = PAGE_DEFAULT } = query
        const before = yield* placeIn(TextPlace, query.after)
        const since = yield* timeOf("since", query.since)
        const until = yield* timeOf("until", query.until)
        const search = { query: q, chat: query.chat, fromMe, since, until, before, limit }
        const { messages, next } = yield* searchMessages(principal, params.id, search)
        return answer(200, { items: messages.map(foundMessageModel), next: cursorOf(next) })
      })
  })
]

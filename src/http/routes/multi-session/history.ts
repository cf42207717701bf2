/** The messages that a session received. */
import { Effect, Schema } from "effect"
import { findSession } from "../../../application/device-access.ts"
import { listReceived, type ReceivedMessage } from "../../../application/received-messages.ts"
import { bodyOf, fileOf, fileUrl, typeOf, webJid } from "../../../webhooks/formats/content.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { Text } from "../whatsapp25/fields.ts"
import { SessionParams, withoutServer } from "./fields.ts"

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 500

const ReceivedModel = Schema.Struct({
  id: Schema.String,
  sessionId: Schema.String,
  from: Schema.String.annotate({ description: "The chat: `<number>@c.us`, or the jid of a group." }),
  body: Schema.String,
  type: Schema.String,
  timestamp: Schema.Int.annotate({ description: "Epoch seconds." }),
  contact: Schema.Struct({ name: Schema.NullOr(Schema.String), number: Schema.String }),
  media: Schema.optionalKey(
    Schema.Struct({
      mimetype: Schema.String,
      url: Schema.String.annotate({ description: "Where this gateway answers the file, with the same key." }),
      filename: Schema.NullOr(Schema.String)
    })
  )
}).annotate({ identifier: "SessionMessage" })

export const historyRoutes: readonly Route[] = [
  route({
    id: "sessionMessages",
    method: "GET",
    path: "/api/messages/:sessionId",
    tag: "Multi-Session",
    summary: "List the messages that a session received",
    description:
      "The newest first, those of the phone's history among them. For older ones send the `id` of the last one as `before`.",
    access: { for: "operator", scope: "read" },
    params: SessionParams,
    query: Schema.Struct({
      limit: Schema.optionalKey(
        Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: LIMIT_MAX })).annotate({
          description: `At most ${LIMIT_MAX}; ${LIMIT_DEFAULT} by default.`
        })
      ),
      before: Schema.optionalKey(Text).annotate({
        description: "Only messages older than the one with this `id`, or than this `timestamp`."
      }),
      chat: Schema.optionalKey(Text).annotate({
        description: "Only messages of this chat: a telephone number, or a `from`."
      })
    }),
    answers: {
      200: json("The messages.", Schema.Struct({ success: Schema.Boolean, messages: Schema.Array(ReceivedModel) }))
    },
    failures: ["DeviceNotFound", "MessageUnknown"],
    examples: [{ params: { sessionId: EXAMPLE.sessionId }, query: { limit: "50" }, status: 200 }],
    isLong: true,
    handle: ({ principal, params: { sessionId }, query: { limit = LIMIT_DEFAULT, before, chat } }) =>
      Effect.gen(function* () {
        const device = yield* findSession(principal, sessionId)
        const page = {
          chat: chat === undefined ? undefined : withoutServer(chat),
          before: before !== undefined && SECONDS.test(before) ? Number(before) * 1_000 : before,
          limit
        }
        // A chat that the session does not know has no messages.
        const found = yield* listReceived(device, page).pipe(Effect.catchTag("ChatNotFound", () => Effect.succeed([])))
        return answer(200, { success: true, messages: found.map((each) => receivedModel(sessionId, each)) })
      })
  })
]

/** An id of WhatsApp has more digits, and letters. */
const SECONDS = /^\d{1,11}$/

/** The same as a webhook of this dialect tells (src/webhooks/formats). */
const receivedModel = (sessionId: string, { message, chat }: ReceivedMessage): (typeof ReceivedModel)["Encoded"] => {
  const { id, content, sender, sentAt } = message
  const file = content ? fileOf(content) : undefined
  return {
    id,
    sessionId,
    from: chat.number === null ? webJid(chat.id) : `${chat.number}@c.us`,
    body: content ? bodyOf(content) : "",
    type: content ? typeOf(content) : message.deletedAt === null ? "unknown" : "revoked",
    timestamp: Math.floor(sentAt / 1_000),
    contact: { name: sender?.name ?? null, number: sender?.number ?? webJid(sender?.id ?? "") },
    ...(file ? { media: { mimetype: file.mimetype, url: fileUrl(id), filename: file.filename } } : {})
  }
}

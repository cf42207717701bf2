/** Sends texts and files. */
import { Effect, Schema } from "effect"
import { findSession } from "../../../application/device-access.ts"
import type { RequestKey } from "../../../application/idempotency.ts"
import { Limits } from "../../../application/limits.ts"
import { findSent } from "../../../application/messages.ts"
import { TEXT_MAX } from "../../../application/outgoing-file.ts"
import type { Operator } from "../../../application/principal.ts"
import { type OutgoingRequest, sendMessage, sendUnlessUnheard } from "../../../application/sending.ts"
import type { OutgoingContent } from "../../../events/content.ts"
import type { Origin } from "../../../events/envelope.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { SMALL_BODY_BYTES } from "../../plugins/bodies.ts"
import { Text } from "../whatsapp25/fields.ts"
import { Refusal, unfit } from "./answers.ts"
import { Recipient, SessionId } from "./fields.ts"

const tag = "Multi-Session"
const { sessionId, contact: number } = EXAMPLE

const Sent = Schema.Struct({
  success: Schema.Boolean,
  messageId: Schema.String,
  to: Schema.String,
  timestamp: Schema.Int.annotate({ description: "Epoch seconds." })
})

export const messageRoutes: readonly Route[] = [
  route({
    id: "sendText",
    method: "POST",
    path: "/api/send-message",
    tag,
    summary: "Send a text from a session",
    description: "Responds once WhatsApp's server has acknowledged the message.",
    access: { for: "operator", scope: "send" },
    body: Schema.Struct({ sessionId: SessionId, number: Recipient, message: Text }),
    // In JSON a character can take six bytes.
    bodyBytesMax: 6 * TEXT_MAX + SMALL_BODY_BYTES,
    speaks: (body) => typeof body === "object" && body !== null && "sessionId" in body,
    answers: { 200: json("WhatsApp has acknowledged the message.", Sent) },
    failures: [...askFailures, "MessageNotFound", "Refusal"],
    examples: [{ name: "from a session", body: { sessionId, number, message: "¡Hola desde la API!" }, status: 200 }],
    isInterruptible: true,
    handle: ({ principal, body: { sessionId, number: to, message: text }, origin, key }) =>
      Effect.gen(function* () {
        yield* fitting("message", text)
        const content = Effect.succeed<OutgoingContent>({ kind: "text", text })
        return answer(200, yield* send({ principal, sessionId, to, asked: ["text", text], content, origin, key }))
      })
  })
]

const fitting = (field: string, text: string) =>
  text.length > TEXT_MAX ? Effect.fail(unfit(`${field} has more than ${TEXT_MAX} characters`)) : Effect.void

interface Sending extends Pick<OutgoingRequest, "to" | "content"> {
  readonly principal: Operator
  readonly sessionId: string
  /** Equal for requests with the same content. */
  readonly asked: readonly (string | undefined)[]
  readonly origin: Origin
  readonly key: RequestKey | undefined
}

/**
 * Sends, and describes the message once WhatsApp's server has acknowledged it. A request without a key that repeats one with a 504, or one
 * whose client hung up, gets the outcome of the same message.
 */
const send = ({ principal, sessionId, to, asked, content, origin, key }: Sending) =>
  Effect.gen(function* () {
    const { sendAckTimeoutMs: ackTimeoutMs } = yield* Limits
    const device = yield* findSession(principal, sessionId)
    const request = { device, to, content, ackTimeoutMs, origin }
    const unkeyed = { scope: `multi-session:${principal.tokenId ?? principal.kind}`, asked }
    const outcome = key ? yield* sendMessage(request, key) : yield* sendUnlessUnheard(request, unkeyed)
    const { messageId } = outcome
    if (outcome.status === "failed") {
      return yield* Effect.fail(new Refusal(502, "WhatsApp refused the message", { code: outcome.code, messageId }))
    }
    if (outcome.status === "pending") {
      return yield* Effect.fail(new Refusal(504, "WhatsApp has not acknowledged the message yet", { messageId }))
    }
    const { createdAt } = yield* findSent(device, messageId)
    return { success: true, messageId, to, timestamp: Math.floor(createdAt / 1_000) }
  })

/** POST /v1/devices/:id/messages: sends a message. POST …/messages/:message/forward: forwards one that is known here. */
import { Effect, Schema } from "effect"
import { besideOf } from "../../../application/composing.ts"
import { findDevice } from "../../../application/device-access.ts"
import { forwardedMessage } from "../../../application/forwarding.ts"
import { findSent, saidOf } from "../../../application/messages.ts"
import { requireReady, sendMessage } from "../../../application/sending.ts"
import type { Device } from "../../../store/devices.ts"
import { STATUS } from "../../../whatsapp/jid.ts"
import { Target } from "../../../whatsapp/operations/fields.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { DeviceParams } from "./fields.ts"
import { MessageModel, messageModel } from "./models.ts"
import { compositionOf, contentOf, NewMessage } from "./new-message.ts"
import { appliedWait, waitOf } from "./wait.ts"

const id = EXAMPLE.number
const tag = "Messages"
const headers = { Prefer: "`wait=<seconds>`: wait for the acknowledgement, at most 60 s (RFC 7240)." }
const answers = {
  202: json("The message is stored. WhatsApp has not acknowledged it yet.", MessageModel),
  200: json("WhatsApp has acknowledged or refused the message; see `status`.", MessageModel)
}
const to = EXAMPLE.contact

/** The message as it is stored now: 202 while WhatsApp has not acknowledged it. */
const sent = (device: Device, messageId: string, waitMs: number) =>
  Effect.gen(function* () {
    const message = yield* findSent(device, messageId)
    const status = message.status === "queued" ? 202 : 200
    const location = `/v1/messages/${messageId}`
    return answer(status, messageModel(message, yield* saidOf(message)), { ...appliedWait(waitMs), location })
  })

export const sendingRoutes: readonly Route[] = [
  route({
    id: "sendMessage",
    method: "POST",
    path: "/v1/devices/:id/messages",
    tag,
    summary: "Send a message",
    description:
      "Send `to` with exactly one content: `text`; a file in `media` (base64, or a part of a form) or `mediaUrl`, with `kind`, `filename`, `caption`, `voiceNote`, `gif` or `sticker`; `location`; `contacts`; or `poll`. A form has texts and flags only. A file in a format that phones do not show as `kind` is converted (most pictures) or sent as a document; then the response has `content.given`. Returns 202 once the message is stored; read its delivery status at `Location`. With `Prefer: wait=<seconds>` the response waits for WhatsApp's acknowledgement.",
    access: { for: "principal", scope: "send" },
    params: DeviceParams,
    headers,
    body: { file: "media", part: "media", fields: NewMessage },
    answers,
    failures: [...askFailures, "FetchProblem", "FileTooLarge", "MessageNotFound"],
    examples: [
      { name: "text", params: { id }, body: { to, text: "Hola" }, status: 202 },
      {
        name: "file",
        params: { id },
        headers: { prefer: "wait=10" },
        body: { to, media: "JVBERi0xLjQK", filename: "factura.pdf" },
        status: 200
      },
      {
        name: "answer",
        params: { id },
        body: { to, text: `@${EXAMPLE.contact} ya sale`, quote: EXAMPLE.message, mentions: [EXAMPLE.contact] },
        status: 202
      },
      {
        name: "location",
        params: { id },
        body: { to, location: { latitude: -12.0464, longitude: -77.0428, name: "Tienda" } },
        status: 202
      },
      {
        name: "contacts",
        params: { id },
        body: { to, contacts: [{ name: "Reparto", number: EXAMPLE.contact }] },
        status: 202
      },
      {
        name: "poll",
        params: { id },
        body: { to, poll: { name: "¿A qué hora?", options: ["9 h", "15 h"] }, messageId: "encuesta-0001" },
        status: 202
      },
      {
        name: "status",
        params: { id },
        body: { to: STATUS, text: "Abierto", audience: [EXAMPLE.contact] },
        status: 202
      }
    ],
    admitUpload: ({ principal, params: { id: reference = "" } }) =>
      Effect.flatMap(findDevice(principal, reference), (device) => requireReady(device)),
    isInterruptible: true,
    handle: ({ principal, params, body, origin, key, raw }) =>
      Effect.gen(function* () {
        const { fields } = body
        const content = yield* contentOf(principal, body)
        const waitMs = waitOf(raw)
        const device = yield* findDevice(principal, params.id)
        const request = {
          device,
          to: fields.to,
          beside: besideOf(device, compositionOf(fields)),
          content,
          messageId: fields.messageId,
          ackTimeoutMs: waitMs,
          origin
        }
        const { messageId } = yield* sendMessage(request, key)
        return yield* sent(device, messageId, waitMs)
      })
  }),
  route({
    id: "forwardMessage",
    method: "POST",
    path: "/v1/devices/:id/messages/:message/forward",
    tag,
    summary: "Forward a message that the device has sent or received",
    description:
      "Forwards texts, files, locations, contacts and polls. A file that was received is fetched from WhatsApp first, if it is not here yet. Responds as sending does.",
    access: { for: "principal", scope: "send" },
    params: Schema.Struct({
      ...DeviceParams.fields,
      message: Schema.String.annotate({ description: "The message's id." })
    }),
    headers,
    body: Schema.Struct({ to: Target }),
    answers,
    failures: [...askFailures, "MessageNotFound", "NotForwardable", "MediaGone", "MediaUnusable", "FileTooLarge"],
    examples: [{ params: { id, message: EXAMPLE.fileMessage }, body: { to }, status: 202 }],
    isInterruptible: true,
    handle: ({ principal, params, body, origin, key, raw }) =>
      Effect.gen(function* () {
        const waitMs = waitOf(raw)
        const device = yield* findDevice(principal, params.id)
        // Not looked for where a repeat is answered with what the first request sent.
        const found = yield* Effect.cached(forwardedMessage(device, params.message))
        const beside = Effect.flatMap(found, ({ forwarded }) => besideOf(device, { to: body.to, forwarded }))
        const content = Effect.flatMap(found, (message) => message.content)
        const request = { device, to: body.to, beside, content, ackTimeoutMs: waitMs, origin }
        const { messageId } = yield* Effect.scoped(sendMessage(request, key))
        return yield* sent(device, messageId, waitMs)
      })
  })
]

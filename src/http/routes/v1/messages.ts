/** /v1/messages/:id: what a message says, its delivery status, and its file. */
import { Effect } from "effect"
import { findMessage, messageFile, saidOf } from "../../../application/messages.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { fileAnswer, fileAnswers, fileHeaders } from "../../file-answer.ts"
import { MessageParams } from "./fields.ts"
import { MessageModel, messageModel } from "./models.ts"

const tag = "Messages"

export const messageRoutes: readonly Route[] = [
  route({
    id: "getMessage",
    method: "GET",
    path: "/v1/messages/:id",
    tag,
    summary: "Get a message: what it says, and its delivery status",
    access: { for: "principal", scope: "read" },
    params: MessageParams,
    answers: { 200: json("The message.", MessageModel) },
    failures: ["MessageNotFound"],
    examples: [{ params: { id: EXAMPLE.message }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.gen(function* () {
        const message = yield* findMessage(principal, params.id)
        return answer(200, messageModel(message, yield* saidOf(message)))
      })
  }),
  route({
    id: "getMessageMedia",
    method: "GET",
    path: "/v1/messages/:id/media",
    tag,
    summary: "Get a message's file",
    description:
      "A received file is fetched from WhatsApp at the first request for it. If WhatsApp no longer has it, the phone is asked to upload it again, for at most 30 seconds.",
    access: { for: "principal", scope: "read" },
    params: MessageParams,
    headers: fileHeaders,
    answers: fileAnswers,
    failures: ["MessageNotFound", "NoMedia", "MediaGone", "MediaUnusable", "FileTooLarge", "NoAnswer"],
    examples: [{ params: { id: EXAMPLE.fileMessage }, status: 200 }],
    isLong: true,
    handle: ({ principal, params, raw }) =>
      Effect.map(messageFile(principal, params.id), (file) => fileAnswer(file, raw))
  })
]

/** A message that the device has just sent, as chats show it. */
import { Effect } from "effect"
import type { Device } from "../store/devices.ts"
import type { MessageView } from "./chats.ts"
import { findSent, saidOf } from "./messages.ts"

export const messageSent = (device: Pick<Device, "id" | "deviceNumber">, messageId: string) =>
  Effect.gen(function* () {
    const message = yield* findSent(device, messageId)
    const said = yield* saidOf(message)
    return {
      id: message.messageId,
      position: message.position,
      chat: message.chat,
      fromMe: true,
      sender: null,
      kind: message.kind,
      content: said?.content ?? null,
      context: said?.context ?? null,
      sentAt: message.sentAt ?? message.createdAt,
      status: message.status,
      editedAt: message.editedAt,
      deletedAt: message.revokedAt,
      failure: message.failure,
      isStarred: false
    } satisfies MessageView
  })

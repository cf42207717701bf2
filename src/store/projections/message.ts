/** The tables `message` (every message and its fate) and `outbox` (those that still wait for WhatsApp's word). */
import type { RecordedEvent } from "../../events/envelope.ts"
import type { MessageEvent } from "../../events/message.ts"
import type { Statement } from "../dialect/dialect.ts"
import { type Assignments, deleteFrom, insertInto, type Projection, updateWhere } from "./projection.ts"

export const messageProjection: Projection = {
  name: "message",
  version: 1,
  tables: ["message", "outbox"],
  project: (recorded, data) =>
    recorded.stream.startsWith("messages/")
      ? projectMessage(recorded, { type: recorded.type, data } as MessageEvent)
      : []
}

const projectMessage = (recorded: RecordedEvent, event: MessageEvent): readonly Statement[] => {
  const { recordedAt: at, device, position } = recorded
  const message_id = event.data.messageId
  const own = { device, message_id, from_me: 1 }
  const update = (values: Assignments) => updateWhere("message", values, own)
  const settled = deleteFrom("outbox", { device, message_id })
  switch (event.type) {
    case "message.queued":
      return [
        insertInto("message", {
          ...own,
          chat: event.data.chat,
          sender: "",
          kind: event.data.content.kind,
          status: "queued",
          created_at: at,
          position
        }),
        insertInto("outbox", { device, message_id, position, expires_at: event.data.expiresAt })
      ]
    case "message.sent":
      return [update({ status: "sent", sent_at: at }), settled]
    case "message.delivered":
      return [update({ status: "delivered", delivered_at: at }), settled]
    case "message.read":
      return [update({ status: "read", read_at: at }), settled]
    case "message.played":
      return [update({ status: "played", played_at: at }), settled]
    case "message.failed":
      return [
        update({
          status: "failed",
          failed_at: at,
          failure_code: event.data.code,
          failure_text: event.data.text.slice(0, 255)
        }),
        settled
      ]
    case "message.received":
      return [
        insertInto("message", {
          device,
          message_id,
          from_me: event.data.fromMe ? 1 : 0,
          chat: event.data.chat,
          sender: event.data.sender,
          kind: event.data.content.kind,
          status: "received",
          created_at: at,
          position
        })
      ]
  }
}

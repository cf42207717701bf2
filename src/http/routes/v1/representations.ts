/** How devices, events and messages look in /v1. Times are ISO 8601, hashes hex. */
import { type RecordedEvent, toHex } from "../../../events/envelope.ts"
import type { MessageRow } from "../../../store/messages.ts"
import type { DeviceView } from "../../live-device.ts"

export const iso = (at: number | null | undefined): string | null =>
  at === null || at === undefined ? null : new Date(at).toISOString()

export const deviceBody = ({ row, state, isReady, qr, syncPercent, lastSeen }: DeviceView) => ({
  id: row.device_id,
  deviceNumber: row.number_id,
  number: row.number,
  sessionId: row.session_id,
  name: row.name,
  state,
  ready: isReady,
  hasQr: qr !== null,
  wanted: row.wanted === 1,
  paired: row.paired === 1,
  jid: row.jid,
  lid: row.lid,
  syncPercent,
  reason: row.reason,
  userAction: row.user_action,
  registeredAt: iso(row.registered_at),
  connectedAt: iso(row.connected_at),
  disconnectedAt: iso(row.disconnected_at),
  lastSeen: iso(lastSeen)
})

/** An event as JSON text; the payload stands in it as it was recorded, without being parsed. */
export const eventText = (event: RecordedEvent): string => {
  const envelope = JSON.stringify({
    position: event.position,
    stream: event.stream,
    version: event.version,
    device: event.device,
    type: event.type,
    from: event.fromState,
    to: event.toState,
    who: event.who,
    commandId: event.commandId,
    correlation: event.correlation,
    recordedAt: iso(event.recordedAt),
    hash: toHex(event.hash)
  })
  return `${envelope.slice(0, -1)},"data":${event.text ?? "null"}}`
}

/** A step of a device's history, without what came with it. */
export const transitionBody = (event: RecordedEvent) => ({
  position: event.position,
  version: event.version,
  type: event.type,
  from: event.fromState,
  to: event.toState,
  who: event.who,
  recordedAt: iso(event.recordedAt)
})

export const messageBody = (row: MessageRow, deviceId: string) => ({
  id: row.message_id,
  device: deviceId,
  chat: row.chat,
  fromMe: row.from_me === 1,
  kind: row.kind,
  status: row.status,
  createdAt: iso(row.created_at),
  sentAt: iso(row.sent_at),
  deliveredAt: iso(row.delivered_at),
  readAt: iso(row.read_at),
  playedAt: iso(row.played_at),
  failedAt: iso(row.failed_at),
  failure: row.failure_code === null ? null : { code: row.failure_code, text: row.failure_text },
  position: row.position
})

/** An event as clients get it: over HTTP, on the live stream and in webhooks. Pure. */
import { type RecordedEvent, toHex } from "./envelope.ts"

/** Returns an event as JSON text. The payload is inserted as it was recorded, without being parsed. */
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
    recordedAt: new Date(event.recordedAt).toISOString(),
    hash: toHex(event.hash)
  })
  return `${envelope.slice(0, -1)},"data":${event.text ?? "null"}}`
}

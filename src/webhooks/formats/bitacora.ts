/** This gateway's own format: the event as on `/v1/stream`. After an erasure its `data` is null. */
import { eventText } from "../../events/event-text.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { Format } from "./format.ts"

/**
 * Endpoints that keep up share the events in memory, and so the body of each. It goes with the event: an erasure replaces that in memory.
 */
const made = new WeakMap<RecordedEvent, readonly string[]>()

export const bitacora: Format = {
  name: "bitacora",
  types: undefined,
  isOfOwner: false,
  needs: () => undefined,
  sample: (at) => JSON.stringify({ type: "webhook.test", recordedAt: at, data: {} }),
  bodies: ({ event }) => {
    const known = made.get(event)
    if (known !== undefined) return known
    const bodies = [eventText(event)]
    made.set(event, bodies)
    return bodies
  }
}

/** This gateway's own format: the event as on `/v1/stream`. After an erasure its `data` is null. */
import { eventText } from "../../events/event-text.ts"
import type { Format } from "./format.ts"

export const bitacora: Format = {
  name: "bitacora",
  types: undefined,
  isOfOwner: false,
  needs: () => undefined,
  sample: (at) => JSON.stringify({ type: "webhook.test", recordedAt: at, data: {} }),
  bodies: ({ event }) => [eventText(event)]
}

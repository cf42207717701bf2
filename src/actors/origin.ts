/** Who is named in the envelope of events that no client asked for. */
import type { Origin } from "../events/envelope.ts"

/** The gateway itself: timers, starts and stops. */
export const gateway: Origin = { who: "gateway", commandId: null, causation: null, correlation: null }

/** Heard from WhatsApp on a connection, by its generation within this run of the actor. */
export const whatsapp = (generation: number): Origin => ({
  who: "whatsapp",
  commandId: null,
  causation: null,
  correlation: `connection:${generation}`
})

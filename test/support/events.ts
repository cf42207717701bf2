/** Events that fit any stream in a test of the store. Does not import vitest, so that a test's child processes can use it. */
import type { Origin } from "../../src/events/envelope.ts"
import type { Append, EventToAppend } from "../../src/store/log/chain-events.ts"

export const origin: Origin = { who: "test", commandId: null, causation: null, correlation: null }

/** A received message: an event that fits any stream in a test of the store. */
export const received = (messageId: string, text = "hola"): EventToAppend => ({
  type: "message.received",
  data: {
    messageId,
    chat: "51999999999@s.whatsapp.net",
    chatAlt: null,
    sender: "51999999999@s.whatsapp.net",
    senderAlt: null,
    fromMe: false,
    pushName: null,
    sentAt: 1_790_000_000_000,
    offline: false,
    content: { kind: "text", text }
  }
})

export const appendTo = (
  stream: string,
  expected: Append["expected"],
  events: readonly EventToAppend[],
  device: number | null = 1
): Append => ({ stream, device, expected, events, origin })

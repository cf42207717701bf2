/**
 * What becomes of a sent message. Pure.
 *
 * Its fate only moves forward: queued, sent, delivered, read, played. Receipts come late, twice and out of order; one that
 * says nothing new is no event. A message that was given up can still turn out to have arrived, and then that is recorded.
 */
import type { MessageEvent } from "../../events/message.ts"
import type { MessageSignal } from "../../whatsapp/whatsapp.ts"

/** As the projection keeps it; `received` is a message sent from the phone itself, which WhatsApp has. */
export type MessageStatus = "queued" | "failed" | "sent" | "received" | "delivered" | "read" | "played"

const RANK: Readonly<Record<MessageStatus, number>> = {
  queued: 0,
  failed: 1,
  sent: 2,
  received: 2,
  delivered: 3,
  read: 4,
  played: 5
}

/** What is heard of one message. */
export type FateSignal =
  | Exclude<MessageSignal, { type: "received" }>
  /** The gateway gives up: it expired, or could not be built. */
  | { readonly type: "gave_up"; readonly messageId: string; readonly code: string; readonly text: string }

/** The event that the signal makes of a message in this status; undefined when it says nothing new. */
export const decideFate = (status: MessageStatus, signal: FateSignal): MessageEvent | undefined => {
  const { messageId } = signal
  const forward = (to: MessageStatus) => RANK[to] > RANK[status]
  switch (signal.type) {
    case "acknowledged":
      return forward("sent") ? { type: "message.sent", data: { messageId } } : undefined
    case "receipt":
      return forward(signal.receipt)
        ? { type: `message.${signal.receipt}`, data: { messageId, at: signal.at } }
        : undefined
    case "refused":
      return status === "queued"
        ? { type: "message.failed", data: { messageId, code: signal.code, text: refusal(signal.code) } }
        : undefined
    case "gave_up":
      return status === "queued"
        ? { type: "message.failed", data: { messageId, code: signal.code, text: signal.text } }
        : undefined
  }
}

/** The status after an event of a sent message. */
export const statusAfter = (event: MessageEvent): MessageStatus => event.type.slice("message.".length) as MessageStatus

/** Codes that WhatsApp's server puts into a negative ack, as far as anybody outside has explained them. */
const refusals: Readonly<Record<string, string>> = {
  "463": "WhatsApp does not let this account write to new contacts at the moment",
  "479": "WhatsApp found the message malformed, mostly because of an outdated list of the contact's devices",
  "500": "WhatsApp's server failed"
}

const refusal = (code: string): string => refusals[code] ?? `WhatsApp refused the message with code ${code}`

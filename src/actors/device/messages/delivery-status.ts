/**
 * The delivery status of a sent message. Pure.
 *
 * It only moves forward: queued, sent, delivered, read, played. Receipts come late, twice and out of order; one that says
 * nothing new is no event. A message that was given up can still turn out to have arrived, and then that is recorded.
 */
import type { MessageEvent, RefusalCause } from "../../../events/message.ts"
import type { MessageStatus } from "../../../store/messages.ts"
import { AckError } from "../../../whatsapp/codes.ts"
import type { MessageSignal } from "../../../whatsapp/whatsapp.ts"

const RANK: Readonly<Record<MessageStatus, number>> = {
  queued: 0,
  failed: 1,
  sent: 2,
  received: 2,
  delivered: 3,
  read: 4,
  played: 5
}

/** What changes the status of one message. */
export type DeliverySignal =
  | Exclude<MessageSignal, { type: "received" | "history" }>
  /** The gateway gives the message up: it expired, could not be built, or its device was removed. */
  | { readonly type: "gave_up"; readonly messageId: string; readonly code: string; readonly text: string }

/** What can be recorded of a sent message's delivery. */
export type DeliveryEvent = Extract<
  MessageEvent,
  { type: "message.sent" | "message.delivered" | "message.read" | "message.played" | "message.failed" }
>

/** The event that the signal makes of a message in this status; undefined when it says nothing new. */
export const decideDelivery = (status: MessageStatus, signal: DeliverySignal): DeliveryEvent | undefined => {
  const { messageId } = signal
  const forward = (to: MessageStatus) => RANK[to] > RANK[status]
  switch (signal.type) {
    case "acknowledged":
      return forward("sent") ? { type: "message.sent", data: { messageId } } : undefined
    case "receipt":
      return forward(signal.receipt) ? receiptEvent(signal) : undefined
    case "refused":
      return status === "queued" ? { type: "message.failed", data: { messageId, ...refusalOf(signal) } } : undefined
    case "gave_up":
      return status === "queued"
        ? { type: "message.failed", data: { messageId, code: signal.code, text: signal.text } }
        : undefined
  }
}

type Receipt = Extract<MessageSignal, { type: "receipt" }>

/** In a group each participant sends receipts of their own; the message's status is the furthest of them. */
export const receiptEvent = ({ messageId, receipt, at, participant }: Receipt): DeliveryEvent => ({
  type: `message.${receipt}`,
  data: participant === null ? { messageId, at } : { messageId, at, participant }
})

/** The status after an event of a sent message that was in `status`. */
export const statusAfter = (status: MessageStatus, event: DeliveryEvent): MessageStatus => {
  const next = event.type.slice("message.".length) as MessageStatus
  return RANK[next] > RANK[status] ? next : status
}

/** Codes that WhatsApp's server puts into a negative ack, as far as they are documented outside of WhatsApp. */
const refusals: Readonly<Record<string, string>> = {
  [AckError.reachoutRestricted]: "WhatsApp does not let this account write to new contacts at the moment",
  [AckError.malformed]:
    "WhatsApp found the message malformed, mostly because of an outdated list of the contact's devices",
  [AckError.serverError]: "WhatsApp's server failed"
}

const causes: Readonly<Record<RefusalCause, string>> = {
  timelock: "WhatsApp lets this account write to no new contacts until a time that GET /v1/devices/:id/health tells",
  no_token: "WhatsApp lets this account write to this contact only after the contact has written first"
}

const refusalOf = ({ code, cause }: Extract<MessageSignal, { type: "refused" }>) =>
  cause === undefined
    ? { code, text: refusals[code] ?? `WhatsApp refused the message with code ${code}` }
    : { code, text: causes[cause], cause }

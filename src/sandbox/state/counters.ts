/**
 * What the network counts since its process started. The counters do not survive it. `GET /stats` of the control API
 * shows them.
 */

/** Counters that only go up. */
export interface Counters {
  /** WebSocket connections accepted. */
  connections: number
  /** Logins that succeeded. */
  logins: number
  /** Companions linked: by QR, by code or provisioned. */
  pairings: number
  /** Stanzas read from clients and written to them. */
  stanzasIn: number
  stanzasOut: number
  /** Messages submitted by clients, phones and contacts. */
  messages: number
  /** Messages acked with an error. */
  messageErrors: number
  /** Receipts submitted by clients, phones and contacts, and the retry receipts among them. */
  receipts: number
  retryReceipts: number
  /** Iqs that no handler understands. Each was answered with error 501. */
  unknownIqs: number
  /** Messages that a device submitted again although no retry receipt asked for it. */
  duplicateMessageIds: number
  /** Messages that a phone or contact received again. It kept one copy. */
  duplicatesReceived: number
  /** The most sockets of one device that were logged in at the same time. A correct gateway never exceeds 1. */
  socketsAtOnce: number
  uploads: number
  downloads: number
  /** Faults that were triggered. */
  faults: number
  /** Stanzas, messages, receipts and media that were dropped because a bound was reached. */
  droppedStanzas: number
  droppedInbox: number
  droppedMedia: number
}

/** New counters, all zero. */
export function newCounters(): Counters {
  return {
    connections: 0,
    logins: 0,
    pairings: 0,
    stanzasIn: 0,
    stanzasOut: 0,
    messages: 0,
    messageErrors: 0,
    receipts: 0,
    retryReceipts: 0,
    unknownIqs: 0,
    duplicateMessageIds: 0,
    duplicatesReceived: 0,
    socketsAtOnce: 0,
    uploads: 0,
    downloads: 0,
    faults: 0,
    droppedStanzas: 0,
    droppedInbox: 0,
    droppedMedia: 0
  }
}

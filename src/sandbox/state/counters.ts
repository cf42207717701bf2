/**
 * What the network counts, and the checks that need a memory: message ids submitted twice, and sockets of one device
 * that were logged in at the same time. Counted since this process started; not part of the state that survives it.
 */

/** Counters that only go up. */
export interface Counters {
  /** WebSocket connections accepted. */
  connections: number
  /** Logins that succeeded. */
  logins: number
  /** Companions linked, by QR, by code or provisioned. */
  pairings: number
  /** Stanzas read from and written to clients. */
  stanzasIn: number
  stanzasOut: number
  /** Messages accepted from senders: clients, phones and contacts. */
  messages: number
  /** Messages answered with an error instead of a plain ack. */
  messageErrors: number
  /** Receipts accepted from anybody, and the retry receipts among them. */
  receipts: number
  retryReceipts: number
  /** Iqs that nobody here understands; each was answered 501. */
  unknownIqs: number
  /** Message ids that one device submitted more than once without having been asked to. */
  duplicateMessageIds: number
  /** Messages that a phone or contact had already: it kept one. */
  duplicatesReceived: number
  /** The greatest number of sockets of one device that were logged in at once. A right gateway never exceeds 1. */
  socketsAtOnce: number
  uploads: number
  downloads: number
  /** Faults that struck. */
  faults: number
  /** What bounds threw away. */
  droppedStanzas: number
  droppedInbox: number
  droppedMedia: number
}

/** A new set of counters, all zero. */
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

const ID_MEMORY_MAX = 20_000

/**
 * Remembers which message ids a device has submitted. A repetition counts, unless a retry receipt asked for it: Baileys
 * then sends the message again under the same id, to every device when the asker is a phone (messages-recv.js
 * sendMessagesAgain).
 */
export class MessageIdLedger {
  readonly #repetitionsAllowed = new Map<string, number>()
  readonly #counters: Counters

  constructor(counters: Counters) {
    this.#counters = counters
  }

  submitted(device: string, messageId: string): void {
    const key = `${device} ${messageId}`
    const allowed = this.#repetitionsAllowed.get(key)
    if (allowed === 0) this.#counters.duplicateMessageIds++
    this.#repetitionsAllowed.set(key, Math.max(0, (allowed ?? 1) - 1))
    if (this.#repetitionsAllowed.size > ID_MEMORY_MAX) {
      for (const oldest of this.#repetitionsAllowed.keys()) {
        this.#repetitionsAllowed.delete(oldest)
        break
      }
    }
  }

  retryRequested(device: string, messageId: string): void {
    const key = `${device} ${messageId}`
    const allowed = this.#repetitionsAllowed.get(key)
    if (allowed !== undefined) this.#repetitionsAllowed.set(key, allowed + 1)
  }
}

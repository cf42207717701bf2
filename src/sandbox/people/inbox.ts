/**
 * What a phone or contact has received, sent from elsewhere included, and the receipts it saw for its own messages.
 * Like a phone it keeps one copy of a message, by its id and sender, and counts the others.
 */
import { BoundedLog } from "../state/bounded-log.ts"
import type { MessageSummary } from "./message-content.ts"
import type { Settings } from "../settings.ts"
import type { State } from "../state/store.ts"
import type { Counters } from "../state/counters.ts"

/** One message. */
export interface InboxMessage extends MessageSummary {
  readonly id: string
  /** Number of the sender. */
  readonly from: string
  /** The chat as this person would answer it: the sender's jid as it was addressed, or the group. */
  readonly chat: string
  readonly group?: string
  /** Sent by this person, from another device. */
  readonly fromMe?: true
  /** Digest and size of the media, downloaded and opened. */
  readonly sha256?: string
  readonly bytes?: number
  /** Why the media could not be had. */
  readonly mediaError?: string
  /** When it arrived, ISO 8601. */
  readonly at: string
  /** The encoded Message, as it was decrypted. */
  readonly raw: Uint8Array
}

/** One receipt for a message that this person sent. */
export interface SeenReceipt {
  readonly id: string
  /** Number of whoever gave it. */
  readonly from: string
  /** `delivery`, `inactive`, `read`, `played`, `retry`… */
  readonly type: string
  readonly at: string
}

/** One inbox, and the receipts beside it. Both survive and are bounded. */
export class Inbox {
  readonly #messages: BoundedLog<InboxMessage>
  readonly #receipts: BoundedLog<SeenReceipt>
  readonly #known: Set<string>
  readonly #counters: Counters

  constructor(owner: string, state: State, settings: Settings, counters: Counters) {
    this.#counters = counters
    const onDrop = (kind: string): void => {
      if (counters.droppedInbox++ % settings.inboxMax === 0)
        settings.log(`sandbox: the ${kind} of ${owner} are over their bound; the oldest are dropped`)
    }
    this.#messages = new BoundedLog<InboxMessage>({
      state,
      kind: "inbox",
      owner,
      max: settings.inboxMax,
      onDrop: (dropped) => {
        this.#known.delete(identityOf(dropped))
        onDrop("messages")
      }
    })
    this.#receipts = new BoundedLog<SeenReceipt>({
      state,
      kind: "receipts",
      owner,
      max: settings.inboxMax,
      onDrop: () => onDrop("receipts")
    })
    this.#known = new Set(this.#messages.values().map((message) => identityOf(message)))
  }

  get messages(): InboxMessage[] {
    return this.#messages.values()
  }

  get receipts(): SeenReceipt[] {
    return this.#receipts.values()
  }

  find(id: string): InboxMessage | undefined {
    return this.#messages.values().findLast((message) => message.id === id)
  }

  /** Keeps a message; false when it was there already. */
  add(message: InboxMessage): boolean {
    const identity = identityOf(message)
    if (this.#known.has(identity)) {
      this.#counters.duplicatesReceived++
      return false
    }
    this.#known.add(identity)
    this.#messages.append(message)
    return true
  }

  addReceipt(receipt: SeenReceipt): void {
    this.#receipts.append(receipt)
  }
}

function identityOf({ id, from }: Pick<InboxMessage, "id" | "from">): string {
  return `${from} ${id}`
}

/**
 * The inbox of a handset: the messages that it received, also those that its companions sent, and the receipts for its own
 * messages. It keeps one copy of a message, by id and sender, as a phone does, and counts further copies.
 */
import type { Settings } from "../settings.ts"
import { BoundedLog } from "../state/bounded-log.ts"
import type { Counters } from "../state/counters.ts"
import type { State } from "../state/store.ts"
import type { MessageSummary } from "./message-summary.ts"

/** One message. */
export interface InboxMessage extends MessageSummary {
  readonly id: string
  /** Number of the sender; the jid of the channel for a post. */
  readonly from: string
  /** The jid to which an answer would go: the sender in the addressing that the message used, or the group. */
  readonly chat: string
  readonly group?: string
  /** The channel of a post, and the number of the post in it. */
  readonly channel?: string
  readonly serverId?: string
  /** Whether another device of the same account sent it. */
  readonly fromMe?: true
  /** SHA-256 and size of the media after decryption. */
  readonly sha256?: string
  readonly bytes?: number
  /** Why the media could not be downloaded or decrypted. */
  readonly mediaError?: string
  /** When it arrived, ISO 8601. */
  readonly at: string
  /** The encoded Message, as it was decrypted. */
  readonly raw: Uint8Array
}

/** One receipt for a message that this handset sent. */
export interface SeenReceipt {
  readonly id: string
  /** Number of the account that sent the receipt. */
  readonly from: string
  /** `delivery`, `inactive`, `read`, `played`, `retry`… */
  readonly type: string
  readonly at: string
}

/** What this handset was shown of an account. */
export interface SeenPresence {
  /** Number of the account. */
  readonly from: string
  /** `available`, `unavailable`, `composing`, `recording` or `paused`. */
  readonly state: string
  /** The group in which it is typing. */
  readonly group?: string
  readonly at: string
}

/** One inbox with its receipts and what it saw of others. All survive, and have a bound. */
export class Inbox {
  readonly #messages: BoundedLog<InboxMessage>
  readonly #receipts: BoundedLog<SeenReceipt>
  readonly #presences: BoundedLog<SeenPresence>
  readonly #seen: BoundedLog<{ readonly id: string; readonly tick: "read" | "played" }>
  readonly #known: Set<string>
  readonly #counters: Counters

  constructor(owner: string, state: State, settings: Settings, counters: Counters) {
    this.#counters = counters
    const onDrop = (kind: string): void => {
      if (counters.droppedInbox++ % settings.inboxMax === 0)
        settings.log(
          `sandbox: the ${kind} of ${owner} are over their bound (${settings.inboxMax}); the oldest are dropped`
        )
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
    this.#presences = new BoundedLog<SeenPresence>({
      state,
      kind: "presences",
      owner,
      max: settings.inboxMax,
      onDrop: () => onDrop("presences")
    })
    this.#seen = new BoundedLog({ state, kind: "seen", owner, max: settings.inboxMax, onDrop: () => undefined })
    this.#known = new Set(this.#messages.values().map((message) => identityOf(message)))
  }

  get messages(): InboxMessage[] {
    return this.#messages.values()
  }

  get receipts(): SeenReceipt[] {
    return this.#receipts.values()
  }

  get presences(): SeenPresence[] {
    return this.#presences.values()
  }

  /** How far received messages came with their owner, by id; those that are left out were delivered. */
  get seenTicks(): ReadonlyMap<string, "read" | "played"> {
    const ticks = new Map<string, "read" | "played">()
    for (const { id, tick } of this.#seen.values()) if (ticks.get(id) !== "played") ticks.set(id, tick)
    return ticks
  }

  /** The owner has read a message, or listened to it. */
  markSeen(id: string, tick: "read" | "played"): void {
    this.#seen.append({ id, tick })
  }

  find(id: string): InboxMessage | undefined {
    return this.#messages.values().findLast((message) => message.id === id)
  }

  /** Adds a message. Returns false when the inbox has it already. */
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

  addPresence(presence: SeenPresence): void {
    this.#presences.append(presence)
  }
}

function identityOf({ id, from }: Pick<InboxMessage, "id" | "from">): string {
  return `${from} ${id}`
}

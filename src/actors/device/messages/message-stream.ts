/**
 * A device's stream of messages: appended by its actor alone. Keeps OUT-1 and OUT-4.
 *
 * Holds the delivery status of recent messages in memory, and looks up that of others.
 */
import { Effect } from "effect"
import type { Origin } from "../../../events/envelope.ts"
import type { MessageEvent } from "../../../events/message.ts"
import { messageStream } from "../../../events/streams.ts"
import type { Append, AppendedEvent } from "../../../store/log/chain-events.ts"
import type { Statement } from "../../../store/dialect/dialect.ts"
import type { DuplicateKey, StoreUnavailable } from "../../../store/errors.ts"
import type { EventLogShape } from "../../../store/log/event-log.ts"
import { type Known, type MessagesShape, type MessageStatus, receivedKey } from "../../../store/messages.ts"
import type { Incoming, PastMessage, ReceivedMessage } from "../../../whatsapp/whatsapp.ts"
import {
  decideDelivery,
  type DeliveryEvent,
  type DeliverySignal,
  receiptEvent,
  statusAfter
} from "./delivery-status.ts"

export interface MessageStore {
  readonly log: EventLogShape
  readonly messages: MessagesShape
}

export interface PlannedDeliveries {
  readonly events: readonly DeliveryEvent[]
  readonly append: Append
  readonly took: () => void
}

const KNOWN_MAX = 5_000
const EARLY_MAX = 500
const EARLY_OF_ONE_MAX = 100
/** Events in one append at most; a longer batch of received messages is several. */
const BATCH = 200
/** In JSON a character can take six bytes, and a MySQL server may take 16 MB at once. */
const BATCH_CHARACTERS = 500_000

export class MessageStream {
  readonly #store: MessageStore
  readonly #stream: string
  readonly #device: number
  #version: number
  readonly #known = new Map<string, MessageStatus>()
  /** Receipts of messages that are not known yet. */
  readonly #early = new Map<string, readonly DeliverySignal[]>()

  private constructor(store: MessageStore, stream: string, device: number, version: number) {
    this.#store = store
    this.#stream = stream
    this.#device = device
    this.#version = version
  }

  static load(store: MessageStore, deviceId: string, device: number): Effect.Effect<MessageStream, StoreUnavailable> {
    const stream = messageStream(deviceId)
    return Effect.map(store.log.streamVersion(stream), (version) => new MessageStream(store, stream, device, version))
  }

  /** Accepts a message; `statements` go with it, such as the claim of an idempotency key. */
  queue(
    event: Extract<MessageEvent, { type: "message.queued" }>,
    origin: Origin,
    statements: readonly Statement[]
  ): Effect.Effect<AppendedEvent, StoreUnavailable | DuplicateKey> {
    return Effect.map(this.#append([event], origin, statements), ([recorded]) => {
      this.#remember(event.data.messageId, "queued")
      return recorded as AppendedEvent
    })
  }

  /** Records what the signal means for the message, and `statements` with it; undefined when it says nothing new, or of no message of ours. */
  hear(
    signal: DeliverySignal,
    origin: Origin,
    statements: readonly Statement[] = []
  ): Effect.Effect<DeliveryEvent | undefined, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const status = this.#known.get(signal.messageId) ?? (yield* this.#lookUp(signal.messageId))
      if (status === undefined) {
        this.#keepForLater(signal)
        return undefined
      }
      const event = yield* this.#eventOf(status, signal)
      if (event === undefined) return undefined
      yield* this.#append([event], origin, statements).pipe(Effect.catchTag("DuplicateKey", Effect.die))
      this.#remember(signal.messageId, statusAfter(status, event))
      return event
    })
  }

  /**
   * Plans events for several messages as one append, which the caller commits; `undefined` where the signals say nothing new.
   * Call `took` after the commit.
   */
  plan(
    signals: readonly DeliverySignal[],
    origin: Origin
  ): Effect.Effect<PlannedDeliveries | undefined, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const events: DeliveryEvent[] = []
      const statuses: (readonly [messageId: string, status: MessageStatus])[] = []
      for (const signal of signals) {
        const status = this.#known.get(signal.messageId) ?? (yield* this.#lookUp(signal.messageId))
        const event = status && decideDelivery(status, signal)
        if (!event) continue
        events.push(event)
        statuses.push([signal.messageId, statusAfter(status, event)])
      }
      if (events.length === 0) return undefined
      const append = { stream: this.#stream, device: this.#device, expected: this.#version, events, origin }
      const took = () => {
        this.#version += events.length
        for (const [messageId, status] of statuses) this.#remember(messageId, status)
      }
      return { events, append, took }
    })
  }

  /** Records those that are new. WhatsApp delivers a message again when it did not see our receipt. */
  receive(incoming: readonly Incoming[], origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      yield* this.#inBatches(incoming, origin, (fresh) => this.#append(fresh.map(incomingEvent), origin, []))
      for (const { id, fromMe } of incoming) {
        if (!fromMe) continue
        for (const signal of this.#early.get(id) ?? []) yield* this.hear(signal, origin)
        // Not before all are written: after a failure they are tried again.
        this.#early.delete(id)
      }
    })
  }

  /** Records a part of the history: the messages that are new, and how far it came. */
  receiveHistory(
    messages: readonly PastMessage[],
    progress: number | null,
    origin: Origin
  ): Effect.Effect<void, StoreUnavailable> {
    return this.#inBatches(messages, origin, (fresh) => {
      const event: MessageEvent = { type: "history.synced", data: { progress, messages: fresh.map(fromSomebody) } }
      return fresh.length > 0 ? this.#append([event], origin, []) : Effect.void
    })
  }

  #inBatches<M extends Incoming>(
    incoming: readonly M[],
    origin: Origin,
    record: (fresh: readonly M[]) => Effect.Effect<unknown, StoreUnavailable | DuplicateKey>
  ): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      for (const batch of batchesOf(incoming)) {
        const ids = batch.map(({ id }) => id)
        const known = yield* this.#store.messages.received(this.#device, ids)
        const erased = yield* this.#store.messages.erased(this.#device, ids)
        const { fresh, resent } = newsIn(
          batch.filter(({ id }) => !erased.has(id)),
          known
        )
        yield* record(fresh).pipe(Effect.catchTag("DuplicateKey", () => oneByOne(fresh, record)))
        yield* this.#append(resent.map(resentEvent), origin, []).pipe(Effect.catchTag("DuplicateKey", Effect.die))
      }
    })
  }

  #eventOf(status: MessageStatus, signal: DeliverySignal): Effect.Effect<DeliveryEvent | undefined, StoreUnavailable> {
    if (signal.type !== "receipt" || signal.participant === null) return Effect.succeed(decideDelivery(status, signal))
    const { messageId, participant, receipt } = signal
    return Effect.map(this.#store.messages.hasReceipt(this.#device, messageId, participant, receipt), (isKnown) =>
      isKnown ? undefined : receiptEvent(signal)
    )
  }

  #append(
    events: readonly MessageEvent[],
    origin: Origin,
    statements: readonly Statement[]
  ): Effect.Effect<readonly AppendedEvent[], StoreUnavailable | DuplicateKey> {
    if (events.length === 0) return Effect.succeed([])
    const append = { stream: this.#stream, device: this.#device, expected: this.#version, events, origin }
    return this.#store.log.commit({ appends: [append], statements }).pipe(
      Effect.catchTag("StreamConflict", Effect.die),
      Effect.tap(() =>
        Effect.sync(() => {
          this.#version += events.length
        })
      )
    )
  }

  #remember(messageId: string, status: MessageStatus): void {
    this.#known.delete(messageId)
    this.#known.set(messageId, status)
    if (this.#known.size <= KNOWN_MAX) return
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }

  /** A receipt can overtake the message that it is for: one sent with the phone itself comes to us encrypted, its receipts do not. */
  #keepForLater(signal: DeliverySignal): void {
    const waiting = this.#early.get(signal.messageId) ?? []
    this.#early.delete(signal.messageId)
    this.#early.set(signal.messageId, [...waiting, signal].slice(-EARLY_OF_ONE_MAX))
    const [oldest] = this.#early.keys()
    if (this.#early.size > EARLY_MAX && oldest !== undefined) this.#early.delete(oldest)
  }

  #lookUp(messageId: string): Effect.Effect<MessageStatus | undefined, StoreUnavailable> {
    return Effect.map(this.#store.messages.sent(this.#device, messageId), (message) => message?.status)
  }
}

/** Those that are not known yet, and the content of those that came without it. */
const newsIn = <M extends Incoming>(batch: readonly M[], { seen, empty }: Known) => {
  const known = new Set(seen)
  const waiting = new Set(empty)
  const fresh: M[] = []
  const resent: ReceivedMessage[] = []
  for (const message of batch) {
    const key = receivedKey(message)
    const isEmpty = message.type === "message" && message.content.kind === "unavailable"
    if (!known.has(key)) {
      fresh.push(message)
      known.add(key)
      if (isEmpty) waiting.add(key)
    } else if (message.type === "message" && !isEmpty && waiting.delete(key)) resent.push(message)
  }
  return { fresh, resent }
}

/** A message that the database knows already, contrary to the look-up before, must not lose the others. */
const oneByOne = <M>(
  messages: readonly M[],
  record: (fresh: readonly M[]) => Effect.Effect<unknown, StoreUnavailable | DuplicateKey>
): Effect.Effect<void, StoreUnavailable> =>
  Effect.forEach(messages, (message) => Effect.catchTag(record([message]), "DuplicateKey", () => Effect.void), {
    discard: true
  })

/** Parts that are small enough for one append, in events and in bytes. */
const batchesOf = <M extends Incoming>(incoming: readonly M[]): readonly (readonly M[])[] => {
  const batches: M[][] = []
  let characters = 0
  for (const message of incoming) {
    const length = lengthOf(message)
    const last = batches.at(-1)
    if (last === undefined || last.length >= BATCH || characters + length > BATCH_CHARACTERS) {
      batches.push([message])
      characters = length
    } else {
      last.push(message)
      characters += length
    }
  }
  return batches
}

const lengthOf = (message: Incoming): number => JSON.stringify(message).length

/** The fields that events have of everything that arrives. */
const fromSomebody = <M extends Incoming>(incoming: M) => {
  const { id, type: _type, ...rest } = incoming
  return { messageId: id, ...rest }
}

const resentEvent = (message: ReceivedMessage): MessageEvent => {
  const { id, type: _type, ...rest } = message
  return { type: "message.resent", data: { messageId: id, target: id, ...rest } }
}

const incomingEvent = (incoming: Incoming): MessageEvent => {
  switch (incoming.type) {
    case "message":
      return { type: "message.received", data: fromSomebody(incoming) }
    case "edit":
      return { type: "message.edited", data: fromSomebody(incoming) }
    case "revoke":
      return { type: "message.revoked", data: fromSomebody(incoming) }
    case "reaction":
      return { type: "message.reacted", data: fromSomebody(incoming) }
    case "vote":
      return { type: "message.voted", data: fromSomebody(incoming) }
    case "answer":
      return { type: "message.answered", data: fromSomebody(incoming) }
    case "pin":
      return { type: "message.pinned", data: fromSomebody(incoming) }
    case "keep":
      return { type: "message.kept", data: fromSomebody(incoming) }
  }
}

/**
 * A device's stream of messages: appended by its actor alone. Keeps OUT-1 and OUT-4.
 *
 * Knows the fate of messages that are likely to be heard of again, and looks up that of others.
 */
import { Effect } from "effect"
import type { Origin } from "../../events/envelope.ts"
import type { MessageEvent } from "../../events/message.ts"
import type { AppendedEvent } from "../../store/chain-events.ts"
import type { Statement } from "../../store/dialect/dialect.ts"
import type { DuplicateKey, StoreUnavailable } from "../../store/errors.ts"
import type { EventLogShape } from "../../store/event-log.ts"
import { type MessagesShape, receivedKey } from "../../store/messages.ts"
import type { ReceivedMessage } from "../../whatsapp/whatsapp.ts"
import { decideFate, type FateSignal, type MessageStatus, statusAfter } from "./message-fate.ts"

export interface MessageStore {
  readonly log: EventLogShape
  readonly messages: MessagesShape
}

export const messageStream = (deviceId: string): string => `messages/${deviceId}`

const KNOWN_MAX = 5_000
/** Events in one append at most; a longer batch of received messages is several. */
const BATCH = 200

export class MessageStream {
  readonly #store: MessageStore
  readonly #stream: string
  readonly #device: number
  #version: number
  readonly #known = new Map<string, MessageStatus>()

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
    return Effect.map(this.#append([event], origin, statements), ([recorded]) => recorded as AppendedEvent)
  }

  /** Records what the signal means for the message; undefined when it is nothing new or not a message of ours. */
  hear(signal: FateSignal, origin: Origin): Effect.Effect<MessageEvent | undefined, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const status = this.#known.get(signal.messageId) ?? (yield* this.#lookUp(signal.messageId))
      const event = status && decideFate(status, signal)
      if (event) yield* this.#append([event], origin, []).pipe(Effect.catchTag("DuplicateKey", Effect.die))
      return event
    })
  }

  /** Records those that are new; answers how many. WhatsApp delivers a message again when it did not see our receipt. */
  receive(messages: readonly ReceivedMessage[], origin: Origin): Effect.Effect<number, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      let fresh = 0
      for (let start = 0; start < messages.length; start += BATCH) {
        const batch = messages.slice(start, start + BATCH)
        const seen = new Set(
          yield* this.#store.messages.received(
            this.#device,
            batch.map((message) => message.id)
          )
        )
        const events: MessageEvent[] = []
        for (const message of batch) {
          const key = receivedKey(message)
          if (seen.has(key)) continue
          seen.add(key)
          events.push(receivedEvent(message))
        }
        yield* this.#append(events, origin, []).pipe(Effect.catchTag("DuplicateKey", Effect.die))
        fresh += events.length
      }
      return fresh
    })
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
          for (const event of events) this.#remember(event)
        })
      )
    )
  }

  #remember(event: MessageEvent): void {
    if (event.type === "message.received") return
    this.#known.delete(event.data.messageId)
    this.#known.set(event.data.messageId, statusAfter(event))
    if (this.#known.size <= KNOWN_MAX) return
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }

  #lookUp(messageId: string): Effect.Effect<MessageStatus | undefined, StoreUnavailable> {
    return Effect.map(
      this.#store.messages.sent(this.#device, messageId),
      (row) => row?.status as MessageStatus | undefined
    )
  }
}

const receivedEvent = ({ id, ...message }: ReceivedMessage): MessageEvent => ({
  type: "message.received",
  data: { messageId: id, ...message }
})

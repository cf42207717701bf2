/**
 * A device's messages: accepted, handed to the connection, followed to their fate. Keeps OUT-1 and OUT-4.
 *
 * Everything here but `recipient` and `outcome` is called by the device's actor alone, one call after the other.
 */
import { Clock, Deferred, Effect } from "effect"
import type { Origin } from "../../events/envelope.ts"
import { elapsedMs } from "../../store/elapsed.ts"
import type { DuplicateKey, StoreUnavailable } from "../../store/errors.ts"
import type { QueuedMessage } from "../../store/messages.ts"
import { newMessageId } from "../../whatsapp/message-id.ts"
import type { RecipientCache } from "../../whatsapp/recipient-cache.ts"
import {
  type Connection,
  type Incoming,
  NoAnswer,
  type ReceivedMessage,
  type Recipient
} from "../../whatsapp/whatsapp.ts"
import { DeviceBusy, NotOnWhatsApp, type SendMessage, type SendOutcome } from "./commands.ts"
import type { FateSignal } from "./message-fate.ts"
import { type MessageStore, MessageStream } from "./message-stream.ts"
import { Outbox } from "./outbox.ts"

export interface MessagingSettings {
  /** Accepted messages that may wait for WhatsApp's word. */
  readonly outboxMax: number
  /** A message that WhatsApp says nothing about is given up after so long. */
  readonly messageExpiresMs: number
  /** Between two messages of one device, at least. */
  readonly sendPacingMs: number
}

export interface MessagingServices extends MessageStore {
  readonly recipients: RecipientCache
  readonly settings: MessagingSettings
}

/** A message that is in the log: its id, and the promise of WhatsApp's word on it. */
export interface Accepted {
  readonly messageId: string
  readonly chat: string
  readonly word: Deferred.Deferred<Word>
  /** As long as somebody waits for the word: what is to be written with it. */
  release: SendMessage["release"]
}

type Word = { readonly status: "sent" } | { readonly status: "failed"; readonly code: string; readonly text: string }

const NUMBER_CHECK_MS = 10_000
const LANES_MAX = 4
const TRIES_MAX = 3

export class Messaging {
  readonly #services: MessagingServices
  readonly #device: number
  readonly #stream: MessageStream
  readonly #outbox: Outbox
  readonly #accepted = new Map<string, Accepted>()

  private constructor(services: MessagingServices, device: number, stream: MessageStream, outbox: Outbox) {
    this.#services = services
    this.#device = device
    this.#stream = stream
    this.#outbox = outbox
  }

  /** `hear`: takes what the outbox finds out by itself into the actor's mailbox. */
  static load(
    services: MessagingServices,
    deviceId: string,
    device: number,
    hear: (signal: FateSignal) => void
  ): Effect.Effect<Messaging, StoreUnavailable> {
    return Effect.gen(function* () {
      const outbox = new Outbox({
        lanesMax: LANES_MAX,
        triesMax: TRIES_MAX,
        pacingMs: services.settings.sendPacingMs,
        gaveUp: (messageId, { reason }) => hear({ type: "gave_up", messageId, code: "not_sent", text: reason })
      })
      const messaging = new Messaging(services, device, yield* MessageStream.load(services, deviceId, device), outbox)
      for (const row of yield* services.messages.outbox(device)) {
        const queued = yield* services.messages.queuedAt(row.position)
        if (!queued) continue
        messaging.#expectWord(queued)
        // By the wall clock, as another process accepted it; that clock may have been set back since.
        const leftMs = queued.expiresAt - (yield* Clock.currentTimeMillis)
        const endsAt = (yield* elapsedMs) + Math.min(leftMs, services.settings.messageExpiresMs)
        yield* outbox.add({ ...queued, position: row.position, endsAt })
      }
      return messaging
    })
  }

  /** In how many milliseconds the oldest waiting message ends; undefined when none waits. */
  get firstEndsInMs(): Effect.Effect<number | undefined> {
    const { firstEnd } = this.#outbox
    return Effect.map(elapsedMs, (now) => (firstEnd === undefined ? undefined : Math.max(0, Math.ceil(firstEnd - now))))
  }

  /** The account behind a number, from what WhatsApp said lately or by asking now. */
  recipient(
    connection: Connection,
    number: string
  ): Effect.Effect<Recipient, NotOnWhatsApp | NoAnswer | StoreUnavailable> {
    const { recipients, log } = this.#services
    const device = this.#device
    const silent = () => Effect.fail(new NoAnswer({ asked: "whether the number exists" }))
    return Effect.gen(function* () {
      yield* log.writable
      const known = recipients.get(device, number, yield* elapsedMs)
      if (known) return known
      if (known === null) return yield* new NotOnWhatsApp({ number })
      const recipient = yield* connection.resolve(number).pipe(
        Effect.timeoutOrElse({ duration: NUMBER_CHECK_MS, orElse: silent }),
        Effect.catchTag("NotConnected", silent),
        // The connection may be silent because its keys cannot be written.
        Effect.tapError(() => log.writable)
      )
      recipients.set(device, number, recipient, yield* elapsedMs)
      return recipient ?? (yield* new NotOnWhatsApp({ number }))
    })
  }

  /** Puts the message into the log, and then on its way. */
  accept(
    message: SendMessage,
    recipient: Recipient,
    origin: Origin
  ): Effect.Effect<Accepted, DeviceBusy | StoreUnavailable | DuplicateKey> {
    return Effect.gen({ self: this }, function* () {
      const { outboxMax, messageExpiresMs } = this.#services.settings
      if (this.#outbox.size >= outboxMax) {
        return yield* new DeviceBusy({ reason: `${this.#outbox.size} messages wait for WhatsApp` })
      }
      const messageId = newMessageId()
      const data: QueuedMessage = {
        messageId,
        chat: recipient.jid,
        chatAlt: recipient.lid,
        number: message.number,
        content: message.content,
        expiresAt: (yield* Clock.currentTimeMillis) + messageExpiresMs
      }
      const claim = message.claim ? [message.claim(messageId)] : []
      const { position } = yield* this.#stream.queue({ type: "message.queued", data }, origin, claim)
      const accepted = this.#expectWord(data, message.release)
      yield* this.#outbox.add({ ...data, position, endsAt: (yield* elapsedMs) + messageExpiresMs })
      return accepted
    })
  }

  #expectWord({ messageId, chat }: QueuedMessage, release?: SendMessage["release"]): Accepted {
    const accepted: Accepted = { messageId, chat, word: Deferred.makeUnsafe(), release }
    this.#accepted.set(messageId, accepted)
    return accepted
  }

  /** A message that still waits for WhatsApp's word. */
  waiting(messageId: string): Accepted | undefined {
    return this.#accepted.get(messageId)
  }

  /** WhatsApp's word, or `pending` when it takes longer. */
  outcome(accepted: Accepted, timeoutMs: number): Effect.Effect<SendOutcome> {
    const { messageId, chat, word } = accepted
    const pending = () =>
      Effect.sync(() => {
        accepted.release = undefined
        return { messageId, chat, status: "pending" as const }
      })
    return Deferred.await(word).pipe(
      Effect.map((settled) => ({ messageId, chat, ...settled })),
      Effect.timeoutOrElse({ duration: timeoutMs, orElse: pending })
    )
  }

  hear(signal: FateSignal, origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const accepted = this.#accepted.get(signal.messageId)
      const release = accepted?.release?.()
      const event = yield* this.#stream.hear(signal, origin, release ? [release] : [])
      if (event === undefined) return
      const { messageId } = event.data
      this.#outbox.settle(messageId)
      this.#accepted.delete(messageId)
      if (accepted) {
        const word: Word =
          event.type === "message.failed"
            ? { status: "failed", code: event.data.code, text: event.data.text }
            : { status: "sent" }
        yield* Deferred.succeed(accepted.word, word)
      }
    })
  }

  receive(incoming: readonly Incoming[], origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return this.#stream.receive(incoming, origin)
  }

  receiveHistory(
    messages: readonly ReceivedMessage[],
    progress: number | null,
    origin: Origin
  ): Effect.Effect<void, StoreUnavailable> {
    return this.#stream.receiveHistory(messages, progress, origin)
  }

  /** A connection is open: what waits goes to it. */
  resume(connection: Connection): Effect.Effect<void> {
    return this.#outbox.resume(connection)
  }

  get pause(): Effect.Effect<void> {
    return this.#outbox.pause
  }

  /** Gives up what WhatsApp has said nothing about in time. */
  expire(origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return Effect.flatMap(elapsedMs, (now) =>
      this.#giveUp(this.#outbox.endedAt(now), "expired", "WhatsApp said nothing about the message in time", origin)
    )
  }

  /** Gives up everything that waits: the device goes. */
  giveUpAll(origin: Origin): Effect.Effect<void, StoreUnavailable> {
    const all = this.#outbox.endedAt(Number.POSITIVE_INFINITY)
    return this.#giveUp(all, "device_removed", "the device was removed", origin)
  }

  /** What was sent under this id, for a phone that asks for it again. */
  sentContent(messageId: string): Effect.Effect<QueuedMessage["content"] | undefined> {
    return this.#services.messages.sent(this.#device, messageId).pipe(
      Effect.flatMap((row) => (row ? this.#services.messages.queuedAt(row.position) : Effect.succeed(undefined))),
      Effect.map((queued) => queued?.content),
      Effect.orElseSucceed(() => undefined)
    )
  }

  #giveUp(
    messageIds: readonly string[],
    code: string,
    text: string,
    origin: Origin
  ): Effect.Effect<void, StoreUnavailable> {
    return Effect.forEach(
      messageIds,
      (messageId) =>
        Effect.andThen(
          this.hear({ type: "gave_up", messageId, code, text }, origin),
          Effect.sync(() => this.#outbox.settle(messageId))
        ),
      { discard: true }
    )
  }
}

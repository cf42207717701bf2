/**
 * A device's messages: accepted, handed to the connection, followed to their ack. Keeps OUT-1 and OUT-4.
 *
 * Only `recipient` and `ack` may run beside others; everything else is called by the device's actor, one call after the other.
 */
import { randomBytes } from "node:crypto"
import { Clock, Deferred, Effect } from "effect"
import { isOutgoing } from "../../../events/content.ts"
import type { PersonName } from "../../../events/contact.ts"
import type { Origin } from "../../../events/envelope.ts"
import { chatKey, personOfChat } from "../../../events/roster-key.ts"
import { claimCommand, type CommandKey, releaseCommand } from "../../../store/command-log.ts"
import { elapsedMs } from "../../../store/elapsed.ts"
import type { DuplicateKey, StoreUnavailable } from "../../../store/errors.ts"
import type { Unit } from "../../../store/log/group-commit.ts"
import type { MessagesShape, QueuedMessage } from "../../../store/messages.ts"
import type { RosterShape } from "../../../store/roster/roster.ts"
import type { Said } from "../../../store/said.ts"
import { untilAvailable } from "../../../store/until-available.ts"
import { numberIn } from "../../../whatsapp/jid.ts"
import { newMessageId } from "../../../whatsapp/message-id.ts"
import type { RecipientCache } from "../../../whatsapp/recipient-cache.ts"
import {
  type Connection,
  type Incoming,
  type KnownMessages,
  type AskedTooOften,
  NoAnswer,
  type NotConnected,
  type Original,
  type PastMessage,
  type Recipient
} from "../../../whatsapp/whatsapp.ts"
import { DeviceBusy, MessageIdTaken, NotOnWhatsApp, type SendOutcome } from "../answers.ts"
import type { Asked, Send } from "../commands.ts"
import type { DeliveryEvent, DeliverySignal } from "./delivery-status.ts"
import { withTimer } from "./disappearing.ts"
import { type MessageStore, MessageStream } from "./message-stream.ts"
import { Outbox } from "./outbox.ts"

export interface MessagingSettings {
  /** Accepted messages that may wait for their ack. */
  readonly outboxMax: number
  /** A message without an ack is given up after so long. */
  readonly messageExpiresMs: number
  /** The shortest time between two messages of one device. */
  readonly sendPacingMs: number
}

export interface MessagingServices extends MessageStore {
  readonly recipients: RecipientCache
  readonly roster: RosterShape
  readonly settings: MessagingSettings
}

/** A message that is in the log and waits for its ack. */
export interface Accepted {
  readonly messageId: string
  readonly chat: string
  readonly ack: Deferred.Deferred<Ack>
  /** The key that its clients repeat it with. */
  key: CommandKey | undefined
  /** Callers that wait for the ack now. */
  callers: number
}

type Ack = { readonly status: "sent" } | { readonly status: "failed"; readonly code: string; readonly text: string }

/** Messages that are given up: what to write for it, and what to do once that is committed. */
export interface GivenUp {
  readonly unit: Unit
  readonly settle: Effect.Effect<void>
}

const NUMBER_CHECK_MS = 10_000
const LANES_MAX = 4
const TRIES_MAX = 3
const SECRET_BYTES = 32
const RETRY_FIRST_MS = 100
const RETRY_CAP_MS = 5_000

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

  /** `hear`: takes what the outbox reports into the actor's mailbox. */
  static load(
    services: MessagingServices,
    deviceId: string,
    device: number,
    hear: (signal: DeliverySignal) => void
  ): Effect.Effect<Messaging, StoreUnavailable> {
    return Effect.gen(function* () {
      const outbox = new Outbox({
        lanesMax: LANES_MAX,
        triesMax: TRIES_MAX,
        pacingMs: services.settings.sendPacingMs,
        gaveUp: (messageId, { reason }) => hear({ type: "gave_up", messageId, code: "not_sent", text: reason })
      })
      const messaging = new Messaging(services, device, yield* MessageStream.load(services, deviceId, device), outbox)
      for (const { position } of yield* services.messages.outbox(device)) {
        const queued = yield* services.messages.queuedAt(position)
        if (!queued) continue
        messaging.#awaitAck(queued)
        // By the wall clock, as another process accepted it; that clock may have been set back since.
        const leftMs = queued.expiresAt - (yield* Clock.currentTimeMillis)
        const endsAt = (yield* elapsedMs) + Math.min(leftMs, services.settings.messageExpiresMs)
        yield* outbox.add({ ...queued, position, endsAt })
      }
      return messaging
    })
  }

  /** In how many milliseconds the oldest waiting message expires; undefined when none waits. */
  get firstEndsInMs(): Effect.Effect<number | undefined> {
    const { firstEnd } = this.#outbox
    return Effect.map(elapsedMs, (now) => (firstEnd === undefined ? undefined : Math.max(0, Math.ceil(firstEnd - now))))
  }

  /** The chat that an address names. A telephone number is looked up at WhatsApp, unless WhatsApp was asked lately. */
  recipient(
    connection: Connection,
    to: string
  ): Effect.Effect<Recipient, NotOnWhatsApp | NoAnswer | AskedTooOften | NotConnected | StoreUnavailable> {
    const number = numberIn(to)
    if (number === undefined) return Effect.succeed({ jid: to, lid: to.endsWith("@lid") ? to : null })
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
        // The connection may be silent because its keys cannot be written.
        Effect.tapError(() => log.writable)
      )
      recipients.set(device, number, recipient, yield* elapsedMs)
      return recipient ?? (yield* new NotOnWhatsApp({ number }))
    })
  }

  /** Records the message, with the claim of its key, and then hands it to the outbox. */
  accept(
    { command, origin, key }: Asked<Send>,
    recipient: Recipient
  ): Effect.Effect<Accepted, DeviceBusy | MessageIdTaken | StoreUnavailable | DuplicateKey> {
    return Effect.gen({ self: this }, function* () {
      const { outboxMax, messageExpiresMs } = this.#services.settings
      if (this.#outbox.size >= outboxMax) {
        return yield* new DeviceBusy({ reason: `${this.#outbox.size} messages wait for WhatsApp` })
      }
      const messageId = command.messageId ?? newMessageId()
      if (command.messageId !== undefined && (yield* this.#isKnown(messageId)))
        return yield* new MessageIdTaken({ messageId })
      const now = yield* Clock.currentTimeMillis
      const data: QueuedMessage = {
        messageId,
        chat: recipient.jid,
        chatAlt: recipient.lid,
        number: numberIn(command.to) ?? null,
        content: command.content,
        ...(command.context === undefined ? {} : { context: command.context }),
        ...(command.audience === undefined ? {} : { audience: command.audience }),
        secret: randomBytes(SECRET_BYTES).toString("base64"),
        expiresAt: now + messageExpiresMs
      }
      const claim = key === undefined ? [] : [claimCommand(key, messageId, now)]
      const { position } = yield* this.#stream.queue({ type: "message.queued", data }, origin, claim)
      const accepted = this.#awaitAck(data, key)
      yield* this.#outbox.add({ ...data, position, endsAt: (yield* elapsedMs) + messageExpiresMs })
      return accepted
    })
  }

  /** Whether a message of this id was sent or received, or was erased. */
  #isKnown(messageId: string): Effect.Effect<boolean, StoreUnavailable> {
    const { messages } = this.#services
    const device = this.#device
    return Effect.gen(function* () {
      if ((yield* messages.received(device, [messageId])).seen.size > 0) return true
      return (yield* messages.erased(device, [messageId])).size > 0
    })
  }

  #awaitAck({ messageId, chat }: QueuedMessage, key?: CommandKey): Accepted {
    const accepted: Accepted = { messageId, chat, ack: Deferred.makeUnsafe(), key, callers: 0 }
    this.#accepted.set(messageId, accepted)
    return accepted
  }

  /** Numbers may have other LIDs than WhatsApp said when it was asked for them. */
  rename(people: readonly PersonName[]): Effect.Effect<void> {
    const { recipients } = this.#services
    return Effect.map(elapsedMs, (now) => {
      for (const { number, lid } of people)
        if (number !== null && lid !== null) recipients.rename(this.#device, number, lid, now)
    })
  }

  /** The command as it is to be accepted: with the timer of its chat. */
  timed(asked: Asked<Send>, recipient: Recipient): Effect.Effect<Asked<Send>, StoreUnavailable> {
    const timed = withTimer(this.#services.roster, this.#device, asked.command, recipient)
    return Effect.map(timed, (command) => ({ ...asked, command }))
  }

  /** Whether nothing was ever exchanged with this person: a message to them begins a chat. Groups are never new. */
  isNewTo(connection: Connection, { jid, lid }: Recipient): Effect.Effect<boolean, StoreUnavailable> {
    if (personOfChat(jid, lid) === null) return Effect.succeed(false)
    const { roster } = this.#services
    const device = this.#device
    return Effect.gen(function* () {
      const { key, other } = chatKey(jid, lid)
      if (yield* roster.chats.isInUse(device, other === null ? [key] : [key, other])) return false
      return !(yield* connection.isTrustedBy(jid, lid))
    })
  }

  /** A message that still waits for its ack. */
  waiting(messageId: string): Accepted | undefined {
    return this.#accepted.get(messageId)
  }

  /** The ack, or `pending` when it takes longer. Interrupting the wait leaves the message as it is. */
  ack(accepted: Accepted, timeoutMs: number): Effect.Effect<SendOutcome> {
    const { messageId, chat, ack } = accepted
    const awaited = Deferred.await(ack).pipe(
      Effect.map((settled) => ({ messageId, chat, ...settled })),
      Effect.timeoutOrElse({
        duration: timeoutMs,
        orElse: () => Effect.succeed({ messageId, chat, status: "pending" as const })
      })
    )
    return Effect.acquireUseRelease(
      Effect.sync(() => accepted.callers++),
      () => awaited,
      () => Effect.sync(() => accepted.callers--)
    )
  }

  /** Records an ack or a receipt, and tells the callers that wait for it. */
  hear(signal: DeliverySignal, origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const accepted = this.#accepted.get(signal.messageId)
      const event = yield* this.#stream.hear(signal, origin, outcomeHeard(accepted))
      if (event !== undefined) yield* this.#settle(event)
    })
  }

  #settle(event: DeliveryEvent): Effect.Effect<void> {
    const { messageId } = event.data
    const accepted = this.#accepted.get(messageId)
    this.#outbox.settle(messageId)
    this.#accepted.delete(messageId)
    return accepted ? Effect.asVoid(Deferred.succeed(accepted.ack, ackOf(event))) : Effect.void
  }

  receive(incoming: readonly Incoming[], origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return this.#stream.receive(incoming, origin)
  }

  receiveHistory(
    messages: readonly PastMessage[],
    progress: number | null,
    origin: Origin
  ): Effect.Effect<void, StoreUnavailable> {
    return this.#stream.receiveHistory(messages, progress, origin)
  }

  /** A connection is open: waiting messages go to it. */
  resume(connection: Connection): Effect.Effect<void> {
    return this.#outbox.resume(connection)
  }

  get pause(): Effect.Effect<void> {
    return this.#outbox.pause
  }

  /** Gives up the messages whose time is over without an ack. */
  expire(origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const over = this.#outbox.endedAt(yield* elapsedMs)
      const text = "WhatsApp did not acknowledge the message in time"
      const { unit, settle } = yield* this.#giveUp(over, "expired", text, origin)
      // The actor is the only writer of its streams, and this unit claims nothing.
      if (unit.appends?.length) {
        yield* this.#services.log
          .commit(unit)
          .pipe(Effect.catchTags({ StreamConflict: Effect.die, DuplicateKey: Effect.die }))
      }
      yield* settle
    })
  }

  /** Gives up all that wait, because the device goes; for the unit that removes it. */
  giveUpAll(origin: Origin): Effect.Effect<GivenUp, StoreUnavailable> {
    const all = this.#outbox.endedAt(Number.POSITIVE_INFINITY)
    return this.#giveUp(all, "device_removed", "the device was removed", origin)
  }

  /** What the connection asks about earlier messages. */
  get known(): KnownMessages {
    const { messages } = this.#services
    const device = this.#device
    return {
      sentMessage: (messageId) => Effect.orElseSucceed(sentNow(messages, device, messageId), () => undefined),
      originals: (messageId) =>
        messages.saidUnder(device, messageId).pipe(
          Effect.map((found) => found.map(originalOf)),
          // Without its secret, what was done to a message would stay sealed for good. Its recording waits for the store, too.
          Effect.retry(untilAvailable(RETRY_FIRST_MS, RETRY_CAP_MS)),
          Effect.orDie
        )
    }
  }

  #giveUp(
    messageIds: readonly string[],
    code: string,
    text: string,
    origin: Origin
  ): Effect.Effect<GivenUp, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const signals = messageIds.map((messageId) => ({ type: "gave_up" as const, messageId, code, text }))
      const planned = yield* this.#stream.plan(signals, origin)
      const settle = Effect.gen({ self: this }, function* () {
        planned?.took()
        for (const event of planned?.events ?? []) yield* this.#settle(event)
        for (const messageId of messageIds) this.#outbox.settle(messageId)
      })
      const statements = messageIds.flatMap((messageId) => outcomeHeard(this.#accepted.get(messageId)))
      return { unit: { appends: planned ? [planned.append] : [], statements }, settle }
    })
  }
}

/** The message as it is now: undefined where it was deleted for everyone, as edited where it was edited. */
const sentNow = (
  messages: MessagesShape,
  device: number,
  messageId: string
): Effect.Effect<QueuedMessage | undefined, StoreUnavailable> =>
  Effect.gen(function* () {
    const row = yield* messages.sent(device, messageId)
    if (row === undefined || row.revokedAt !== null) return undefined
    const queued = yield* messages.queuedAt(row.position)
    if (queued === undefined || row.editedAt === null) return queued
    const content = (yield* messages.saidOf(row))?.content
    // An edit that makes something else of it comes to its recipient by itself.
    return content && isOutgoing(content) ? { ...queued, content } : undefined
  })

/** A key that lasts until its client hears the outcome is forgotten with it, if a caller waits. */
const outcomeHeard = (accepted: Accepted | undefined) => {
  const { key, callers = 0 } = accepted ?? {}
  return key?.until === "heard" && callers > 0 ? [releaseCommand(key)] : []
}

const originalOf = ({ sender, senderAlt, secret, content }: Said): Original => ({
  authors: [sender, senderAlt].filter((name) => name !== null),
  ...(secret === undefined ? {} : { secret }),
  options: content.kind === "poll" ? content.options : [],
  content
})

const ackOf = (event: DeliveryEvent): Ack =>
  event.type === "message.failed"
    ? { status: "failed", code: event.data.code, text: event.data.text }
    : { status: "sent" }

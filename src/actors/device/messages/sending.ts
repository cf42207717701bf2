/**
 * Sending a message: the recipient is looked up, the message accepted in the actor's turn, and its ack awaited. Keeps OUT-1.
 *
 * Looking up and waiting take no turn: they run beside whatever else the actor does.
 */
import { Clock, Effect, Fiber } from "effect"
import type { CommandKey } from "../../../store/command-log.ts"
import type { DuplicateKey, StoreUnavailable } from "../../../store/errors.ts"
import type { Connection, Recipient } from "../../../whatsapp/whatsapp.ts"
import type { Turns } from "../../turns.ts"
import {
  AccountRestricted,
  type AskFailure,
  type DeviceBusy,
  DeviceNotReady,
  type MessageIdTaken,
  type SendOutcome
} from "../answers.ts"
import type { Asked, AwaitAck, Send } from "../commands.ts"
import type { Socket } from "../connection/socket.ts"
import type { Fact } from "../fact.ts"
import type { DeviceSnapshot } from "../machine.ts"
import { lockAt } from "../standing.ts"
import type { Accepted, Messaging } from "./messaging.ts"

export interface SendingParts {
  readonly turns: Turns<Fact>
  readonly socket: Socket
  readonly messaging: Messaging
  /** The device as it is now. */
  readonly device: () => DeviceSnapshot
  /** Run after each acceptance: to whom the message goes. */
  readonly accepted: (recipient: Recipient) => Effect.Effect<void>
}

/** A connection that is over is heard of within this time. */
const ENDING_MAX_MS = 5_000

export class Sending {
  readonly #parts: SendingParts

  constructor(parts: SendingParts) {
    this.#parts = parts
  }

  /** Goes on until the message is accepted, whatever becomes of the caller; an interruption ends the wait only. */
  send(asked: Asked<Send>): Effect.Effect<SendOutcome, AskFailure<"Send">> {
    const { turns, socket, messaging } = this.#parts
    const { to, ackTimeoutMs } = asked.command
    const accepted = Effect.gen({ self: this }, function* () {
      const { connection } = socket
      yield* turns.storeIsHere
      if (!this.#isReady || !connection) return yield* this.#notReady
      const recipient = yield* this.#recipient(connection, to)
      yield* this.#refuseNewPeople(connection, recipient)
      const timed = yield* messaging.timed(asked, recipient)
      return yield* turns.take(this.#accept(timed, recipient))
    })
    return Effect.forkDetach(accepted).pipe(
      Effect.flatMap((fiber) => Effect.uninterruptible(Fiber.join(fiber))),
      Effect.flatMap((message) => messaging.ack(message, ackTimeoutMs))
    )
  }

  awaitAck({ messageId, timeoutMs }: AwaitAck, key: CommandKey | undefined): Effect.Effect<SendOutcome | undefined> {
    const { messaging } = this.#parts
    return Effect.suspend(() => {
      const accepted = messaging.waiting(messageId)
      if (accepted === undefined) return Effect.succeed(undefined)
      accepted.key ??= key
      return messaging.ack(accepted, timeoutMs)
    })
  }

  /** Fails as soon as the present connection ends: what it was asked is not answered any more. */
  #recipient(connection: Connection, to: string) {
    const { socket, messaging } = this.#parts
    const { ended } = socket
    return messaging.recipient(connection, to).pipe(
      Effect.catchTag("NotConnected", () => Effect.andThen(Effect.timeoutOption(ended, ENDING_MAX_MS), this.#notReady)),
      Effect.raceFirst(Effect.andThen(ended, this.#notReady))
    )
  }

  /** WhatsApp would refuse the message too, and become stricter. */
  #refuseNewPeople(
    connection: Connection,
    recipient: Recipient
  ): Effect.Effect<void, AccountRestricted | StoreUnavailable> {
    const { device, messaging } = this.#parts
    return Effect.gen(function* () {
      const lock = lockAt(device().context, yield* Clock.currentTimeMillis)
      if (lock === undefined || !(yield* messaging.isNewTo(connection, recipient))) return
      return yield* new AccountRestricted({ kind: lock.kind, until: new Date(lock.until).toISOString() })
    })
  }

  #accept(
    asked: Asked<Send>,
    recipient: Recipient
  ): Effect.Effect<Accepted, DeviceNotReady | DeviceBusy | MessageIdTaken | StoreUnavailable | DuplicateKey> {
    return Effect.gen({ self: this }, function* () {
      if (!this.#isReady) return yield* this.#notReady
      const message = yield* this.#parts.messaging.accept(asked, recipient)
      yield* this.#parts.accepted(recipient)
      return message
    })
  }

  get #isReady(): boolean {
    return this.#parts.device().hasTag("ready")
  }

  get #notReady(): Effect.Effect<never, DeviceNotReady> {
    return Effect.suspend(() => Effect.fail(new DeviceNotReady({ state: this.#parts.device().value })))
  }
}

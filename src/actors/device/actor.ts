/**
 * The device actor: one fiber, one mailbox, one writer of its two streams. Keeps OUT-1, OUT-5, DEV-1 and DEV-3.
 *
 * Each thing that arrives is decided, appended, and only then acted upon. A fact (a signal, a timer) that cannot be appended is
 * held and tried again, in order, while commands are told that the store is away. What the actor does not expect kills it; its
 * supervisor starts another one from the log.
 */
import { Clock, Effect, Random, type Scope } from "effect"
import type { DeviceEvent } from "../../events/device.ts"
import type { Origin } from "../../events/envelope.ts"
import type { DeviceId } from "../../events/ids.ts"
import { elapsedMsOf } from "../../store/elapsed.ts"
import type { DuplicateKey, StoreUnavailable } from "../../store/errors.ts"
import { untilAvailable } from "../../store/until-available.ts"
import type { LifecycleSignal, NoAnswer, NotConnected, Recipient, Signal } from "../../whatsapp/whatsapp.ts"
import { Mailbox } from "../mailbox.ts"
import { gateway, whatsapp } from "../origin.ts"
import { Timers } from "../timers.ts"
import { inTurn, refuseWaiting, type Turn } from "../turn.ts"
import type { ActorServices } from "./actor-services.ts"
import {
  CommandRefused,
  DeviceBusy,
  DeviceNotReady,
  type LiveDevice,
  type NotOnWhatsApp,
  type SendMessage,
  type SendOutcome
} from "./commands.ts"
import {
  type DeviceCommand,
  type DeviceInput,
  decide,
  type Environment,
  type GatewayInput,
  unlinksFirst
} from "./decide.ts"
import { DeviceStream } from "./device-stream.ts"
import type { Fact } from "./fact.ts"
import type { EffectName } from "./machine.ts"
import { type Accepted, Messaging } from "./messaging.ts"
import { obtainPairingCode } from "./pairing-code.ts"
import { type PairingSecret, PairingSecrets } from "./pairing-secrets.ts"
import { Socket } from "./socket.ts"

export type AskFailure = CommandRefused | DeviceBusy | StoreUnavailable
export type SendFailure = DeviceNotReady | NotOnWhatsApp | NoAnswer | DeviceBusy | StoreUnavailable | DuplicateKey

type Timer = "retry" | "expiry" | "messages"

interface Parts {
  readonly stream: DeviceStream
  readonly mailbox: Mailbox<Turn, Fact>
  readonly timers: Timers<Timer>
  readonly messaging: Messaging
  readonly clock: Clock.Clock
}

/** Baileys' codes: an outdated client, for which the newest version is fetched before a retry; and a lost connection. */
const OUTDATED = 405
const CONNECTION_CLOSED = 428

export class DeviceActor {
  readonly id: DeviceId
  readonly number: number
  readonly #services: ActorServices
  readonly #stream: DeviceStream
  readonly #mailbox: Mailbox<Turn, Fact>
  readonly #timers: Timers<Timer>
  readonly #messaging: Messaging
  readonly #socket: Socket
  readonly #secrets: PairingSecrets
  #lastSeen: number | null = null
  /** Why facts wait to be written; undefined while none does. */
  #storeAway: StoreUnavailable | undefined

  private constructor(id: DeviceId, number: number, services: ActorServices, parts: Parts) {
    this.id = id
    this.number = number
    this.#services = services
    this.#stream = parts.stream
    this.#mailbox = parts.mailbox
    this.#timers = parts.timers
    this.#messaging = parts.messaging
    this.#secrets = new PairingSecrets(parts.clock)
    this.#socket = new Socket({
      whatsapp: services.whatsapp,
      device: { id, number },
      openingTimeoutMs: services.settings.openingTimeoutMs,
      sentContent: (messageId) => parts.messaging.sentContent(messageId),
      offer: (signal, generation) => this.hear({ type: "signal", signal, generation }),
      heard: () => void (this.#lastSeen = parts.clock.currentTimeMillisUnsafe())
    })
  }

  /**
   * Folds the device's history and brings it in order with what was left behind: a pairing that only the credentials know of,
   * a connection that nobody ended. Opens nothing: that is for Resume, or for whoever asks. Ends with the scope.
   */
  static start(
    id: DeviceId,
    number: number,
    services: ActorServices
  ): Effect.Effect<DeviceActor, StoreUnavailable, Scope.Scope> {
    return Effect.gen(function* () {
      const mailbox: Mailbox<Turn, Fact> = yield* Mailbox.make<Turn, Fact>({
        commandsMax: services.settings.mailboxMax,
        signalsMax: services.settings.signalsMax,
        overflowed: () => mailbox.offerFact({ type: "disconnect" })
      })
      const actor = new DeviceActor(id, number, services, {
        mailbox,
        stream: yield* DeviceStream.load(services, id, number),
        timers: yield* Timers.make<Timer>(),
        clock: yield* Clock.clockWith((clock) => Effect.succeed(clock)),
        messaging: yield* Messaging.load(services, id, number, (signal) => mailbox.offerFact({ type: "fate", signal }))
      })
      yield* Effect.addFinalizer(() => actor.#end)
      yield* actor.#takeStock
      return actor
    })
  }

  /** The device as it is now; no waiting. */
  get live(): LiveDevice {
    const { value: state, context } = this.#stream.snapshot
    return { state, context, qr: this.#secrets.qr, code: this.#secrets.code, lastSeen: this.#lastSeen }
  }

  /** Answers when the command's events are durable. */
  ask(command: DeviceCommand, origin: Origin): Effect.Effect<LiveDevice, AskFailure> {
    return this.#inTurn(Effect.map(this.#apply(command, origin), () => this.live))
  }

  /** Answers with WhatsApp's word on the message, or `pending` when that takes longer than the caller waits. */
  send(message: SendMessage, origin: Origin): Effect.Effect<SendOutcome, SendFailure> {
    return Effect.gen({ self: this }, function* () {
      const { connection } = this.#socket
      if (this.#storeAway) return yield* this.#storeAway
      if (!this.#isReady || !connection) return yield* this.#notReady
      const recipient = yield* this.#messaging.recipient(connection, message.number)
      const accepted = yield* this.#inTurn(this.#accept(message, recipient, origin))
      return yield* this.#messaging.outcome(accepted, message.ackTimeoutMs)
    })
  }

  /** A code to type into the phone of this number. Connects first, where nobody did; waits for WhatsApp to be ready for it. */
  pairingCode(
    number: string,
    by: "user" | "operator",
    origin: Origin
  ): Effect.Effect<PairingSecret, AskFailure | NoAnswer | NotConnected> {
    return Effect.gen({ self: this }, function* () {
      const { paired } = this.#stream.snapshot.context
      if (paired) return yield* new CommandRefused({ command: "PairByCode", state: this.#stream.snapshot.value })
      yield* this.ask({ type: "RequestConnection", by }, origin)
      const isInQr = () => this.#stream.snapshot.value === "QR"
      const device = { isInQr, connection: () => this.#socket.connection, secrets: this.#secrets }
      return yield* obtainPairingCode(device, number)
    })
  }

  /** WhatsApp's word on a message accepted before; undefined when nobody waits for it any more. */
  outcome(messageId: string, timeoutMs: number): Effect.Effect<SendOutcome | undefined> {
    const accepted = this.#messaging.waiting(messageId)
    return accepted ? this.#messaging.outcome(accepted, timeoutMs) : Effect.succeed(undefined)
  }

  /** Tells the actor what happened; never waits. */
  hear(fact: Fact): void {
    this.#mailbox.offerFact(fact)
  }

  /** Handles what arrives until the device is removed or the gateway stops. Dies of what nobody foresaw. */
  get run(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      while (this.#stream.snapshot.status !== "done") {
        const entry = yield* this.#mailbox.take
        if (entry.kind === "command") yield* entry.command.run
        else if (entry.fact.type === "stopped")
          return yield* this.#persist(this.#note({ type: "Interrupt", cause: "shutdown" }))
        else yield* this.#persist(this.#learn(entry.fact))
      }
    })
  }

  // ---- what arrives

  #accept(
    message: SendMessage,
    recipient: Recipient,
    origin: Origin
  ): Effect.Effect<Accepted, DeviceNotReady | DeviceBusy | StoreUnavailable | DuplicateKey> {
    return Effect.gen({ self: this }, function* () {
      if (!this.#isReady) return yield* this.#notReady
      const accepted = yield* this.#messaging.accept(message, recipient, origin)
      yield* this.#armMessages
      return accepted
    })
  }

  /** May be run again after a failure of the store: nothing was done that would be done twice. */
  #learn(fact: Fact): Effect.Effect<void, StoreUnavailable> {
    switch (fact.type) {
      case "signal":
        return this.#hearSignal(fact.signal, fact.generation)
      case "input":
        return this.#note(fact.input)
      case "fate":
        return this.#messaging.hear(fact.signal, gateway)
      case "messages_expire":
        return Effect.andThen(this.#messaging.expire(gateway), this.#armMessages)
      case "disconnect":
        return this.#dropSocket
      case "stop":
        return Effect.map(this.#socket.close, () => this.hear({ type: "stopped" }))
      case "stopped":
        return Effect.void
    }
  }

  #hearSignal(signal: Signal, generation: number): Effect.Effect<void, StoreUnavailable> {
    switch (signal.type) {
      case "received":
        return Effect.map(this.#messaging.receive(signal.messages, whatsapp(generation)), () => signal.recorded?.())
      case "history":
        return Effect.map(this.#messaging.receiveHistory(signal.messages, signal.progress, whatsapp(generation)), () =>
          signal.recorded?.()
        )
      case "acknowledged":
      case "refused":
      case "receipt":
        return this.#messaging.hear(signal, whatsapp(generation))
      default:
        return this.#hearLifecycle(signal, generation)
    }
  }

  /** What a connection says of itself counts only while it is the present one. */
  #hearLifecycle(signal: LifecycleSignal, generation: number): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      if (generation !== this.#socket.generation) return
      yield* this.#socket.progressed(signal)
      yield* this.#note({ type: "Signal", signal }, whatsapp(generation))
      if (this.#stream.snapshot.value === "QR" && this.#secrets.take(signal)) this.#services.secretShown(this.id)
      // A connection that was restarted while CONNECTED (515) opens again without a change of state.
      const { connection } = this.#socket
      if (signal.type === "opened" && this.#isReady && connection) yield* this.#messaging.resume(connection)
    })
  }

  // ---- decide, append, act

  #apply(input: DeviceInput, origin: Origin): Effect.Effect<void, CommandRefused | StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const before = this.#stream.snapshot
      const unlinked = unlinksFirst(before, input) ? yield* this.#socket.unlink : false
      const env = yield* this.#environment(unlinked)
      const decision = decide(before, input, env)
      if (decision.kind === "reject") {
        return yield* new CommandRefused({ command: decision.input, state: decision.state })
      }
      const { events } = decision
      const goes = events.some(({ type }) => type === "device.removed" || type === "device.expired")
      if (goes) yield* this.#messaging.giveUpAll(origin)
      for (const effect of yield* this.#stream.record(events, origin)) yield* this.#act(effect, events)
      if (before.hasTag("ready") && !this.#isReady) yield* this.#messaging.pause
      if (this.#stream.snapshot.value !== "QR") this.#secrets.forget()
    })
  }

  #environment(unlinked: boolean): Effect.Effect<Environment> {
    const { retryPauses: pauses } = this.#services.settings
    return Effect.gen({ self: this }, function* () {
      const openMs = yield* this.#socket.openMs
      return { now: yield* Clock.currentTimeMillis, openMs, random: yield* Random.next, unlinked, pauses }
    })
  }

  /** The same for what nobody waits for: what the machine refuses is of no importance. */
  #note(input: DeviceInput, origin: Origin = gateway): Effect.Effect<void, StoreUnavailable> {
    return Effect.catchTag(this.#apply(input, origin), "CommandRefused", () => Effect.void)
  }

  #act(effect: EffectName, events: readonly DeviceEvent[]): Effect.Effect<void> {
    const { context } = this.#stream.snapshot
    switch (effect) {
      case "openSocket":
        this.#secrets.forget()
        return Effect.andThen(this.#timers.disarm("retry"), this.#socket.open(context.strikes.at(-1) === OUTDATED))
      case "closeSocket":
        return this.#timers.disarm("retry").pipe(
          Effect.andThen(this.#socket.close),
          // What a socket still wrote while its link ended, or before anybody linked it, is of no use to the next one.
          Effect.andThen(context.paired ? Effect.void : this.#stream.forgetCredentials)
        )
      case "scheduleRetry":
        return this.#timers.arm("retry", retryInMs(events), () => this.#due("RetryDue"))
      default:
        return Effect.void
    }
  }

  /** What a start finds: history and credentials may disagree, a connection may have ended unsaid, timers are not armed. */
  get #takeStock(): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const { paired, endedJid } = this.#stream.snapshot.context
      const identity = paired ? null : yield* this.#services.whatsapp.linkedIdentity(this.number)
      const isNews = identity !== null && identity.jid !== endedJid
      if (identity && !isNews) yield* this.#stream.forgetCredentials
      const env = yield* this.#environment(false)
      const findings: GatewayInput[] = [
        ...(isNews ? [{ type: "ReconcilePairing" as const, identity }] : []),
        { type: "Interrupt", cause: "crash" }
      ]
      for (const input of findings) {
        const decision = decide(this.#stream.snapshot, input, env)
        // No effect is run: there is no socket to close and none is opened yet.
        if (decision.kind === "record") yield* this.#stream.record(decision.events, gateway)
      }
      const { registeredAt, everConnected } = this.#stream.snapshot.context
      if (!everConnected && registeredAt !== null) {
        const { deviceExpiresMs } = this.#services.settings
        const inMs = Math.max(0, Math.min(registeredAt + deviceExpiresMs - env.now, deviceExpiresMs))
        yield* this.#timers.arm("expiry", inMs, () => this.#due("ExpiryDue"))
      }
      yield* this.#armMessages
    })
  }

  // ---- turns and timers

  get #isReady(): boolean {
    return this.#stream.snapshot.hasTag("ready")
  }

  get #notReady(): Effect.Effect<never, DeviceNotReady> {
    return Effect.suspend(() => Effect.fail(new DeviceNotReady({ state: this.#stream.snapshot.value })))
  }

  #inTurn<A, E>(work: Effect.Effect<A, E>): Effect.Effect<A, E | DeviceBusy | StoreUnavailable> {
    return Effect.suspend(() => (this.#storeAway ? Effect.fail(this.#storeAway) : inTurn(this.#mailbox, work)))
  }

  /**
   * Facts are tried until they are written; while they wait, commands are told so. After a while, or when too much waits, the socket
   * is closed: WhatsApp keeps what comes from then on.
   */
  #persist<A>(work: Effect.Effect<A, StoreUnavailable>): Effect.Effect<A> {
    return Effect.clockWith((clock) => {
      const endsAt = elapsedMsOf(clock) + this.#services.settings.storePatienceMs
      const isTooMuch = () => this.#mailbox.isOverflowed || elapsedMsOf(clock) > endsAt
      return work.pipe(
        Effect.tapError((failure) => {
          this.#storeAway = failure
          const refused = refuseWaiting(this.#mailbox, failure)
          return isTooMuch() ? Effect.andThen(refused, this.#dropSocket) : refused
        }),
        Effect.retry(untilAvailable(50, 2_000)),
        Effect.tap(() => Effect.sync(() => (this.#storeAway = undefined))),
        Effect.orDie
      )
    })
  }

  /** What the end of the socket means for the device is recorded in its turn. */
  get #dropSocket(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!this.#socket.connection) return Effect.void
      const signal: LifecycleSignal = { type: "closed", code: CONNECTION_CLOSED }
      const ended = () => this.hear({ type: "signal", signal, generation: this.#socket.generation })
      return Effect.map(this.#socket.close, ended)
    })
  }

  #due(type: "RetryDue" | "ExpiryDue"): void {
    this.hear({ type: "input", input: { type } })
  }

  get #armMessages(): Effect.Effect<void> {
    return Effect.flatMap(this.#messaging.firstEndsInMs, (inMs) => {
      if (inMs === undefined || this.#timers.isArmed("messages")) return Effect.void
      return this.#timers.arm("messages", inMs, () => this.hear({ type: "messages_expire" }))
    })
  }

  /** By a stop or a crash: no socket and no waiting caller is left behind. */
  get #end(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* this.#messaging.pause
      yield* this.#socket.close
      yield* this.#mailbox.close
      yield* refuseWaiting(this.#mailbox, new DeviceBusy({ reason: "it is being stopped or restarted" }))
    })
  }
}

const retryInMs = (events: readonly DeviceEvent[]): number =>
  events.find((event) => event.type === "connection.lost")?.data.retryInMs ?? 0

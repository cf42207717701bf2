/**
 * The device actor: one fiber, one mailbox, one writer of its two streams. Keeps OUT-1, OUT-5, DEV-1 and DEV-3.
 *
 * Each entry of the mailbox is decided, appended, and only then acted upon. A fact (a signal, a timer) that cannot be appended is
 * held and tried again, in order, while commands are refused because the store is away. A failure that the actor does not expect
 * kills it; its supervisor starts another one from the log.
 */
import { Clock, Effect, Random, type Scope } from "effect"
import type { DeviceEvent } from "../../events/device.ts"
import type { Origin } from "../../events/envelope.ts"
import { claimCommand, type CommandKey } from "../../store/command-log.ts"
import type { DuplicateKey, StoreUnavailable } from "../../store/errors.ts"
import type { Unit } from "../../store/log/group-commit.ts"
import { CloseCode } from "../../whatsapp/codes.ts"
import type { LifecycleSignal, Signal } from "../../whatsapp/whatsapp.ts"
import type { DeviceRef } from "../device-ref.ts"
import { Mailbox } from "../mailbox.ts"
import { gateway, whatsapp } from "../origin.ts"
import { Timers } from "../timers.ts"
import { type Turn, Turns } from "../turns.ts"
import type { ActorServices } from "./actor-services.ts"
import { type Answer, type AskFailure, CommandRefused, DeviceBusy, type LiveDevice } from "./answers.ts"
import type { Asked, DeviceCommand, LifecycleCommand, WatchPresence } from "./commands.ts"
import { Linking } from "./connection/linking.ts"
import { PairingSecrets } from "./connection/pairing-secrets.ts"
import { PhoneRequests } from "./connection/phone-requests.ts"
import { PresenceWatch } from "./connection/presence-watch.ts"
import { Socket } from "./connection/socket.ts"
import { decide, type Environment, unlinksFirst } from "./decide.ts"
import { DeviceStream } from "./device-stream.ts"
import type { Fact } from "./fact.ts"
import type { DeviceInput } from "./inputs.ts"
import type { FollowingEffect } from "./machine.ts"
import type { DeliverySignal } from "./messages/delivery-status.ts"
import { type GivenUp, Messaging } from "./messages/messaging.ts"
import { Sending } from "./messages/sending.ts"
import { Operations } from "./operations.ts"
import { RosterStream } from "./roster/roster-stream.ts"
import { isLifecycle, takeIn } from "./take-in.ts"
import { takeStock } from "./take-stock.ts"

type Timer = "retry" | "expiry" | "messages"

interface Parts {
  readonly stream: DeviceStream
  readonly mailbox: Mailbox<Turn, Fact>
  readonly timers: Timers<Timer>
  readonly messaging: Messaging
  readonly clock: Clock.Clock
}

export class DeviceActor {
  readonly ref: DeviceRef
  readonly #services: ActorServices
  readonly #stream: DeviceStream
  readonly #mailbox: Mailbox<Turn, Fact>
  readonly #timers: Timers<Timer>
  readonly #messaging: Messaging
  readonly #sending: Sending
  readonly #roster: RosterStream
  readonly #presence = new PresenceWatch()
  readonly #socket: Socket
  readonly #secrets: PairingSecrets
  readonly #linking: Linking
  readonly #phone: PhoneRequests
  readonly #operations: Operations
  readonly #turns: Turns<Fact>
  #lastSeen: number | null = null

  private constructor(ref: DeviceRef, services: ActorServices, parts: Parts) {
    this.ref = ref
    this.#services = services
    this.#stream = parts.stream
    this.#mailbox = parts.mailbox
    this.#timers = parts.timers
    this.#messaging = parts.messaging
    this.#roster = new RosterStream(services, ref.id, ref.deviceNumber)
    this.#secrets = new PairingSecrets(parts.clock)
    this.#turns = new Turns(parts.mailbox, services.settings.storePatienceMs)
    this.#socket = new Socket({
      whatsapp: services.whatsapp,
      device: { id: ref.id, number: ref.deviceNumber },
      openingTimeoutMs: services.settings.openingTimeoutMs,
      known: parts.messaging.known,
      offer: (signal, generation) => this.hear({ type: "signal", signal, generation }),
      heard: () => void (this.#lastSeen = parts.clock.currentTimeMillisUnsafe()),
      seen: (presence) => services.presenceSeen(ref, presence)
    })
    this.#sending = new Sending({
      turns: this.#turns,
      socket: this.#socket,
      messaging: parts.messaging,
      device: () => this.#stream.snapshot,
      // What cannot be recorded now of its recipient is told again by the next message.
      accepted: (recipient) =>
        Effect.andThen(
          this.#armMessages,
          Effect.ignore(this.#roster.meetRecipient(recipient, whatsapp(this.#socket.generation)))
        )
    })
    this.#phone = new PhoneRequests({
      socket: this.#socket,
      snapshot: () => this.#stream.snapshot,
      claim: (key) => this.#turns.take(this.#claim(key))
    })
    this.#operations = new Operations({
      ref,
      log: services.log,
      socket: this.#socket,
      snapshot: () => this.#stream.snapshot,
      storeIsHere: this.#turns.storeIsHere,
      hear: (operated) => this.hear({ type: "operated", operated })
    })
    this.#linking = new Linking({
      secrets: this.#secrets,
      socket: this.#socket,
      snapshot: () => this.#stream.snapshot,
      order: (command, origin) => this.#lifecycle({ command, origin }),
      inTurn: (work) => this.#turns.take(work),
      apply: (input, origin) => this.#apply(input, origin),
      claim: (key) => (key === undefined ? Effect.void : this.#claim(key)),
      live: () => this.live
    })
  }

  /**
   * Folds the device's history and reconciles it with what a crash left behind: a pairing that only the credentials know of, a
   * connection that was not ended. Opens nothing: the input Resume and the command Connect do. Ends with the scope.
   */
  static start(ref: DeviceRef, services: ActorServices): Effect.Effect<DeviceActor, StoreUnavailable, Scope.Scope> {
    const { id, deviceNumber } = ref
    return Effect.gen(function* () {
      const mailbox: Mailbox<Turn, Fact> = yield* Mailbox.make<Turn, Fact>({
        commandsMax: services.settings.mailboxMax,
        signalsMax: services.settings.signalsMax,
        overflowed: () => mailbox.offerFact({ type: "disconnect" })
      })
      const hear = (signal: DeliverySignal) => mailbox.offerFact({ type: "delivery", signal })
      const actor = new DeviceActor(ref, services, {
        mailbox,
        stream: yield* DeviceStream.load(services, id, deviceNumber),
        timers: yield* Timers.make<Timer>(),
        clock: yield* Clock.clockWith((clock) => Effect.succeed(clock)),
        messaging: yield* Messaging.load(services, id, deviceNumber, hear)
      })
      yield* Effect.addFinalizer(() => actor.#end)
      yield* takeStock(actor.#stream, services.whatsapp, ref, yield* actor.#environment(false))
      yield* actor.#armExpiry
      yield* actor.#armMessages
      return actor
    })
  }

  /** How much waits in the mailbox. */
  get waiting(): number {
    return this.#mailbox.size
  }

  /** The device as it is now; no waiting. */
  get live(): LiveDevice {
    const { value: state, context } = this.#stream.snapshot
    const { qr, code, passkey, confirmCode } = this.#secrets
    return { state, context, qr, code, passkey, confirmCode, lastSeen: this.#lastSeen }
  }

  /** Carries the command out. Resolves once its events are durable; a Send and an AwaitAck wait for the ack as well. */
  ask<C extends DeviceCommand>(asked: Asked<C>): Effect.Effect<Answer<C["type"]>, AskFailure<C["type"]>>
  ask({ command, origin, key }: Asked): Effect.Effect<Answer<DeviceCommand["type"]>, AskFailure> {
    switch (command.type) {
      case "Send":
        return this.#sending.send({ command, origin, key })
      case "AwaitAck":
        return this.#sending.awaitAck(command, key)
      case "PairByCode":
        return this.#linking.pairByCode({ command, origin, key })
      case "AnswerPasskey":
        return this.#linking.answerPasskey({ command, origin, key })
      case "ConfirmPasskey":
        return this.#linking.confirmPasskey({ command, origin, key })
      case "RequestUpload":
        return this.#phone.upload(command)
      case "RequestHistory":
        return this.#phone.history({ command, origin, key })
      case "WatchPresence":
        return this.#watchPresence(command)
      case "Operate":
        return this.#operations.run({ command, origin, key })
      default:
        return this.#lifecycle({ command, origin, key })
    }
  }

  #lifecycle({ command, origin, key }: Asked<LifecycleCommand>): Effect.Effect<LiveDevice, AskFailure<"Connect">> {
    return this.#turns.take(Effect.map(this.#apply(command, origin, key), () => this.live))
  }

  #watchPresence(command: WatchPresence): Effect.Effect<void> {
    return Effect.suspend(() =>
      this.#presence.watch(command, this.#stream.snapshot.hasTag("ready") ? this.#socket.connection : undefined)
    )
  }

  /** Tells the actor what happened; never waits. */
  hear(fact: Fact): void {
    this.#mailbox.offerFact(fact)
  }

  /** Handles what arrives until the device is removed or the gateway stops. Dies of an unexpected failure. */
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

  /** May be run again after a failure of the store: it has done nothing then that would be done twice. */
  #learn(fact: Fact): Effect.Effect<void, StoreUnavailable> {
    switch (fact.type) {
      case "signal":
        return this.#hearSignal(fact.signal, fact.generation)
      case "input":
        return this.#note(fact.input)
      case "delivery":
        return this.#messaging.hear(fact.signal, gateway)
      case "operated":
        return this.#operations.record(fact.operated)
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
    if (isLifecycle(signal)) return this.#hearLifecycle(signal, generation)
    return takeIn(signal, { messaging: this.#messaging, roster: this.#roster }, whatsapp(generation))
  }

  /** What a connection says of itself counts only while it is the present one. */
  #hearLifecycle(signal: LifecycleSignal, generation: number): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      if (generation !== this.#socket.generation) return
      yield* this.#socket.progressed(signal)
      yield* this.#note({ type: "Signal", signal }, whatsapp(generation))
    })
  }

  // ---- decide, append, act

  #apply(
    input: DeviceInput,
    origin: Origin,
    key?: CommandKey
  ): Effect.Effect<void, CommandRefused | StoreUnavailable | DuplicateKey> {
    return Effect.gen({ self: this }, function* () {
      const before = this.#stream.snapshot
      const unlinked = unlinksFirst(before, input) ? yield* this.#socket.unlink : false
      const env = yield* this.#environment(unlinked)
      const decision = decide(before, input, env)
      if (decision.kind === "reject") {
        return yield* new CommandRefused({ command: decision.input, state: decision.state })
      }
      const step = this.#stream.step(decision.events, origin)
      const givesUp = step.effects.written.includes("giveUpMessages")
      const givenUp: GivenUp | undefined = givesUp ? yield* this.#messaging.giveUpAll(origin) : undefined
      const claims = key === undefined ? [] : [claimCommand(key, this.ref.id, env.now)]
      const { appends = [], statements = [] } = givenUp?.unit ?? {}
      const unit: Unit = { appends, statements: [...statements, ...claims] }
      yield* this.#stream.commit(step, unit)
      if (givenUp) yield* givenUp.settle
      for (const effect of step.effects.following) yield* this.#act(effect, decision.events, input)
    })
  }

  #environment(unlinked: boolean): Effect.Effect<Environment> {
    const { retryPauses: pauses } = this.#services.settings
    return Effect.gen({ self: this }, function* () {
      const openMs = yield* this.#socket.openMs
      const now = yield* Clock.currentTimeMillis
      return { deviceId: this.ref.id, now, openMs, random: yield* Random.next, unlinked, pauses }
    })
  }

  /** The same without a caller: an input that the machine refuses is ignored. */
  #note(input: DeviceInput, origin: Origin = gateway): Effect.Effect<void, StoreUnavailable> {
    return this.#apply(input, origin).pipe(
      Effect.catchTags({ CommandRefused: () => Effect.void, DuplicateKey: Effect.die })
    )
  }

  #claim(key: CommandKey): Effect.Effect<void, StoreUnavailable | DuplicateKey> {
    return Effect.gen({ self: this }, function* () {
      const statements = [claimCommand(key, this.ref.id, yield* Clock.currentTimeMillis)]
      yield* this.#services.log.commit({ statements }).pipe(Effect.catchTag("StreamConflict", Effect.die))
    })
  }

  #act(effect: FollowingEffect, events: readonly DeviceEvent[], input: DeviceInput): Effect.Effect<void> {
    const { context } = this.#stream.snapshot
    switch (effect) {
      case "openSocket":
        return Effect.andThen(
          this.#timers.disarm("retry"),
          this.#socket.open(context.strikes.at(-1) === CloseCode.outdated)
        )
      case "closeSocket":
        return Effect.andThen(this.#timers.disarm("retry"), this.#socket.close)
      case "discardCredentials":
        return this.#stream.discardCredentials
      case "scheduleRetry":
        return this.#timers.arm("retry", retryInMs(events), () => this.#due("RetryDue"))
      case "armExpiry":
        return this.#armExpiry
      case "showSecret":
        if (input.type === "Signal" && this.#secrets.take(input.signal)) this.#services.secretShown(this.ref)
        return Effect.void
      case "forgetCode":
        this.#secrets.forgetCode()
        return Effect.void
      case "forgetSecrets":
        this.#secrets.forget()
        return Effect.void
      case "resumeSending": {
        const { connection } = this.#socket
        if (!connection) return Effect.void
        return Effect.andThen(this.#messaging.resume(connection), this.#presence.resume(connection))
      }
      case "pauseSending":
        return this.#messaging.pause
    }
  }

  // ---- turns and timers

  /** Too much for the memory: the socket is closed, and WhatsApp keeps what arrives from then on. */
  #persist<A>(work: Effect.Effect<A, StoreUnavailable>): Effect.Effect<A> {
    return this.#turns.persist(work, this.#dropSocket)
  }

  /** The actor decides in a later turn what the end of the socket means for the device. */
  get #dropSocket(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!this.#socket.connection) return Effect.void
      const signal: LifecycleSignal = { type: "closed", code: CloseCode.connectionClosed }
      const ended = () => this.hear({ type: "signal", signal, generation: this.#socket.generation })
      return Effect.map(this.#socket.close, ended)
    })
  }

  #due(type: "RetryDue" | "ExpiryDue"): void {
    this.hear({ type: "input", input: { type } })
  }

  get #armExpiry(): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const { registeredAt, everConnected } = this.#stream.snapshot.context
      if (everConnected || registeredAt === null) return Effect.void
      const { deviceExpiresMs } = this.#services.settings
      const inMs = Math.max(0, Math.min(registeredAt + deviceExpiresMs - now, deviceExpiresMs))
      return this.#timers.arm("expiry", inMs, () => this.#due("ExpiryDue"))
    })
  }

  get #armMessages(): Effect.Effect<void> {
    return Effect.flatMap(this.#messaging.firstEndsInMs, (inMs) => {
      if (inMs === undefined || this.#timers.isArmed("messages")) return Effect.void
      return this.#timers.arm("messages", inMs, () => this.hear({ type: "messages_expire" }))
    })
  }

  /** After a stop or a crash: no socket and no waiting caller is left behind. */
  get #end(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* this.#messaging.pause
      yield* this.#socket.close
      yield* this.#mailbox.close
      yield* this.#turns.refuseWaiting(new DeviceBusy({ reason: "it is being stopped or restarted" }))
    })
  }
}

const retryInMs = (events: readonly DeviceEvent[]): number =>
  events.find((event) => event.type === "connection.lost")?.data.retryInMs ?? 0

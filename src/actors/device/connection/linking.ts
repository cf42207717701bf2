/**
 * What a client asks of a device that is to be linked: a pairing code, and the steps of a passkey. WhatsApp answers each, so these
 * commands wait outside the actor's turns.
 */
import { Effect, Schedule } from "effect"
import type { Origin } from "../../../events/envelope.ts"
import type { CommandKey } from "../../../store/command-log.ts"
import { AssertionUnfit, assertionProblem } from "../../../whatsapp/passkey.ts"
import { type Connection, NoAnswer, NotConnected, PasskeyNotAsked } from "../../../whatsapp/whatsapp.ts"
import { type AskFailure, CommandRefused, type LiveDevice } from "../answers.ts"
import type { AnswerPasskey, Asked, ConfirmPasskey, LifecycleCommand, PairByCode } from "../commands.ts"
import type { PasskeyInput } from "../inputs.ts"
import type { DeviceSnapshot } from "../machine.ts"
import type { PairingSecret, PairingSecrets } from "./pairing-secrets.ts"
import type { Socket } from "./socket.ts"

type Refused = AskFailure<"Connect">

/** The actor, as these commands see it. */
export interface LinkingOptions {
  readonly secrets: PairingSecrets
  readonly socket: Socket
  readonly snapshot: () => DeviceSnapshot
  /** Carries out a command that the machine decides, in its own turn. */
  readonly order: (command: LifecycleCommand, origin: Origin) => Effect.Effect<LiveDevice, Refused>
  readonly inTurn: <A, E>(work: Effect.Effect<A, E>) => Effect.Effect<A, E | Refused>
  /** Decides, appends and acts; only within a turn. */
  readonly apply: (input: PasskeyInput, origin: Origin) => Effect.Effect<void, Refused>
  /** Within a turn as well. */
  readonly claim: (key: CommandKey | undefined) => Effect.Effect<void, Refused>
  readonly live: () => LiveDevice
}

const PATIENCE_MS = 20_000
const POLL_MS = 25
/**
 * WhatsApp ends the stream of a client that is not logged in after about 210 s, and a code lives for 180 s. On a connection that is older
 * than this, a code could die before its time.
 */
const FRESH_MS = 25_000

export class Linking {
  readonly #options: LinkingOptions

  constructor(options: LinkingOptions) {
    this.#options = options
  }

  /** Connects where nothing is connected, and waits until WhatsApp has issued the code. */
  pairByCode({ command, origin, key }: Asked<PairByCode>): Effect.Effect<PairingSecret, AskFailure<"PairByCode">> {
    const { by, number, type } = command
    const { order, socket, snapshot, inTurn, claim } = this.#options
    return Effect.gen({ self: this }, function* () {
      const { value: state, context } = snapshot()
      // A passkey is awaited: another way to link would take the ceremony away from the owner who signs at this moment.
      if (context.paired || state === "LOADING") return yield* new CommandRefused({ command: type, state })
      yield* order({ type: "Connect", by }, origin)
      if ((yield* socket.ageMs) > FRESH_MS) yield* order({ type: "Restart", by }, origin)
      const code = yield* this.#obtainCode(number)
      if (key !== undefined) yield* inTurn(claim(key))
      return code
    })
  }

  /** The answer is recorded before it leaves; what WhatsApp makes of it comes back here, and as signals. */
  answerPasskey({
    command,
    origin,
    key
  }: Asked<AnswerPasskey>): Effect.Effect<LiveDevice, AskFailure<"AnswerPasskey">> {
    const { secrets, apply } = this.#options
    const { assertion } = command
    const accept = Effect.gen({ self: this }, function* () {
      const challenge = secrets.passkey
      const connection = this.#options.socket.connection
      if (challenge === null || !connection) return yield* new PasskeyNotAsked({ step: "assertion" })
      const reason = assertionProblem(challenge.text, assertion)
      if (reason !== undefined) return yield* new AssertionUnfit({ reason })
      yield* apply({ type: "AnswerPasskey" }, origin)
      return connection
    })
    return this.#step(accept, (connection) => connection.answerPasskey(assertion), key)
  }

  confirmPasskey({
    command,
    origin,
    key
  }: Asked<ConfirmPasskey>): Effect.Effect<LiveDevice, AskFailure<"ConfirmPasskey">> {
    const { secrets, apply } = this.#options
    const { matches } = command
    const accept = Effect.gen({ self: this }, function* () {
      const connection = this.#options.socket.connection
      if (secrets.confirmCode === null || !connection) return yield* new PasskeyNotAsked({ step: "confirmation" })
      yield* apply({ type: "ConfirmPasskey", matches }, origin)
      return connection
    })
    return this.#step(accept, (connection) => connection.confirmPasskey(matches), key)
  }

  /** Accepts a step in its turn, sends it, and claims the key once WhatsApp has taken it: a step that failed may be repeated. */
  #step<E, F>(
    accept: Effect.Effect<Connection, E>,
    send: (connection: Connection) => Effect.Effect<void, F>,
    key: CommandKey | undefined
  ): Effect.Effect<LiveDevice, E | F | Refused> {
    const { inTurn, claim, live } = this.#options
    return Effect.gen(function* () {
      yield* Effect.flatMap(inTurn(accept), send)
      return yield* inTurn(Effect.map(claim(key), live))
    })
  }

  #obtainCode(number: string) {
    const { secrets, socket, snapshot } = this.#options
    return Effect.gen(function* () {
      yield* untilIs(() => snapshot().value === "QR", "for a QR")
      const { connection } = socket
      if (!connection) return yield* new NotConnected()
      secrets.forgetCode()
      yield* connection.requestCode(number)
      yield* untilIs(() => secrets.code !== null, "for a pairing code")
      return secrets.code ?? (yield* new NotConnected())
    })
  }
}

const untilIs = (isSo: () => boolean, asked: string): Effect.Effect<void, NoAnswer> =>
  Effect.suspend(() => (isSo() ? Effect.void : Effect.fail("not yet"))).pipe(
    Effect.retry(Schedule.spaced(POLL_MS)),
    Effect.orDie,
    Effect.timeoutOrElse({ duration: PATIENCE_MS, orElse: () => Effect.fail(new NoAnswer({ asked })) })
  )

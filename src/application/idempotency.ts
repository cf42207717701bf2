/**
 * Commands that a client repeats because it lost the answer. Keeps OUT-2 and OUT-3.
 *
 * A key's claim is written by whoever carries the command out, in the transaction of its events. Here a repeat is recognised, and
 * answered with what the first request created. The registry of commands in progress is this process's.
 */
import { Clock, Context, Deferred, Effect, Fiber, Layer, Schema } from "effect"
import { CommandLog, type CommandKey, isKeyClaimed, type KnownCommand } from "../store/command-log.ts"
import { elapsedMs } from "../store/elapsed.ts"
import type { DuplicateKey, StoreUnavailable } from "../store/errors.ts"
import { yieldToEventLoop } from "../store/yield-to-event-loop.ts"
import type { SecretBox } from "../store/secrets/secret-box.ts"
import { AttemptLimiter } from "./attempt-limiter.ts"
import { Limits } from "./limits.ts"

/** Rejection: the key stood for another request. */
export class KeyReused extends Schema.TaggedError<KeyReused>()("KeyReused", {}) {
  override get message(): string {
    return "this Idempotency-Key was used for another request"
  }
}

/** Transient: the request that came with this key before is still in progress. */
export class KeyInUse extends Schema.TaggedError<KeyInUse>()("KeyInUse", {}) {
  override get message(): string {
    return "the request with this Idempotency-Key is still in progress"
  }
}

/** Rejection: each key is remembered for a day. A request without a key is carried out. */
export class TooManyKeys extends Schema.TaggedError<TooManyKeys>()("TooManyKeys", { retryAfterSeconds: Schema.Int }) {
  override get message(): string {
    return `too many idempotency keys within a day; use a new one in ${this.retryAfterSeconds} s`
  }
}

/** How long a key is remembered. */
export const KEYS_KEPT_MS = 86_400_000
/** How long a repeat without a key is taken for the same command, while its outcome is unknown to the client. */
const REPEATED_WITHIN_MS = 600_000

/** A command in progress: who waits for it, and how it ends. */
interface InProgress {
  /** The client that asked for it has gone. */
  isAbandoned: boolean
  readonly end: Deferred.Deferred<void>
}

export interface KeysInUseShape {
  /** The command in progress under this key. */
  readonly find: (key: CommandKey) => InProgress | undefined
  /**
   * Does `work` under the key. When the caller is interrupted, the work goes on as far as it cannot be interrupted itself, and
   * counts as abandoned until its end.
   */
  readonly hold: <A, E, R>(key: CommandKey, work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Fails where the client has claimed too many keys today. */
  readonly mayClaim: (key: CommandKey) => Effect.Effect<void, TooManyKeys>
  readonly claimed: (key: CommandKey) => Effect.Effect<void>
}

export class KeysInUse extends Context.Service<KeysInUse, KeysInUseShape>()("bitacora/application/KeysInUse") {
  static readonly layer = Layer.effect(
    KeysInUse,
    Effect.gen(function* () {
      const { newKeysPerDayMax } = yield* Limits
      const newKeys = new AttemptLimiter(newKeysPerDayMax, KEYS_KEPT_MS)
      const inProgress = new Map<string, InProgress>()
      return KeysInUse.of({
        find: (key) => inProgress.get(nameOf(key)),
        hold: (key, work) =>
          Effect.suspend(() => {
            const entry: InProgress = { isAbandoned: false, end: Deferred.makeUnsafe() }
            inProgress.set(nameOf(key), entry)
            const ended = Effect.suspend(() => {
              inProgress.delete(nameOf(key))
              return Deferred.succeed(entry.end, undefined)
            })
            return Effect.flatMap(Effect.forkDetach(Effect.ensuring(work, ended)), (fiber) =>
              Effect.onInterrupt(Fiber.join(fiber), () => {
                entry.isAbandoned = true
                return Effect.forkDetach(Fiber.interrupt(fiber))
              })
            )
          }),
        mayClaim: ({ scope }) =>
          Effect.flatMap(elapsedMs, (now) => {
            const waitMs = newKeys.blockedMs(scope, now)
            return waitMs > 0 ? new TooManyKeys({ retryAfterSeconds: Math.ceil(waitMs / 1_000) }) : Effect.void
          }),
        claimed: ({ scope }) => Effect.map(elapsedMs, (now) => newKeys.count(scope, now))
      })
    })
  )
}

const nameOf = ({ scope, key }: CommandKey): string => `${scope} ${key}`

/** A key as the client gave it, and what its dialect does with a repeat that arrives before the first request is answered. */
export interface RequestKey {
  readonly command: CommandKey
  /** Refuses the repeat with KeyInUse, or lets it wait for the first, at most for so many milliseconds. */
  readonly whileInProgress: "refuse" | { readonly waitMs: number }
}

export interface Repeatable<A, E, R, F, S> {
  /** Carries the command out, and claims the key in its transaction. */
  readonly first: (key: CommandKey | undefined) => Effect.Effect<A, E, R>
  /** Answers for a key that is claimed; undefined when nothing is known any more of what it created. */
  readonly again: (known: KnownCommand, key: CommandKey) => Effect.Effect<A | undefined, F, S>
}

type Once<A, E, R> = Effect.Effect<
  A,
  E | KeyReused | KeyInUse | TooManyKeys | StoreUnavailable,
  R | CommandLog | KeysInUse
>

/** Carries the command out once for its key. A command that fails claims nothing. */
export const once = <A, E, R, F, S>(
  key: RequestKey | undefined,
  command: Repeatable<A, E, R, F, S>
): Once<A, E | F, R | S> => {
  if (key === undefined) return command.first(undefined)
  const repeat: Once<A, E | F, R | S> = Effect.suspend(() => once(key, command))
  return Effect.gen(function* () {
    const keys = yield* KeysInUse
    const running = keys.find(key.command)
    if (running === undefined) return yield* keys.hold(key.command, firstOrAgain(key.command, command))
    if (key.whileInProgress === "refuse") return yield* new KeyInUse()
    yield* Effect.timeoutOrElse(Deferred.await(running.end), {
      duration: key.whileInProgress.waitMs,
      orElse: () => Effect.fail(new KeyInUse())
    })
    return yield* repeat
  })
}

const firstOrAgain = <A, E, R, F, S>(key: CommandKey, { first, again }: Repeatable<A, E, R, F, S>) =>
  Effect.gen(function* () {
    const commands = yield* CommandLog
    const keys = yield* KeysInUse
    const known = yield* commands.find(key)
    if (known && Buffer.compare(known.fingerprint, key.fingerprint) !== 0) return yield* new KeyReused()
    const answer = known && (yield* again(known, key))
    if (answer !== undefined) return answer
    if (known) yield* commands.release(key)
    yield* keys.mayClaim(key)
    const made = yield* first(key)
    yield* keys.claimed(key)
    return made
  }).pipe(
    // Another request with this key was faster, and is not in this process's registry.
    Effect.catchIf(isClaimedElsewhere, () => Effect.fail(new KeyInUse()))
  )

const isClaimedElsewhere = (failure: unknown): failure is DuplicateKey =>
  typeof failure === "object" &&
  failure !== null &&
  "_tag" in failure &&
  failure._tag === "DuplicateKey" &&
  isKeyClaimed(failure as DuplicateKey)

/**
 * For clients that repeat a request without a key. The repeat is the same command while its outcome is not known, or while the
 * client cannot have heard it: after a timeout, or after it hung up. A repeat of a command whose client still waits, or was
 * answered, is another command.
 */
export const unlessUnheard = <A, E, R, F, S>(
  key: CommandKey,
  command: Repeatable<A, E, R, F, S>
): Effect.Effect<A, E | F | StoreUnavailable, R | S | CommandLog | KeysInUse> => {
  type Result = Effect.Effect<A, E | F | StoreUnavailable, R | S | CommandLog | KeysInUse>
  const repeat: Result = Effect.suspend(() => unlessUnheard(key, command))
  const work: Result = Effect.gen(function* () {
    const commands = yield* CommandLog
    const known = yield* commands.find(key)
    if (known) {
      const isRecent = (yield* Clock.currentTimeMillis) - known.recordedAt < REPEATED_WITHIN_MS
      const answer = isRecent ? yield* command.again(known, key) : undefined
      if (answer !== undefined) return answer
      yield* commands.release(key)
    }
    return yield* command.first(key)
  })
  return Effect.gen(function* () {
    const keys = yield* KeysInUse
    const running = keys.find(key)
    if (running === undefined) return yield* keys.hold(key, work)
    // Its client may have hung up, and nobody had a turn yet to notice.
    if (!running.isAbandoned) yield* yieldToEventLoop
    if (!running.isAbandoned) return yield* command.first(undefined)
    yield* Deferred.await(running.end)
    return yield* repeat
  })
}

/** Names a request: two that ask for the same have the same fingerprint. `mac` keeps it from being guessed from the request. */
export const commandKey = (
  mac: SecretBox["mac"],
  { scope, key, request }: { readonly scope: string; readonly key: string; readonly request: unknown }
): CommandKey => ({ scope, key, fingerprint: mac("idempotency", JSON.stringify(request)), until: "expiry" })

/** The key of a request without one, for `unlessUnheard`: equal requests have equal keys. */
export const repeatKey = (mac: SecretBox["mac"], scope: string, request: unknown): CommandKey => {
  const fingerprint = mac("repeat", JSON.stringify(request))
  return { scope, key: Buffer.from(fingerprint).toString("hex"), fingerprint, until: "heard" }
}

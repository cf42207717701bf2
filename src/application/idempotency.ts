/**
 * Idempotency: a command that a client repeats is carried out once. Keeps OUT-2 and OUT-3.
 *
 * Each command claims its key in the transaction of its own events. This file recognises a repeat and answers it with what the first
 * request created. The registry of commands in progress belongs to this process.
 */
import { Clock, Context, Deferred, Effect, Fiber, Layer, Schema } from "effect"
import { CommandLog, type CommandKey, isKeyClaimed, type KnownCommand } from "../store/command-log.ts"
import { elapsedMs } from "../store/elapsed.ts"
import type { DuplicateKey, StoreUnavailable } from "../store/errors.ts"
import { yieldToEventLoop } from "../store/yield-to-event-loop.ts"
import type { SecretBox } from "../store/secrets/secret-box.ts"
import { AttemptLimiter } from "./attempt-limiter.ts"
import { Limits } from "./limits.ts"

/** Rejection: the client has used this key for another request. */
export class KeyReused extends Schema.TaggedError<KeyReused>()("KeyReused", {}) {
  override get message(): string {
    return "this Idempotency-Key was used for a different request; send a new key, or repeat the first request unchanged"
  }
}

/** Transient: the first request with this key is still in progress. */
export class KeyInUse extends Schema.TaggedError<KeyInUse>()("KeyInUse", {}) {
  override get message(): string {
    return "the first request with this Idempotency-Key is still in progress; repeat the request in a moment"
  }
}

/** Rejection: the client has used too many keys within a day. A request without a key is carried out. */
export class TooManyKeys extends Schema.TaggedError<TooManyKeys>()("TooManyKeys", { retryAfterSeconds: Schema.Int }) {
  override get message(): string {
    return `too many new idempotency keys within a day; send a new key in ${this.retryAfterSeconds} s, or send the request without one`
  }
}

/** How long the gateway remembers a key. */
export const KEYS_KEPT_MS = 86_400_000
/** How long a repeat without a key counts as the same command, if the client may not know the outcome. */
const REPEATED_WITHIN_MS = 600_000

/** A command in progress. */
interface InProgress {
  /** The client has hung up. */
  isAbandoned: boolean
  readonly end: Deferred.Deferred<void>
}

export interface KeysInUseShape {
  /** The command in progress under this key. */
  readonly find: (key: CommandKey) => InProgress | undefined
  /**
   * Runs `work` under the key. When the caller is interrupted, `work` is interrupted where it allows that, and counts as abandoned
   * until it has ended.
   */
  readonly hold: <A, E, R>(key: CommandKey, work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Fails when the client has claimed too many keys within a day. */
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

/** The client's key, and what its dialect does with a repeat that arrives while the first request is in progress. */
export interface RequestKey {
  readonly command: CommandKey
  /** Refuses the repeat with KeyInUse, or makes it wait for the first request for at most `waitMs`. */
  readonly whileInProgress: "refuse" | { readonly waitMs: number }
}

export interface Repeatable<A, E, R, F, S> {
  /** Carries the command out and claims the key in the same transaction. */
  readonly first: (key: CommandKey | undefined) => Effect.Effect<A, E, R>
  /** Returns the result for a key that is claimed; undefined when what the command created is no longer known. */
  readonly again: (known: KnownCommand, key: CommandKey) => Effect.Effect<A | undefined, F, S>
}

type Once<A, E, R> = Effect.Effect<
  A,
  E | KeyReused | KeyInUse | TooManyKeys | StoreUnavailable,
  R | CommandLog | KeysInUse
>

/** Carries the command out once for its key. A command that fails claims no key. */
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
    // Another process claimed the key first: its request is not in this process's registry.
    Effect.catchIf(isClaimedElsewhere, () => Effect.fail(new KeyInUse()))
  )

const isClaimedElsewhere = (failure: unknown): failure is DuplicateKey =>
  typeof failure === "object" &&
  failure !== null &&
  "_tag" in failure &&
  failure._tag === "DuplicateKey" &&
  isKeyClaimed(failure as DuplicateKey)

/**
 * For clients that repeat requests without a key. A repeat counts as the same command while its outcome is unknown, or while the
 * client cannot know it: after a timeout, or after the client hung up. A repeat of a command whose client still waits, or has its
 * response, is a new command.
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
    // The client may have hung up. The event loop needs a turn to notice that.
    if (!running.isAbandoned) yield* yieldToEventLoop
    if (!running.isAbandoned) return yield* command.first(undefined)
    yield* Deferred.await(running.end)
    return yield* repeat
  })
}

/** The key of a request. Equal requests have equal fingerprints; `mac` keeps a fingerprint from being guessed from the request. */
export const commandKey = (
  mac: SecretBox["mac"],
  { scope, key, request }: { readonly scope: string; readonly key: string; readonly request: unknown }
): CommandKey => ({ scope, key, fingerprint: mac("idempotency", JSON.stringify(request)), until: "expiry" })

/** The key of a request that brings none, for `unlessUnheard`. Equal requests have equal keys. */
export const repeatKey = (mac: SecretBox["mac"], scope: string, request: unknown): CommandKey => {
  const fingerprint = mac("repeat", JSON.stringify(request))
  return { scope, key: Buffer.from(fingerprint).toString("hex"), fingerprint, until: "heard" }
}

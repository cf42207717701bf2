/**
 * Commands that somebody asks for again because the answer was lost. Keeps OUT-2 and OUT-3.
 *
 * `once` is for clients that name each command by a key; `unlessPending` for those that only repeat themselves.
 */
import { Clock, Deferred, Effect, Schema } from "effect"
import { CommandLog, type CommandKey, claimCommand, releaseCommand } from "../store/command-log.ts"
import type { Statement } from "../store/dialect/dialect.ts"
import type { DuplicateKey, StoreUnavailable } from "../store/errors.ts"

/** Rejection: the key stood for another request. */
export class KeyReused extends Schema.TaggedError<KeyReused>()("KeyReused", {}) {
  override get message(): string {
    return "this Idempotency-Key was used for another request"
  }
}

/** Transient: the request that came with this key before is still under way. */
export class KeyInUse extends Schema.TaggedError<KeyInUse>()("KeyInUse", {}) {
  override get message(): string {
    return "the request with this Idempotency-Key is still under way"
  }
}

/** The claim of a key, given the id of what the command makes. Belongs into the transaction of the command's events. */
export type Claim = (subject: string, status?: number) => Statement

export interface Claims {
  readonly claim: Claim
  readonly release: () => Statement | undefined
}

/** Whether whoever asked has hung up and will not hear the answer. */
export type HasHungUp = () => boolean

/** A command that is under way, and how it will end: as the command of the same key would. */
interface Holder<A, E> {
  readonly hasHungUp: HasHungUp
  readonly end: Deferred.Deferred<A, E>
}

/** Keys whose command is under way in this process. */
export class KeysInUse {
  readonly #held = new Map<string, Holder<unknown, unknown>>()

  /** Does `work` and holds the key meanwhile; does `otherwise` where somebody else holds it. */
  hold<A, E, R, B, F, S>(
    { scope, key }: CommandKey,
    work: Effect.Effect<A, E, R>,
    otherwise: (holder: Holder<A, E>) => Effect.Effect<B, F, S>,
    hasHungUp: HasHungUp = () => false
  ): Effect.Effect<A | B, E | F, R | S> {
    return Effect.suspend((): Effect.Effect<A | B, E | F, R | S> => {
      const held = `${scope} ${key}`
      // Whatever holds a key is a command of the same kind: scopes tell the kinds apart.
      const holder = this.#held.get(held) as Holder<A, E> | undefined
      if (holder) return otherwise(holder)
      const end = Deferred.makeUnsafe<A, E>()
      this.#held.set(held, { hasHungUp, end } satisfies Holder<A, E> as Holder<unknown, unknown>)
      return Effect.onExit(work, (exit) => {
        this.#held.delete(held)
        return Deferred.done(end, exit)
      })
    })
  }
}

/**
 * Does the command `first` and claims the key; for a key that is claimed, says by `again` what became of that command. Commands
 * that fail claim nothing.
 */
export const once = <A, E, R, F, S>(
  keysInUse: KeysInUse,
  key: CommandKey,
  first: (claim: Claim) => Effect.Effect<A, E | DuplicateKey, R>,
  again: (subject: string, status: number | null) => Effect.Effect<A, F, S>
) => {
  const command = Effect.gen(function* () {
    const commands = yield* CommandLog
    const known = yield* commands.find(key)
    if (known && !isSame(known.fingerprint, key.fingerprint)) return yield* new KeyReused()
    return yield* known ? again(known.subject, known.status) : first(yield* claimNow(key))
  })
  const inUse = new KeyInUse()
  return keysInUse
    .hold(key, command, () => Effect.fail(inUse))
    .pipe(
      // Another process of this gateway was faster.
      Effect.catchIf(isDuplicateKey, () => Effect.fail(inUse))
    )
}

const isDuplicateKey = (failure: unknown): failure is DuplicateKey =>
  typeof failure === "object" && failure !== null && "_tag" in failure && failure._tag === "DuplicateKey"

/**
 * Does the command, unless the same was asked for before and the client does not know what came of it, as it is not known yet, or
 * the client was told to wait no longer or has hung up: then answers that outcome. Where the same is under way for a client that
 * still waits, it is meant twice.
 */
export const unlessPending = <A, E, R, F, S>(
  keysInUse: KeysInUse,
  key: CommandKey,
  keptMs: number,
  command: {
    /** `claims`: what is to be written with the command, and with its outcome while that is awaited. */
    readonly first: (claims: Claims | undefined) => Effect.Effect<A, E, R>
    /** Undefined when nothing is known of it any more. */
    readonly again: (subject: string) => Effect.Effect<A | undefined, F, S>
    readonly isPending: (outcome: A) => boolean
    readonly hasHungUp: HasHungUp
  }
): Effect.Effect<A, E | F | StoreUnavailable, R | S | CommandLog> => {
  const { first, again, isPending, hasHungUp } = command
  /** Who hears an answer may ask for the same again, and mean it. */
  const isHeard = (outcome: A): boolean => !isPending(outcome) && !hasHungUp()
  type Work = Effect.Effect<A, E | F | StoreUnavailable, R | S | CommandLog>
  const attached = Effect.gen(function* () {
    const commands = yield* CommandLog
    const known = yield* commands.find(key)
    if (!known) return undefined
    const isRecent = (yield* Clock.currentTimeMillis) - known.recorded_at < keptMs
    const outcome = isRecent ? yield* again(known.subject) : undefined
    if (outcome === undefined || isHeard(outcome)) yield* commands.release(key)
    return outcome
  })
  const work: Work = Effect.gen(function* () {
    const known = yield* attached
    if (known !== undefined) return known
    const release = () => (hasHungUp() ? undefined : releaseCommand(key))
    return yield* first({ claim: yield* claimNow(key), release })
  })
  const afterwards = Effect.suspend(() => unlessPending(keysInUse, key, keptMs, command))
  const meanwhile = (holder: Holder<A, E | F | StoreUnavailable>): Work =>
    holder.hasHungUp() ? Effect.andThen(Effect.exit(Deferred.await(holder.end)), afterwards) : first(undefined)
  return keysInUse.hold(key, work, meanwhile, hasHungUp)
}

const claimNow = (key: CommandKey): Effect.Effect<Claim> =>
  Effect.map(
    Clock.currentTimeMillis,
    (now) => (subject: string, status?: number) => claimCommand(key, subject, now, status)
  )

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/**
 * Who has a turn in an actor: callers with a command, who can be refused, and facts, which cannot. While the store is away, facts
 * are tried until they are written, in order, and callers are refused.
 */
import { Deferred, Effect } from "effect"
import { elapsedMsOf } from "../store/elapsed.ts"
import { StoreUnavailable } from "../store/errors.ts"
import { untilAvailable } from "../store/until-available.ts"
import { DeviceBusy } from "./device/answers.ts"
import type { Mailbox } from "./mailbox.ts"

type Refusal = DeviceBusy | StoreUnavailable

/** A command in the mailbox. It is run in its turn, unless its caller was refused meanwhile: then it is never done. */
export interface Turn {
  readonly run: Effect.Effect<void>
  readonly refuse: (because: Refusal) => Effect.Effect<boolean>
}

/** A database may take long to say what became of a commit. The caller is refused after this time, and the work goes on. */
const ANSWER_MAX_MS = 15_000
const RETRY_FIRST_MS = 50
const RETRY_CAP_MS = 2_000

export class Turns<Fact> {
  readonly #mailbox: Mailbox<Turn, Fact>
  readonly #patienceMs: number
  #storeAway: StoreUnavailable | undefined

  /** `patienceMs`: how long a fact may wait for the store before `persist` says that it is too much. */
  constructor(mailbox: Mailbox<Turn, Fact>, patienceMs: number) {
    this.#mailbox = mailbox
    this.#patienceMs = patienceMs
  }

  /** Fails while a fact waits to be written. */
  get storeIsHere(): Effect.Effect<void, StoreUnavailable> {
    return Effect.suspend(() => (this.#storeAway ? Effect.fail(this.#storeAway) : Effect.void))
  }

  /**
   * Does `work` in the actor's turn and answers what it answers. Fails with DeviceBusy when too much waits, and with
   * StoreUnavailable while the store is away or when the answer takes too long; in that case the work may still be done if its turn
   * had come. A defect kills the actor.
   */
  take<A, E>(work: Effect.Effect<A, E>): Effect.Effect<A, E | Refusal> {
    const waiting = Effect.suspend((): Effect.Effect<A, E | Refusal> => {
      const reply = Deferred.makeUnsafe<A, E | Refusal>()
      const answered = work.pipe(
        Effect.onExit((exit) => Deferred.done(reply, exit)),
        Effect.ignore
      )
      const isAccepted = this.#mailbox.offerCommand({
        run: Effect.suspend(() => (Deferred.isDoneUnsafe(reply) ? Effect.void : answered)),
        refuse: (because) => Deferred.fail(reply, because)
      })
      const reason = `the write took longer than ${ANSWER_MAX_MS / 1_000} s`
      const late = () => Effect.andThen(Deferred.fail(reply, new StoreUnavailable({ reason })), Deferred.await(reply))
      return isAccepted
        ? Effect.timeoutOrElse(Deferred.await(reply), { duration: ANSWER_MAX_MS, orElse: late })
        : Effect.fail(new DeviceBusy({ reason: `${this.#mailbox.size} requests wait` }))
    })
    return Effect.andThen(this.storeIsHere, waiting)
  }

  /** Tries the work of a fact until it is written. `tooMuch` is done when that takes too long, or too much waits meanwhile. */
  persist<A>(work: Effect.Effect<A, StoreUnavailable>, tooMuch: Effect.Effect<void>): Effect.Effect<A> {
    return Effect.clockWith((clock) => {
      const endsAt = elapsedMsOf(clock) + this.#patienceMs
      const isTooMuch = () => this.#mailbox.isOverflowed || elapsedMsOf(clock) > endsAt
      return work.pipe(
        Effect.tapError((failure) => {
          this.#storeAway = failure
          return Effect.andThen(this.refuseWaiting(failure), isTooMuch() ? tooMuch : Effect.void)
        }),
        Effect.retry(untilAvailable(RETRY_FIRST_MS, RETRY_CAP_MS)),
        Effect.tap(() => Effect.sync(() => (this.#storeAway = undefined))),
        Effect.orDie
      )
    })
  }

  /** Refuses every caller whose turn has not come. */
  refuseWaiting(because: Refusal): Effect.Effect<void> {
    return Effect.forEach(this.#mailbox.commands, ({ refuse }) => refuse(because), { discard: true })
  }
}

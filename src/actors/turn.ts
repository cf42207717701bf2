/** Work that waits for its turn in an actor, and whoever waits for its answer. */
import { Deferred, Effect } from "effect"
import { StoreUnavailable } from "../store/errors.ts"
import { DeviceBusy } from "./device/commands.ts"
import type { Mailbox } from "./mailbox.ts"

type Refusal = DeviceBusy | StoreUnavailable

/** To be run in its turn, unless whoever waits was refused meanwhile: then it is never done. */
export interface Turn {
  readonly run: Effect.Effect<void>
  readonly refuse: (because: Refusal) => Effect.Effect<boolean>
}

/** The database may take long to say what became of a commit; whoever waits is told so, and the work goes on without him. */
const ANSWER_MAX_MS = 15_000

/**
 * Does `work` in the actor's turn and answers what it answers; DeviceBusy when too much waits, StoreUnavailable when its answer
 * takes too long: it may be done yet where its turn had come. A defect is the actor's.
 */
export const inTurn = <A, E, Fact>(
  mailbox: Mailbox<Turn, Fact>,
  work: Effect.Effect<A, E>
): Effect.Effect<A, E | Refusal> =>
  Effect.suspend((): Effect.Effect<A, E | Refusal> => {
    const reply = Deferred.makeUnsafe<A, E | Refusal>()
    const answered = work.pipe(
      Effect.onExit((exit) => Deferred.done(reply, exit)),
      Effect.ignore
    )
    const isAccepted = mailbox.offerCommand({
      run: Effect.suspend(() => (Deferred.isDoneUnsafe(reply) ? Effect.void : answered)),
      refuse: (because) => Deferred.fail(reply, because)
    })
    const late = () =>
      Effect.andThen(Deferred.fail(reply, new StoreUnavailable({ reason: "it takes too long" })), Deferred.await(reply))
    return isAccepted
      ? Effect.timeoutOrElse(Deferred.await(reply), { duration: ANSWER_MAX_MS, orElse: late })
      : Effect.fail(new DeviceBusy({ reason: `${mailbox.size} requests wait` }))
  })

/** Tells everybody whose turn has not come. */
export const refuseWaiting = <Fact>(mailbox: Mailbox<Turn, Fact>, because: Refusal): Effect.Effect<void> =>
  Effect.forEach(mailbox.commands, ({ refuse }) => refuse(because), { discard: true })

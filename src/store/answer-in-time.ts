/** For those who wait for a commit and remember nothing that depends on its outcome. */
import { Effect } from "effect"
import { StoreUnavailable } from "./errors.ts"

const ANSWER_MAX_MS = 10_000

/**
 * A database may take long to say what became of a commit. Then this fails: what was asked may be done yet, as after any answer that
 * was lost.
 */
export const answerInTime = <A, E, R>(commit: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreUnavailable, R> =>
  Effect.timeoutOrElse(commit, {
    duration: ANSWER_MAX_MS,
    orElse: () => Effect.fail(new StoreUnavailable({ reason: "the database does not say what became of a commit" }))
  })

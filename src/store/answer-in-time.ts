/** For callers that wait for a commit and keep no state that depends on its outcome. */
import { Effect } from "effect"
import { StoreUnavailable } from "./errors.ts"

const ANSWER_MAX_MS = 10_000

/**
 * Fails when the commit takes longer than ANSWER_MAX_MS. The database may still carry it out: the caller knows as little as after any
 * lost response.
 */
export const answerInTime = <A, E, R>(commit: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreUnavailable, R> =>
  Effect.timeoutOrElse(commit, {
    duration: ANSWER_MAX_MS,
    orElse: () => Effect.fail(new StoreUnavailable({ reason: "the write took too long, and may still be carried out" }))
  })

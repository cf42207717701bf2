/** Limits the feeds that each client has open, of all kinds together. */
import { Context, Effect, Layer, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import { ConcurrencyLimit } from "../../application/concurrency-limit.ts"
import { Limits } from "../../application/limits.ts"
import { nameOf, type Principal } from "../../application/principal.ts"

/** Rejection: the client has the maximum number of streams open. */
export class TooManyStreams extends Schema.TaggedError<TooManyStreams>()("TooManyStreams", { max: Schema.Int }) {
  override get message(): string {
    return `at most ${this.max} streams may be open per client; close one first`
  }
}

export class OpenStreams extends Context.Service<OpenStreams, ConcurrencyLimit>()("bitacora/http/OpenStreams") {
  static readonly layer = Layer.effect(
    OpenStreams,
    Effect.map(Limits, ({ streamsPerUserMax }) => new ConcurrencyLimit(streamsPerUserMax))
  )
}

/** Counts a stream of the client. The result has to be called once, when the stream has ended. */
export const takeStream = (principal: Principal): Effect.Effect<() => void, TooManyStreams, OpenStreams> =>
  Effect.gen(function* () {
    const open = yield* OpenStreams
    const giveBack = open.take(nameOf(principal))
    return giveBack ?? (yield* new TooManyStreams({ max: open.max }))
  })

/** For a stream that is the connection itself: gives it back when the connection closes, even if the upgrade fails. */
export const onceClosed = ({ raw: { socket } }: FastifyRequest, giveBack: () => void): void => {
  if (socket.destroyed) giveBack()
  else socket.once("close", giveBack)
}

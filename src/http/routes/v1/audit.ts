/** /v1/audit/verify and /v1/devices/:id/verify: whether anybody changed what was recorded. */
import { Effect, Schema } from "effect"
import type { FastifyInstance } from "fastify"
import { streamsOf } from "../../../events/streams.ts"
import { elapsedMs } from "../../../store/elapsed.ts"
import { knownPublicKey } from "../../../store/audit/signed-head.ts"
import { readEnd, verifyLog, verifyStreams } from "../../../store/audit/verification.ts"
import type { Principal } from "../../access/accounts.ts"
import { authenticate, requireOperator } from "../../access/authentication.ts"
import { Shares } from "../../access/shares.ts"
import { deviceByReference } from "../../device-access.ts"
import { type HttpContext, whoIs } from "../../runtime.ts"
import { InvalidRequest, Position, read } from "./input.ts"

/** Transient: a verification reads as much as the disk gives, so everybody has one at a time. */
export class VerificationRunning extends Schema.TaggedError<VerificationRunning>()("VerificationRunning", {}) {
  override get message(): string {
    return "another verification of yours is running"
  }
}

/** Longer ones answer how far they came, with `complete` false; the command line has no limit. */
const VERIFY_MAX_MS = 20_000

const RangeQuery = Schema.Struct({ from: Schema.optionalKey(Position), to: Schema.optionalKey(Position) })

type Params = { readonly id: string }

export const auditRoutes = (app: FastifyInstance, { run, authentication, settings }: HttpContext): void => {
  const verifications = new Shares(1)
  const oneAtATime = <A, E, R>(principal: Principal, work: (until: number) => Effect.Effect<A, E, R>) =>
    Effect.suspend((): Effect.Effect<A, E | VerificationRunning, R> => {
      const giveBack = verifications.take(whoIs(principal))
      if (!giveBack) return new VerificationRunning()
      return Effect.flatMap(elapsedMs, (now) => work(now + VERIFY_MAX_MS)).pipe(Effect.ensuring(Effect.sync(giveBack)))
    })

  app.get("/audit/verify", async (request) =>
    run(
      Effect.gen(function* () {
        const principal = yield* authenticate(request, authentication)
        yield* requireOperator(principal)
        const range = read(RangeQuery, request.query)
        const position = yield* readEnd
        const { from = 1, to = position } = range
        const publicKey = knownPublicKey(settings.dataDirectory)
        if (from > Math.max(position, 1)) {
          return yield* new InvalidRequest({ field: "from", reason: `the log ends at position ${position}` })
        }
        if (from > Math.max(to, 1)) return yield* new InvalidRequest({ field: "from", reason: "is behind `to`" })
        return yield* oneAtATime(principal, (until) => verifyLog({ ...range, publicKey }, { until }))
      })
    )
  )

  app.get<{ Params: Params }>("/devices/:id/verify", async (request) =>
    run(
      Effect.gen(function* () {
        const principal = yield* authenticate(request, authentication)
        const row = yield* deviceByReference(principal, request.params.id, { withRemoved: true })
        return yield* oneAtATime(principal, (until) =>
          verifyStreams(streamsOf(row.device_id), row.number_id, {
            until,
            publicKey: knownPublicKey(settings.dataDirectory)
          })
        )
      })
    )
  )
}

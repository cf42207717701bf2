/** The header Idempotency-Key, which every POST takes but those for pairing codes and tickets (draft-ietf-httpapi-idempotency-key-header). */
import { createHash } from "node:crypto"
import { Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import type { CommandKey, CommandLog } from "../../../store/command-log.ts"
import { elapsedMs } from "../../../store/elapsed.ts"
import type { DuplicateKey, StoreUnavailable } from "../../../store/errors.ts"
import type { Principal } from "../../access/accounts.ts"
import { type Claim, type KeyInUse, type KeyReused, once } from "../../idempotency.ts"
import { type HttpContext, whoIs } from "../../runtime.ts"
import { InvalidRequest } from "./input.ts"

const KEY = /^[\x21-\x7e]{1,255}$/

/** What a client asks for, and who it is. */
export interface Asked {
  readonly request: FastifyRequest
  readonly principal: Principal
  /** With the route: what makes two requests the same. */
  readonly body: unknown
}

/** Rejection: each key is remembered for a day. Without a key the same request is done. */
export class TooManyKeys extends Schema.TaggedError<TooManyKeys>()("TooManyKeys", { retryAfterSeconds: Schema.Int }) {
  override get message(): string {
    return `too many idempotency keys within a day; use a new one in ${this.retryAfterSeconds} s`
  }
}

/** Does the command once for the request's key; for a request without a key, once. Throws InvalidRequest for an unusable key. */
export const onceForKey = <A, E, R, F, S>(
  { keysInUse, newKeys }: HttpContext,
  asked: Asked,
  first: (claim: Claim | undefined) => Effect.Effect<A, E | DuplicateKey, R>,
  again: (subject: string, status: number | null) => Effect.Effect<A, F, S>
): Effect.Effect<
  A,
  E | F | KeyReused | KeyInUse | TooManyKeys | StoreUnavailable | DuplicateKey,
  R | S | CommandLog
> => {
  const key = keyOf(asked)
  if (key === undefined) return first(undefined)
  const counted = (claim: Claim) =>
    Effect.gen(function* () {
      const now = yield* elapsedMs
      const waitMs = newKeys.blockedMs(key.scope, now)
      if (waitMs > 0) return yield* new TooManyKeys({ retryAfterSeconds: Math.ceil(waitMs / 1_000) })
      const made = yield* first(claim)
      newKeys.count(key.scope, now)
      return made
    })
  return once(keysInUse, key, counted, again)
}

/** The request's key, of the one who sends it; undefined where it brings none. */
const keyOf = ({ request, principal, body }: Asked): CommandKey | undefined => {
  const given = request.headers["idempotency-key"]
  if (given === undefined) return undefined
  if (typeof given !== "string" || !KEY.test(given)) {
    throw new InvalidRequest({ field: "Idempotency-Key", reason: "must be 1 to 255 visible ASCII characters" })
  }
  const { method, routeOptions, params } = request
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([method, routeOptions.url, params, body ?? null]))
    .digest()
  return { scope: whoIs(principal), key: given, fingerprint }
}

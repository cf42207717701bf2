/** Verifies the log: checks whether a recorded event was changed. Keeps LOG-6 and LOG-9. */
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { toHex } from "../events/envelope.ts"
import { streamsOf } from "../events/streams.ts"
import { knownPublicKey, openAuditKey } from "../store/audit/signed-head.ts"
import { readEnd, verifyLog, verifyStreams } from "../store/audit/verification.ts"
import { elapsedMs } from "../store/elapsed.ts"
import { LogReader } from "../store/log/log-reader.ts"
import { ConcurrencyLimit } from "./concurrency-limit.ts"
import { findDevice } from "./device-access.ts"
import { nameOf, type Principal } from "./principal.ts"

/** Transient: each client has one verification at a time, because a verification reads as fast as the disk allows. */
export class VerificationRunning extends Schema.TaggedError<VerificationRunning>()("VerificationRunning", {}) {
  override get message(): string {
    return "another verification by this client is running; try again when it has ended"
  }
}

/** Rejection: the range is empty. */
export class EmptyRange extends Schema.TaggedError<EmptyRange>()("EmptyRange", { reason: Schema.String }) {
  override get message(): string {
    return this.reason
  }
}

export interface VerifierShape {
  /** Holds the key that signs the log's start after a trimming. */
  readonly dataDirectory: string
  readonly running: ConcurrencyLimit
}

export class Verifier extends Context.Service<Verifier, VerifierShape>()("bitacora/application/Verifier") {
  static readonly layer = (dataDirectory: string) =>
    Layer.sync(Verifier, () => ({ dataDirectory, running: new ConcurrencyLimit(1) }))
}

/** A verification that takes longer returns how far it came, with `complete` false. The command line has no limit. */
const VERIFY_MAX_MS = 20_000

const oneAtATime = <A, E, R>(
  principal: Principal,
  work: (until: number, publicKey: string | null) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | VerificationRunning, R | Verifier> =>
  Effect.gen(function* () {
    const { running, dataDirectory } = yield* Verifier
    const giveBack = running.take(nameOf(principal))
    if (!giveBack) return yield* new VerificationRunning()
    const until = (yield* elapsedMs) + VERIFY_MAX_MS
    return yield* Effect.ensuring(work(until, knownPublicKey(dataDirectory)), Effect.sync(giveBack))
  })

/** Walks both chains over a range of positions; by default over the whole log. */
export const verifyRange = (principal: Principal, range: { readonly from?: number; readonly to?: number }) =>
  Effect.gen(function* () {
    const end = yield* readEnd
    const { from = 1, to = end } = range
    if (from > Math.max(end, 1))
      return yield* new EmptyRange({ reason: `must not be greater than ${end}, where the log ends` })
    if (from > Math.max(to, 1)) return yield* new EmptyRange({ reason: "must not be greater than `to`" })
    return yield* oneAtATime(principal, (until, publicKey) => verifyLog({ ...range, publicKey }, { until }))
  })

/** Signs where the log ends. Kept elsewhere, it shows later whether the end was cut off or the history rewritten. */
export const signHead = Effect.gen(function* () {
  const { dataDirectory } = yield* Verifier
  const { position, hash, recordedAt } = yield* (yield* LogReader).head
  const key = openAuditKey(dataDirectory)
  return key.sign({ position, hash: toHex(hash), recordedAt }, yield* Clock.currentTimeMillis)
})

/** Walks the streams of one device. Needs no events of other devices. */
export const verifyDevice = (principal: Principal, reference: string) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, reference, { withRemoved: true })
    return yield* oneAtATime(principal, (until, publicKey) =>
      verifyStreams(streamsOf(device.id), device.deviceNumber, { until, publicKey })
    )
  })

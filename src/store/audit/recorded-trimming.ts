/** Checks that the log begins where the newest `log.trimmed` says. Keeps LOG-6. */
import { Effect } from "effect"
import { readEvent } from "../../events/catalog.ts"
import { toHex } from "../../events/envelope.ts"
import { LogTrimmed } from "../../events/erasure.ts"
import type { Violation } from "../../events/hash-chain.ts"
import { type LogStart, StreamsHash, type Trimming } from "../../events/log-start.ts"
import { Database } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readNewest } from "../log/event-log-queries.ts"
import { readStreamStarts } from "../log/log-start.ts"
import { isSignedStart } from "./signed-head.ts"

const PAGE = 1_000

/**
 * Returns what is wrong with the log's start. `publicKey` is the gateway's own key; null if it has none. Without it, a beginning that
 * was cut off and signed with another key passes.
 */
export const startViolation = (
  start: LogStart,
  publicKey?: string | null
): Effect.Effect<Violation | undefined, StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const trimming = yield* newestTrimming
    if (trimming === undefined) {
      return start.position === 0 ? undefined : ({ position: start.position, reason: "removed" } as const)
    }
    const isIt =
      trimming.position === start.position &&
      trimming.hash === toHex(start.hash) &&
      trimming.recordedAt === start.recordedAt &&
      trimming.streamsHash === (yield* streamsHash) &&
      isSignedStart(trimming) &&
      (publicKey === undefined || publicKey === trimming.publicKey)
    return isIt ? undefined : { position: Math.max(1, start.position), reason: "changed" }
  })

/** What the log says of its last trimming; undefined if it was never trimmed, or if the event cannot be read. */
export const newestTrimming: Effect.Effect<Trimming | undefined, StoreUnavailable, Database> = Effect.gen(function* () {
  const { query } = yield* Database
  const recorded = yield* query((db) => readNewest(db, LogTrimmed.type))
  if (recorded === undefined) return undefined
  // An event that cannot be read proves nothing. The walk along the chain finds what happened to it.
  try {
    return readEvent(recorded)?.data as Trimming | undefined
  } catch {
    return undefined
  }
})

const streamsHash = Effect.gen(function* () {
  const { query } = yield* Database
  const all = new StreamsHash()
  for (let after = ""; ; ) {
    const page = yield* query((db) => readStreamStarts(db, after, PAGE))
    for (const stream of page) all.add(stream)
    after = page.at(-1)?.stream ?? after
    if (page.length < PAGE) return all.hex
  }
})

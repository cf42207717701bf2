/**
 * Walks the stored log along both chains, and finds every change to it. Keeps LOG-6, LOG-8 and LOG-9.
 *
 * It reads pages and lets other work run between them. It keeps one hash per stream, and one number per payload that was erased on
 * demand. It also finds events after the head, and events missing before it. Only a head that was kept elsewhere shows that the end
 * was cut off, or that the whole history was rewritten.
 */
import { Effect } from "effect"
import { toHex } from "../../events/envelope.ts"
import {
  ChainWalk,
  diagnose,
  type StoredEvent,
  StreamWalk,
  type Violation,
  type WalkedStream
} from "../../events/hash-chain.ts"
import { Database } from "../database.ts"
import { elapsedMs } from "../elapsed.ts"
import { HistoryTrimmed, type StoreUnavailable } from "../errors.ts"
import { yieldToEventLoop } from "../yield-to-event-loop.ts"
import { readHashAt, readLogStart, readStreamStart } from "../log/log-start.ts"
import { type Erasures, readErasures } from "./recorded-erasures.ts"
import { startViolation } from "./recorded-trimming.ts"
import { readStored, readStoredStream, type StoredRow } from "./stored-events.ts"

/** The position and hash where a chain ends: what an auditor keeps. */
export interface ChainHead {
  readonly position: number
  /** Hex. */
  readonly hash: string
}

export type Verdict =
  | {
      readonly valid: true
      readonly from: number
      readonly to: number
      readonly head: ChainHead
      /** False if the time limit ended the walk: nothing after `to` was checked. */
      readonly complete: boolean
    }
  | ({ readonly valid: false } & Violation)

export interface Limits {
  /** The time limit, in elapsed time. */
  readonly until?: number
  /** Called after each page. */
  readonly progress?: (position: number, end: number) => void
  /** Called when the walk found nothing wrong, with where each stream that it met stands. */
  readonly arrived?: (streams: ReadonlyMap<string, WalkedStream>) => void
}

/** The gateway's public key in base64; null if it has none. A trimmed log must be signed with it. */
export type PublicKey = string | null

export interface LogRange {
  /** The first position. By default where the log begins. */
  readonly from?: number
  /** The last position. By default, and at most, the end of the log. */
  readonly to?: number
  /** A head that was kept elsewhere. The log must contain it. */
  readonly against?: ChainHead
  readonly publicKey?: PublicKey
}

const PAGE = 1_000

/** Walks the global chain, and with it the chain of every stream. */
export const verifyLog = (
  range: LogRange,
  limits: Limits = {}
): Effect.Effect<Verdict, HistoryTrimmed | StoreUnavailable, Database> => Effect.tap(walkLog(range, limits), stillThere)

/** Events that a trimming dropped during the walk are not a finding. */
const stillThere = (verdict: Verdict | StreamsVerdict) =>
  Effect.gen(function* () {
    if (verdict.valid) return
    const { query } = yield* Database
    const start = yield* query(readLogStart)
    if (verdict.position < start.position) return yield* new HistoryTrimmed({ start: start.position + 1 })
  })

const walkLog = (range: LogRange, limits: Limits) =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const start = yield* query(readLogStart)
    const { from = start.position + 1, to = Number.MAX_SAFE_INTEGER, against } = range
    if (Math.min(from - 1, against?.position ?? from) < start.position) {
      return yield* new HistoryTrimmed({ start: start.position + 1 })
    }
    const untrue = yield* startViolation(start, range.publicKey)
    if (untrue) return { valid: false as const, ...untrue }
    const ends = yield* readEnds
    if (!ends.head) return broken(Math.max(ends.last, start.position) + 1, "removed")
    const last = Math.min(to, ends.head.position)
    const isWhole = last === ends.head.position
    if (against && against.position > ends.head.position) return broken(ends.head.position + 1, "removed")

    const before = from - 1 === start.position ? start : yield* query((db) => readHashAt(db, from - 1))
    if (!before) return broken(from - 1, "removed")
    if (against?.position === from - 1 && toHex(before.hash) !== against.hash) return broken(from - 1, "changed")
    const walk = new ChainWalk(from - 1, before.hash)
    let erasures = yield* readErasures()
    const seeded = new Set<string>()
    for (let complete = true; ; complete = yield* hasTimeLeft(limits)) {
      if (walk.position >= last || !complete) {
        // Checked only here: an inserted event also pushes the last event beyond the head.
        if (isWhole && complete && ends.outside !== null) return broken(ends.outside, "inserted")
        if (isWhole && complete && Buffer.compare(walk.hash, ends.head.hash) !== 0) {
          return broken(ends.head.position, "changed")
        }
        if (complete) limits.arrived?.(walk.streams)
        const head = { position: walk.position, hash: toHex(walk.hash) }
        return { valid: true as const, from, to: walk.position, head, complete }
      }
      const page = yield* query((db) => readStored(db, { after: walk.position, upTo: last, limit: PAGE }))
      if (page.length === 0) return broken(walk.position + 1, "removed")
      if (from > 1) yield* seed(walk, seeded, page, from)
      // A payload may have been erased properly during the walk.
      if (page.some((event) => payloadViolation(event, erasures))) erasures = yield* readErasures()
      const violation = alongPage(walk, page, erasures, against)
      if (violation) return broken(violation.position, yield* reasonOf(walk, violation))
      limits.progress?.(walk.position, last)
      yield* yieldToEventLoop
    }
  })

/** Walks the streams of one device without the events of others. `streams` in the verdict says where each of them ends. */
export const verifyStreams = (
  streams: readonly string[],
  device: number,
  limits: Limits & { readonly publicKey?: PublicKey } = {}
): Effect.Effect<StreamsVerdict, HistoryTrimmed | StoreUnavailable, Database> =>
  Effect.tap(walkStreams(streams, device, limits), stillThere)

const walkStreams = (streams: readonly string[], device: number, limits: Limits & { readonly publicKey?: PublicKey }) =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const end = yield* readEnd
    let erasures = yield* readErasures(device)
    const found: StreamHead[] = []
    let complete = true
    for (const stream of streams) {
      const begun = yield* query((db) => readStreamStart(db, stream))
      const untrue = begun && (yield* startViolation(yield* query(readLogStart), limits.publicKey))
      if (untrue) return { valid: false as const, stream, ...untrue }
      const walk = new StreamWalk(begun?.version, begun?.hash, begun?.position)
      for (;;) {
        const range = { after: walk.head.version, upTo: end, limit: PAGE }
        const page = complete ? yield* query((db) => readStoredStream(db, stream, range)) : []
        if (page.some(({ event }) => payloadViolation(event, erasures))) erasures = yield* readErasures(device)
        for (const { event, previousHash } of page) {
          const violation = walk.next(event, previousHash) ?? payloadViolation(event, erasures)
          if (violation) return { valid: false as const, stream, ...violation }
        }
        limits.progress?.(walk.position, end)
        if (page.length < PAGE) break
        yield* yieldToEventLoop
        complete &&= yield* hasTimeLeft(limits)
      }
      found.push({ stream, version: walk.head.version, position: walk.position, hash: toHex(walk.head.hash) })
    }
    return { valid: true as const, streams: found, complete }
  })

export interface StreamHead extends ChainHead {
  readonly stream: string
  readonly version: number
}

export type StreamsVerdict =
  | { readonly valid: true; readonly streams: readonly StreamHead[]; readonly complete: boolean }
  | ({ readonly valid: false; readonly stream: string } & Violation)

const broken = (position: number, reason: Violation["reason"]) => ({ valid: false as const, position, reason })

/** The position where the log ends according to its head; without a head, the position of the last event. */
export const readEnd: Effect.Effect<number, StoreUnavailable, Database> = Effect.suspend(() =>
  Effect.map(readEnds, ({ head, last }) => head?.position ?? last)
)

/**
 * The head (undefined if its row was removed), the last event's position (0 if there is none), and a position outside of what the
 * head spans. One statement, so that no append comes in between.
 */
const readEnds = Effect.gen(function* () {
  const { query } = yield* Database
  const { position, hash, first, last } = yield* query((db) =>
    db
      .selectNoFrom((eb) => [
        eb.selectFrom("log_head").select("position").where("id", "=", 1).as("position"),
        eb.selectFrom("log_head").select("hash").where("id", "=", 1).as("hash"),
        eb
          .selectFrom("event_log")
          .select((inner) => inner.fn.max("event_log.position").as("last"))
          .as("last"),
        eb
          .selectFrom("event_log")
          .select((inner) => inner.fn.min("event_log.position").as("first"))
          .as("first")
      ])
      .executeTakeFirstOrThrow()
  )
  const head = position === null || hash === null ? undefined : { position, hash }
  const end = head?.position ?? last ?? 0
  const outside = first !== null && first < 1 ? first : last !== null && last > end ? end + 1 : null
  return { head, last: last ?? 0, outside }
})

const alongPage = (
  walk: ChainWalk,
  page: readonly StoredRow[],
  erasures: Erasures,
  against: ChainHead | undefined
): Violation | undefined => {
  for (const event of page) {
    const violation = payloadViolation(event, erasures) ?? walk.next(event)
    if (violation) return violation
    if (event.position === against?.position && toHex(event.hash) !== against.hash) {
      return { position: event.position, reason: "changed" }
    }
  }
  return undefined
}

/** A payload may be missing only if a recorded erasure names it. */
const payloadViolation = (event: StoredRow, erasures: Erasures): Violation | undefined => {
  if (event.text !== null || event.salt !== null) return undefined
  const isExplained = event.hasPayload && erasures.explain(event)
  return isExplained ? undefined : { position: event.position, reason: "removed" }
}

/** A walk that begins in the middle must know where each stream stood. */
const seed = (walk: ChainWalk, seeded: Set<string>, page: readonly StoredEvent[], from: number) =>
  Effect.gen(function* () {
    const { query } = yield* Database
    for (const { stream } of page) {
      if (seeded.has(stream)) continue
      seeded.add(stream)
      const head = yield* query((db) =>
        db
          .selectFrom("event_log")
          .select(["version", "hash"])
          .where("stream", "=", stream)
          .where("position", "<", from)
          .orderBy("version", "desc")
          .limit(1)
          .executeTakeFirst()
      )
      const known = head ?? (yield* query((db) => readStreamStart(db, stream)))
      if (known) walk.seed(stream, known.version, known.hash)
    }
  })

/** The hash shows that something is wrong; the neighbouring events show what was done. */
const reasonOf = (walk: ChainWalk, { position, reason }: Violation) =>
  Effect.gen(function* () {
    if (reason !== "changed" || position !== walk.position + 1) return reason
    const { query } = yield* Database
    const found = yield* query((db) =>
      readStored(db, { after: walk.position, upTo: Number.MAX_SAFE_INTEGER, limit: PAGE })
    )
    return diagnose(walk.hash, found)
  })

const hasTimeLeft = ({ until = Number.POSITIVE_INFINITY }: Limits): Effect.Effect<boolean> =>
  Effect.map(elapsedMs, (now) => now < until)

/**
 * Exports events page by page: as NDJSON with everything that is hashed, or as CSV for spreadsheets.
 *
 * An NDJSON line holds what an auditor's own program needs to compute both chains: the envelope, the hash at the previous position,
 * and the payload with its salt. An export is a copy: a later erasure does not reach it.
 */
import { Effect } from "effect"
import { type RecordedEvent, toHex } from "../../events/envelope.ts"
import { Database } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readBounded } from "./bounded-page.ts"
import { type EventFilter, type PageRequest, readAll } from "./event-log-queries.ts"
import { readLogStart } from "./log-start.ts"
import { yieldToEventLoop } from "../yield-to-event-loop.ts"

export const exportFormats = ["ndjson", "csv"] as const
export type ExportFormat = (typeof exportFormats)[number]

export interface ExportRange extends EventFilter {
  /** Events after this position. */
  readonly after: number
  /** Events up to and including this position. */
  readonly upTo: number
}

/** A piece of the export, and the position where the next piece continues; null after the last. */
export interface ExportPage {
  readonly text: string
  readonly next: number | null
}

const PAGE = 250

/** The first line of the format; empty for NDJSON. */
export const exportHeader = (format: ExportFormat): string => (format === "csv" ? `${COLUMNS.join(",")}\r\n` : "")

export const exportPage = (
  range: ExportRange,
  format: ExportFormat
): Effect.Effect<ExportPage, StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    yield* yieldToEventLoop
    const read = (request: PageRequest) => query((db) => readAll(db, request))
    const { events, isLast } = yield* readBounded(read, { ...range, limit: PAGE })
    const next = isLast ? null : (events.at(-1)?.position ?? null)
    if (format === "csv") return { text: events.map(csvLine).join(""), next }
    const proofs = yield* readProofs(events.map(({ position }) => position))
    return { text: events.map((event) => ndjsonLine(event, proofs)).join(""), next }
  })

interface Proofs {
  readonly salts: ReadonlyMap<number, Uint8Array | null>
  /** By position. */
  readonly hashes: ReadonlyMap<number, Uint8Array>
}

const readProofs = (positions: readonly number[]): Effect.Effect<Proofs, StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    if (positions.length === 0) return { salts: new Map(), hashes: new Map() }
    const salts = yield* query((db) =>
      db.selectFrom("event_payload").select(["position", "salt"]).where("position", "in", positions).execute()
    )
    const before = positions.map((position) => position - 1)
    const hashes = yield* query((db) =>
      db.selectFrom("event_log").select(["position", "hash"]).where("position", "in", before).execute()
    )
    const start = yield* query(readLogStart)
    return {
      salts: new Map(salts.map((row) => [row.position, row.salt])),
      hashes: new Map([[start.position, start.hash], ...hashes.map((row) => [row.position, row.hash] as const)])
    }
  })

const hexOrNull = (bytes: Uint8Array | null | undefined): string | null => (bytes ? toHex(bytes) : null)

/** The payload is inserted byte for byte, as a JSON value, without being parsed. */
const ndjsonLine = (event: RecordedEvent, { salts, hashes }: Proofs): string => {
  const envelope = JSON.stringify({
    envelopeVersion: event.envelopeVersion,
    position: event.position,
    stream: event.stream,
    version: event.version,
    device: event.device,
    type: event.type,
    schemaVersion: event.schemaVersion,
    from: event.fromState,
    to: event.toState,
    payloadHash: toHex(event.payloadHash),
    who: event.who,
    commandId: event.commandId,
    causation: event.causation,
    correlation: event.correlation,
    recordedAt: event.recordedAt,
    streamPreviousHash: toHex(event.streamPreviousHash),
    previousHash: event.position === 1 ? "00".repeat(32) : hexOrNull(hashes.get(event.position - 1)),
    hash: toHex(event.hash),
    salt: hexOrNull(salts.get(event.position))
  })
  return `${envelope.slice(0, -1)},"data":${event.text ?? "null"}}\n`
}

const COLUMNS = [
  "position",
  "recordedAt",
  "device",
  "stream",
  "version",
  "type",
  "from",
  "to",
  "who",
  "commandId",
  "correlation",
  "hash",
  "data"
] as const

const csvLine = (event: RecordedEvent): string => {
  const cells: Readonly<Record<(typeof COLUMNS)[number], string | number | null>> = {
    position: event.position,
    recordedAt: new Date(event.recordedAt).toISOString(),
    device: event.device,
    stream: event.stream,
    version: event.version,
    type: event.type,
    from: event.fromState,
    to: event.toState,
    who: event.who,
    commandId: event.commandId,
    correlation: event.correlation,
    hash: toHex(event.hash),
    data: event.text === null ? null : withoutSemicolons(event.text)
  }
  return `${COLUMNS.map((column) => csvCell(cells[column])).join(",")}\r\n`
}

/**
 * The same JSON without semicolons. Where a spreadsheet separates cells by semicolons, it splits a line at them even inside quotes,
 * except in the line's first cell. Text after a semicolon in a message would become a cell of its own, and perhaps a formula.
 */
const withoutSemicolons = (json: string): string => json.replaceAll(";", "\\u003b")

/** Puts an apostrophe before text that a spreadsheet would run as a formula, and quotes what needs quotes (RFC 4180). */
export const csvCell = (value: string | number | null): string => {
  if (value === null) return ""
  if (typeof value === "number") return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

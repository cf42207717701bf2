/** The log as a file: the range of events to export, and its pages. */
import { Effect } from "effect"
import {
  type ExportFormat,
  exportFormats,
  exportHeader,
  exportPage,
  type ExportRange
} from "../store/log/event-export.ts"
import { LogReader } from "../store/log/log-reader.ts"
import { readableAfter } from "../store/log/log-start.ts"
import { positionAt } from "../store/log/position-at.ts"
import { EmptyRange } from "./audit.ts"
import { findDevice } from "./device-access.ts"
import type { Principal } from "./principal.ts"

export const formats = exportFormats
export type Format = ExportFormat

export interface ExportRequest {
  readonly after: number
  /** Ids, or telephone numbers of the principal's own devices. */
  readonly devices?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
  /** Epoch milliseconds. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Resolves a request to a range of events that ends where the log ends now. */
export const exportRange = (principal: Principal, { after: asked, devices, types, from, to }: ExportRequest) =>
  Effect.gen(function* () {
    if (from !== undefined && to !== undefined && from > to) {
      return yield* new EmptyRange({ reason: "must not be later than `to`; swap the two times" })
    }
    const after = yield* readableAfter(asked)
    const { position: end } = yield* Effect.flatMap(LogReader, (log) => log.head)
    // Without devices, all that the token reaches.
    const wanted = devices ?? principal.devices ?? undefined
    const found =
      wanted && (yield* Effect.forEach(wanted, (each) => findDevice(principal, each, { withRemoved: true })))
    const range: ExportRange = {
      after: Math.max(after, from === undefined ? 0 : yield* positionAt(from - 1)),
      upTo: to === undefined ? end : yield* positionAt(to),
      devices: found?.map(({ deviceNumber }) => deviceNumber),
      types
    }
    return range
  })

/** Returns the first piece of an export when `at` is null, else the piece that continues at `at`. `next` is null after the last piece. */
export const exportPiece = (range: ExportRange, format: Format, at: number | null) =>
  at === null
    ? Effect.succeed({ text: exportHeader(format), next: range.after })
    : exportPage({ ...range, after: at }, format)

/** `bitacora export`: writes the log, or a part of it, to standard output. */
import { once } from "node:events"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { isEventType } from "../../events/catalog.ts"
import { exportFormats, exportHeader, exportPage, type ExportRange } from "../../store/log/event-export.ts"
import { LogReader } from "../../store/log/log-reader.ts"
import { readableAfter } from "../../store/log/log-start.ts"
import { positionAt } from "../../store/log/position-at.ts"
import { deviceArgument } from "../device-argument.ts"
import { UsageProblem } from "../failure.ts"
import { withStore } from "../open-store.ts"
import { timeArgument } from "../point-argument.ts"
import { progressLine } from "../progress-line.ts"

export const help = `bitacora export [--format ndjson|csv] [--device <device>]… [--type <type>]… [--from <ISO time>] [--to <ISO time>] [--after <position>]

Writes events to standard output in the order of their positions, up to where the log ends at the time of the call. A day without a
time means its beginning in UTC: --to 2026-02-01 includes all of January.
NDJSON contains everything that is hashed, with salts: any program can compute both chains from it (docs/AUDIT.md). In CSV, a text that a
spreadsheet would run as a formula begins with an apostrophe, and semicolons are written \\u003b, because some spreadsheets split at them.
Reads the store in DATA_DIR, also while a gateway runs.
`

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      format: { type: "string", default: "ndjson" },
      device: { type: "string", multiple: true },
      type: { type: "string", multiple: true },
      from: { type: "string" },
      to: { type: "string" },
      after: { type: "string", default: "0" }
    }
  })
  const format = exportFormats.find((each) => each === values.format)
  if (!format) throw new UsageProblem(`--format: must be one of ${exportFormats.join(", ")}, not ${values.format}`)
  if (!/^\d{1,15}$/.test(values.after)) throw new UsageProblem(`--after: ${values.after} is not a position`)
  const unknown = values.type?.find((type) => !isEventType(type))
  if (unknown !== undefined) throw new UsageProblem(`--type: there is no event ${unknown}; docs/EVENTS.md lists them`)
  const from = values.from === undefined ? undefined : timeArgument("--from", values.from)
  const to = values.to === undefined ? undefined : timeArgument("--to", values.to)
  if (from !== undefined && to !== undefined && from > to) throw new UsageProblem("--from must not be later than --to")
  await withStore(
    Effect.gen(function* () {
      const { position: end } = yield* Effect.flatMap(LogReader, (log) => log.head)
      const after = yield* readableAfter(Number(values.after))
      const devices = values.device && (yield* Effect.all(values.device.map(deviceArgument)))
      const range: ExportRange = {
        after: Math.max(after, from === undefined ? 0 : yield* positionAt(from - 1)),
        upTo: to === undefined ? end : yield* positionAt(to),
        devices: devices?.map(({ deviceNumber }) => deviceNumber),
        types: values.type
      }
      // Only if the events themselves do not go to the terminal.
      const progress = process.stdout.isTTY ? undefined : progressLine()
      yield* Effect.promise(() => write(exportHeader(format)))
      for (let after: number | null = range.after; after !== null; ) {
        const page: { readonly text: string; readonly next: number | null } = yield* exportPage(
          { ...range, after },
          format
        )
        yield* Effect.promise(() => write(page.text))
        after = page.next
        progress?.show(`exported up to position ${after ?? range.upTo} of ${range.upTo}`)
      }
      progress?.end()
    })
  )
}

/** Waits while the reader does not take what was written. */
const write = async (text: string): Promise<void> => {
  if (text !== "" && !process.stdout.write(text)) await once(process.stdout, "drain")
}

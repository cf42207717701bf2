/** `bitacora replay <device>`: a device's transitions, and its state at the end of them or at any point before. */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { type Point, replayDevice } from "../../actors/device/replay.ts"
import { readEvent } from "../../events/catalog.ts"
import { deviceStream } from "../../events/streams.ts"
import type { DeviceRow } from "../../store/devices.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import { LogReader } from "../../store/log-reader.ts"
import { deviceArgument } from "../device-argument.ts"
import { UsageProblem } from "../failure.ts"
import { type HistoryLine, renderHistory } from "../history-table.ts"
import { withStore } from "../open-store.ts"

export const help = `bitacora replay <device> [--at <position | ISO time>]

<device> is an id (dev_…), a telephone number, or a number as the database shows it.
Reads the store in DATA_DIR, also while the gateway runs.
`

const PAGE = 1_000

export const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { at: { type: "string" } }
  })
  const [reference] = positionals
  if (reference === undefined || positionals.length > 1) throw new UsageProblem(help)
  const point = pointOf(values.at)
  const text = await withStore(
    Effect.gen(function* () {
      const row = yield* deviceArgument(reference)
      const { state, context, version, position } = yield* replayDevice(row.device_id, point)
      const lines = yield* linesOf(row, version)
      const facts = Object.entries(context ?? {}).filter(([, value]) => value !== null)
      return [
        renderHistory(lines),
        "",
        `${row.device_id} at position ${position ?? 0}: ${state ?? "not there yet"}`,
        ...facts.map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`)
      ].join("\n")
    })
  )
  process.stdout.write(`${text}\n`)
}

const pointOf = (at: string | undefined): Point => {
  if (at === undefined) return {}
  if (/^\d{1,15}$/.test(at)) return { position: Number(at) }
  const time = Date.parse(at)
  if (Number.isNaN(time)) throw new UsageProblem(`--at: ${at} is neither a position nor an ISO 8601 time`)
  return { time }
}

const linesOf = (row: DeviceRow, upToVersion: number): Effect.Effect<HistoryLine[], StoreUnavailable, LogReader> =>
  Effect.gen(function* () {
    const log = yield* LogReader
    const lines: HistoryLine[] = []
    while (lines.length < upToVersion) {
      const limit = Math.min(PAGE, upToVersion - lines.length)
      for (const event of yield* log.readStream(deviceStream(row.device_id), lines.length, limit)) {
        lines.push({
          position: event.position,
          recordedAt: new Date(event.recordedAt).toISOString(),
          type: event.type,
          from: event.fromState,
          to: event.toState,
          data: readEvent(event)?.data ?? null
        })
      }
    }
    return lines
  })

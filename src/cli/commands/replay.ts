/** `bitacora replay <device>`: shows a device's transitions, and its state now or at an earlier point. */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { type Point, replayDevice } from "../../actors/device/replay.ts"
import { readEvent } from "../../events/catalog.ts"
import { deviceStream } from "../../events/streams.ts"
import type { Device } from "../../store/devices.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import { LogReader } from "../../store/log/log-reader.ts"
import { deviceArgument } from "../device-argument.ts"
import { UsageProblem } from "../failure.ts"
import { type HistoryLine, renderHistory, renderHistoryLine } from "../history-table.ts"
import { withStore } from "../open-store.ts"
import { pointArgument } from "../point-argument.ts"

export const help = `bitacora replay <device> [--at <position | ISO time>] [--follow]
bitacora replay <device> --diff <a> <b>

<device> is an id (dev_…), a telephone number, or a device number of the database.
--follow shows new transitions as they happen. --diff shows what changed between two positions or times.
Reads the store in DATA_DIR, also while a gateway runs.
`

const PAGE = 1_000
const FOLLOW_POLL_MS = 300

export const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { at: { type: "string" }, follow: { type: "boolean" }, diff: { type: "string" } }
  })
  const [reference, until] = positionals
  const isDiff = values.diff !== undefined
  if (reference === undefined || positionals.length !== (isDiff ? 2 : 1)) throw new UsageProblem(help)
  if ((isDiff && (values.at !== undefined || values.follow)) || (values.follow && values.at !== undefined)) {
    throw new UsageProblem("--at, --follow and --diff exclude each other")
  }
  if (isDiff) return withStore(showDifference(reference, pointOf("--diff", values.diff), pointOf("--diff", until)))
  const point = pointOf("--at", values.at)
  await withStore(
    Effect.gen(function* () {
      const device = yield* deviceArgument(reference)
      const version = yield* show(device, point)
      if (values.follow) yield* follow(device, version)
    })
  )
}

/** Prints the history up to the point and the state there. Returns the number of events. */
const show = (device: Device, point: Point) =>
  Effect.gen(function* () {
    const { state, context, version, position } = yield* replayDevice(device.id, point)
    const facts = Object.entries(context ?? {}).filter(([, value]) => value !== null)
    say(
      renderHistory(yield* linesOf(device, 0, version)),
      "",
      `${device.id} at position ${position ?? 0}: ${state ?? "not added yet"}`,
      ...facts.map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`)
    )
    return version
  })

/** Polls: another process writes the log and does not notify this one. */
const follow = (device: Device, after: number) =>
  Effect.gen(function* () {
    for (let seen = after; ; ) {
      const lines = yield* linesOf(device, seen, Number.MAX_SAFE_INTEGER)
      for (const line of lines) say(renderHistoryLine(line))
      seen += lines.length
      yield* Effect.sleep(FOLLOW_POLL_MS)
    }
  })

const showDifference = (reference: string, from: Point, to: Point) =>
  Effect.gen(function* () {
    const device = yield* deviceArgument(reference)
    const [before, after] = [yield* replayDevice(device.id, from), yield* replayDevice(device.id, to)]
    if (before.version > after.version)
      return yield* Effect.fail(new UsageProblem("--diff: <a> must not be later than <b>"))
    const facts = { state: before.state, ...before.context }
    const later = { state: after.state, ...after.context }
    const names = [...new Set([...Object.keys(facts), ...Object.keys(later)])] as (keyof typeof facts)[]
    const changed = names.filter((name) => JSON.stringify(facts[name] ?? null) !== JSON.stringify(later[name] ?? null))
    say(
      renderHistory(yield* linesOf(device, before.version, after.version)),
      "",
      `${device.id} from position ${before.position ?? 0} to ${after.position ?? 0}:`,
      ...changed.map((name) => `  ${name}: ${shown(facts[name])} → ${shown(later[name])}`),
      ...(changed.length === 0 ? ["  nothing changed"] : [])
    )
  })

const shown = (value: unknown): string => JSON.stringify(value ?? null)

const say = (...lines: readonly string[]): void => void process.stdout.write(`${lines.join("\n")}\n`)

const pointOf = (option: string, given: string | undefined): Point =>
  given === undefined ? {} : pointArgument(option, given)

/** The stream's events after version `after`, up to and including `upTo`. */
const linesOf = (
  device: Device,
  after: number,
  upTo: number
): Effect.Effect<HistoryLine[], StoreUnavailable, LogReader> =>
  Effect.gen(function* () {
    const log = yield* LogReader
    const lines: HistoryLine[] = []
    for (let seen = after; ; ) {
      const limit = Math.min(PAGE, upTo - seen)
      const page = limit > 0 ? yield* log.readStream(deviceStream(device.id), seen, limit) : []
      for (const event of page.filter(({ version }) => version <= upTo)) {
        lines.push({
          position: event.position,
          recordedAt: new Date(event.recordedAt).toISOString(),
          type: event.type,
          from: event.fromState,
          to: event.toState,
          data: readEvent(event)?.data ?? null
        })
      }
      seen = page.at(-1)?.version ?? seen
      if (page.length < PAGE) return lines
    }
  })

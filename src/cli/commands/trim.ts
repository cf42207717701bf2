/** `bitacora trim`: drops the beginning of the log, including envelopes. */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { trimLog } from "../../application/trimming.ts"
import { readSettings, type Settings } from "../../config.ts"
import { DirectoryInUse } from "../../store/data-directory.ts"
import { trimmableBefore } from "../../store/erasure/trimming.ts"
import { LogReader } from "../../store/log/log-reader.ts"
import { positionAt } from "../../store/log/position-at.ts"
import { UsageProblem } from "../failure.ts"
import { signingKey } from "../signing-key.ts"
import { requireStore, withStore, withWritableStore } from "../open-store.ts"
import { type PointArgument, pointArgument } from "../point-argument.ts"
import { progressLine } from "../progress-line.ts"

export const help = `bitacora trim --before <position | ISO time> [--yes]

Drops the events before that point: payloads, envelopes, messages, and files that only they refer to. The state of each device is kept.
Says what would be dropped; with --yes, drops it. It cannot be undone: make a copy first with \`bitacora export --to <ISO time>\`.

The command verifies the part to drop first, and drops nothing if that part was changed. The new start of the log is signed with the
gateway's key, recorded as log.trimmed, and printed. From then on the log verifies from there; a signed head of an earlier position can
be checked only against a copy. The last day is always kept, and so are messages that are still being sent, and events that a
subscription has not read, with everything after them. \`bitacora subscriptions\` lists the subscriptions.

Works while no gateway runs on the store. A gateway trims by age on its own: RETENTION=envelopes=<days>d.
`

const NOTHING =
  "there is nothing to drop before that point: events younger than a day, and messages that are being sent, are kept"
const nothing = (heldBy: string | null): string =>
  heldBy === null ? NOTHING : `there is nothing to drop before that point: ${heldBy}`

/** Idempotency keys refer to messages and are kept for a day. */
const AGE_MIN_MS = 86_400_000

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({ args: [...args], options: { before: { type: "string" }, yes: { type: "boolean" } } })
  if (values.before === undefined) throw new UsageProblem(help)
  const point = pointArgument("--before", values.before)
  const settings = await Effect.runPromise(readSettings(process.env))
  if (values.yes) return trim(settings, point)
  const { start, end } = await withStore(
    Effect.all({ start: Effect.flatMap(LogReader, (log) => log.start), end: endOf(point) })
  )
  const { upTo, heldBy } = end
  const count = upTo - start.position
  if (count === 0) return say(nothing(heldBy))
  say(`${count} events would be dropped, positions ${start.position + 1} to ${upTo}; add --yes to drop them`)
  if (heldBy !== null) say(`the rest is kept: ${heldBy}`)
}

const trim = async (settings: Settings, point: PointArgument): Promise<void> => {
  requireStore(settings)
  const progress = progressLine()
  const options = {
    key: signingKey(settings.dataDirectory),
    origin: { who: "operator", commandId: null, causation: null, correlation: null },
    progress: (doing: string, position: number, end: number) => progress.show(`${doing} ${position} of ${end}`)
  }
  const work = Effect.gen(function* () {
    const { upTo, heldBy } = yield* endOf(point)
    return { trimming: yield* trimLog(upTo, options), heldBy }
  })
  try {
    const { trimming, heldBy } = await withWritableStore(settings, work)
    progress.end()
    say(trimming === null ? nothing(heldBy) : JSON.stringify(trimming))
    if (trimming !== null && heldBy !== null) process.stderr.write(`the rest is kept: ${heldBy}\n`)
  } catch (failure) {
    progress.end()
    if (!(failure instanceof DirectoryInUse)) throw failure
    throw new UsageProblem(
      "a gateway runs on this store; stop it first, or let it trim by age with RETENTION=envelopes=<days>d"
    )
  }
}

/** The last position that can be dropped: before the point, a day old, and before everything that is still being sent or read. */
const endOf = (point: PointArgument) =>
  Effect.gen(function* () {
    const dayAgo = yield* positionAt(Date.now() - AGE_MIN_MS)
    const wanted = "position" in point ? point.position - 1 : yield* positionAt(point.time - 1)
    return yield* trimmableBefore(Math.min(wanted, dayAgo) + 1)
  })

const say = (text: string): void => void process.stdout.write(`${text}\n`)

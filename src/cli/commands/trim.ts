/** `bitacora trim`: drops the beginning of the log, envelopes and all, where nobody needs it any more. */
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

Drops the events before that point: payloads, envelopes, messages and files that only they refer to. What devices are is kept.
Says what would go; with --yes, does it. There is no way back: \`bitacora export --to <ISO time>\` makes a copy first.

The part that goes is verified before, and nothing is dropped where it is not as it was written. Where the log begins then is signed
with the gateway's key, recorded as log.trimmed, and printed. A log that is trimmed verifies from there on; a signed head of a position
before it can only be checked against a copy. The last day stays, and so do messages that are still being sent, and events that a
subscription has not read, with all that came after them; \`bitacora subscriptions\` lists those.

Works while no gateway runs on the store. A gateway does the same by itself, by age: RETENTION=envelopes=<days>d.
`

const NOTHING = "there is nothing to drop before that point that is a day old and not needed by a message on its way"
const nothing = (heldBy: string | null): string =>
  heldBy === null ? NOTHING : `there is nothing to drop before that point: ${heldBy}`

/** Keys of requests are remembered for a day, and name messages. */
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
  say(`${count} events would go, positions ${start.position + 1} to ${upTo}; call again with --yes to drop them`)
  if (heldBy !== null) say(`the rest stays: ${heldBy}`)
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
    if (trimming !== null && heldBy !== null) process.stderr.write(`the rest stays: ${heldBy}\n`)
  } catch (failure) {
    progress.end()
    if (!(failure instanceof DirectoryInUse)) throw failure
    throw new UsageProblem(
      "a gateway runs on this store: stop it first, or let it do this by age with RETENTION=envelopes=<days>d"
    )
  }
}

/** How much can go: before the point, a day old, and before anything that is still being sent or not yet read. */
const endOf = (point: PointArgument) =>
  Effect.gen(function* () {
    const dayAgo = yield* positionAt(Date.now() - AGE_MIN_MS)
    const wanted = "position" in point ? point.position - 1 : yield* positionAt(point.time - 1)
    return yield* trimmableBefore(Math.min(wanted, dayAgo) + 1)
  })

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** `bitacora clock`: compares the time of the log with the clock, and lets the log follow a clock that was ahead and was set back. */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { ClockCorrected } from "../../events/clock.ts"
import { CLOCK_STREAM } from "../../events/streams.ts"
import { readSettings } from "../../config.ts"
import { DirectoryInUse } from "../../store/data-directory.ts"
import { EventLog } from "../../store/log/event-log.ts"
import { LogReader } from "../../store/log/log-reader.ts"
import { UsageProblem } from "../failure.ts"
import { withStore, withWritableStore } from "../open-store.ts"

export const help = `bitacora clock [correct [--reason <text>] [--yes]]

Compares the time of the last event with the clock of this machine. A time in the log is never earlier than the one before. So if the
clock was once far ahead, every later event gets that time, until the clock has reached it.

correct   records clock.corrected; from there on, times follow the clock again. Earlier events keep the times that they have, which are
          part of the hash chains; a search by time takes them as recorded at the correction at the latest. Says what it would do; with
          --yes, does it. Stop the gateway first, and make sure that the clock is right now.
`

export const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { reason: { type: "string" }, yes: { type: "boolean" } }
  })
  const [action, ...more] = positionals
  if (more.length > 0 || (action !== undefined && action !== "correct")) throw new UsageProblem(help)
  const { position, recordedAt } = await withStore(Effect.flatMap(LogReader, (log) => log.head))
  const aheadMs = recordedAt - Date.now()
  const isAhead = aheadMs > 0
  say(`the last event (position ${position}) has the time ${iso(recordedAt)}; the clock shows ${iso(Date.now())}`)
  if (!isAhead) return say("the log is not ahead of the clock: there is nothing to correct")
  if (action === undefined) return say(`the log is ${duration(aheadMs)} ahead: see \`bitacora clock --help\``)
  if (!values.yes) return say(`the log is ${duration(aheadMs)} ahead; add --yes to let it follow the clock again`)
  say(`recorded clock.corrected at position ${await correct(values.reason ?? null)}`)
}

const correct = async (reason: string | null): Promise<number> => {
  const work = Effect.gen(function* () {
    const log = yield* EventLog
    const { recordedAt: ahead } = yield* log.head
    const [recorded] = yield* log.commit({
      appends: [
        {
          stream: CLOCK_STREAM,
          device: null,
          expected: "any",
          events: [{ type: ClockCorrected.type, data: { ahead, reason } }],
          origin: { who: "operator", commandId: null, causation: null, correlation: null }
        }
      ]
    })
    return recorded?.position ?? 0
  })
  try {
    return await withWritableStore(await Effect.runPromise(readSettings(process.env)), work)
  } catch (failure) {
    if (failure instanceof DirectoryInUse) throw new UsageProblem("a gateway runs on this store; stop it first")
    throw failure
  }
}

const iso = (at: number): string => new Date(at).toISOString()

const duration = (ms: number): string => {
  const [unit, size] = (
    [
      ["days", 86_400_000],
      ["hours", 3_600_000],
      ["minutes", 60_000]
    ] as const
  ).find(([, size]) => ms >= 2 * size) ?? ["seconds", 1_000]
  return `${Math.round(ms / size)} ${unit}`
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/**
 * The speed of a verification: a store of its own with so many events, appended as the gateway appends them, then verified in several
 * threads as `bitacora audit verify` does, and in one thread as GET /v1/audit/verify does.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { verifyInParallel } from "../src/cli/parallel-verification.ts"
import { verifyLog } from "../src/store/audit/verification.ts"
import { sqliteIn } from "../test/support/dialects.ts"
import { appendTo, openOn, received, type TestStore } from "../test/support/store.ts"

export const summary = "events verified per second, in one thread and in several"

export const help = `npm run bench -- verify [--events 1000000]

  --events <n>    events in the log, in 100 streams (1000000)
`

const STREAMS = 100
const BATCH = 256

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({ args: [...args], options: { events: { type: "string", default: "1000000" } } })
  const events = Number(values.events)
  const directory = mkdtempSync(join(tmpdir(), "bitacora-bench-"))
  process.env.DATA_DIR = directory
  try {
    await using store = await openOn(sqliteIn(directory))
    await timed("appended", events, () => fill(store.log, events))
    await timed("verified in one thread", events, () => store.run(verifyLog({})))
    await timed("verified in several", events, () => verifyInParallel({}, events, () => {}))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const fill = async (log: TestStore["log"], events: number): Promise<void> => {
  for (let appended = 0; appended < events; ) {
    const units = Array.from({ length: Math.min(BATCH, events - appended) }, (_, index) => {
      const stream = (appended + index) % STREAMS
      const event = received(`3EB0${appended + index}`, "Hola, su pedido está listo.")
      return log.commit({ appends: [appendTo(`messages/dev_${stream}`, "any", [event], stream + 1)] })
    })
    await Effect.runPromise(Effect.all(units, { concurrency: "unbounded", discard: true }))
    appended += units.length
  }
}

const timed = async (what: string, events: number, work: () => Promise<unknown>): Promise<void> => {
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1_000
  const rate = Math.round(events / seconds)
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s, ${rate} events/s, ${rss()} MB\n`)
}

const rss = (): number => Math.round(process.memoryUsage().rss / 1e6)

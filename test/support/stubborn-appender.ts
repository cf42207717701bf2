/**
 * A process that appends to SQLite until every append is in the log, retrying each time the store is unavailable. It writes one line for
 * each outcome, in one system call: `ready`, `ok <id>`, `refused <reason>`, or `there <id>` for an append that was reported as failed
 * and turns out to be in the log.
 *
 *     node stubborn-appender.ts <database file> <appends> [mortal: it kills itself at the first refusal]
 */
import { writeSync } from "node:fs"
import { Effect, Layer, ManagedRuntime } from "effect"
import { Database } from "../../src/store/database.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { appendTo, received } from "./events.ts"

const [file = "", appends = "0", mortal] = process.argv.slice(2)
const say = (line: string) => void writeSync(1, `${line}\n`)
const open = () => openSqlite(file, { notice: (sentence) => say(`notice ${sentence}`) })
const runtime = ManagedRuntime.make(EventLog.layer().pipe(Layer.provideMerge(Database.layer(open))))
const log = await runtime.runPromise(EventLog)

say("ready")
const stream = "messages/stubborn"
for (let version = (await Effect.runPromise(log.readStream(stream, 0, 1_000))).length; version < Number(appends); ) {
  const id = `m${version}`
  const result = await Effect.runPromise(
    Effect.result(log.commit({ appends: [appendTo(stream, version, [received(id)])] }))
  )
  if (result._tag === "Success") say(`ok ${id}`)
  else if (result.failure._tag === "StreamConflict") say(`there ${id}`)
  else {
    say(`refused ${result.failure.message}`)
    if (mortal !== undefined) process.kill(process.pid, "SIGKILL")
  }
  if (result._tag === "Success" || result.failure._tag === "StreamConflict") version++
}
await runtime.dispose()
say("end")

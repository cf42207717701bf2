/**
 * A process that appends until it is killed. For every acknowledgement it writes one line to its standard output, in one system call,
 * so that the output is complete after a kill.
 *
 *     node appender.ts <run> <writers> <appends of each, 0 for no end>
 *
 * The database is that of the settings in the environment.
 */
import { writeSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime } from "effect"
import { readSettings } from "../../src/config.ts"
import { Database } from "../../src/store/database.ts"
import { openMysql } from "../../src/store/dialect/mysql/mysql.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { appendTo, received } from "./events.ts"

const [run = "", writers = "1", appends = "0"] = process.argv.slice(2)
const { database, dataDirectory } = await Effect.runPromise(readSettings(process.env))
const quiet = { warn: () => {}, taken: () => process.exit(1), unheard: () => {}, patienceMs: 30_000 }
const open = () => (database ? openMysql(database, quiet) : openSqlite(join(dataDirectory, "bitacora.db")))
const runtime = ManagedRuntime.make(EventLog.layer().pipe(Layer.provideMerge(Database.layer(open))))
const log = await runtime.runPromise(EventLog)

writeSync(1, "ready\n")
const write = async (writer: number) => {
  const end = Number(appends) || Number.POSITIVE_INFINITY
  for (let i = 0; i < end; i++) {
    const id = `${run}-${writer}-${i}`
    const append = appendTo(`messages/${run}-${writer}`, i, [received(id)], writer)
    await Effect.runPromise(log.commit({ appends: [append] }))
    writeSync(1, `${id}\n`)
  }
}
await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)))
await runtime.dispose()

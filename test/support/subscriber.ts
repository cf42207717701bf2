/**
 * A process that follows the log under a name, writes a row for each event, and kills itself at a point. With a point beyond the last
 * one it ends when everything is done.
 *
 *     node subscriber.ts <directory> <point>
 *
 * The database is that of the settings in the environment.
 */
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime } from "effect"
import { readSettings } from "../../src/config.ts"
import { claimCommand } from "../../src/store/command-log.ts"
import { Database } from "../../src/store/database.ts"
import type { Dialect } from "../../src/store/dialect/dialect.ts"
import { openMysql } from "../../src/store/dialect/mysql/mysql.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { runSubscription } from "../../src/store/subscriptions/run.ts"
import { Subscriptions } from "../../src/store/subscriptions/subscriptions.ts"

const [directory = "", point = ""] = process.argv.slice(2)
const { database } = await Effect.runPromise(readSettings(process.env))
const quiet = { warn: () => {}, taken: () => process.exit(1), unheard: () => {}, patienceMs: 30_000 }
let passed = 0
const pass = () => {
  if (++passed === Number(point)) process.kill(process.pid, "SIGKILL")
}
const passing = (dialect: Dialect): Dialect => ({
  ...dialect,
  writer: {
    transaction: async (work) => {
      pass()
      const result = await dialect.writer.transaction((tx) =>
        work({
          ...tx,
          run: async (statements) => {
            for (const statement of statements) {
              pass()
              await tx.run([statement])
            }
            pass()
          }
        })
      )
      pass()
      return result
    }
  }
})
const open = async () =>
  passing(database ? await openMysql(database, quiet) : openSqlite(join(directory, "bitacora.db")))
const store = EventLog.layer().pipe(Layer.provideMerge(Database.layer(open)))
const runtime = ManagedRuntime.make(Subscriptions.layer.pipe(Layer.provideMerge(store)))
passed = 0
await runtime.runPromise(
  Effect.gen(function* () {
    const log = yield* EventLog
    passed = 0
    const subscription = yield* (yield* Subscriptions).open("follower", { from: "start" })
    const work = runSubscription(
      subscription,
      ({ events }) =>
        Effect.succeed({
          statements: events.map(({ position }) =>
            claimCommand(
              { scope: "follower", key: `e${position}`, fingerprint: new Uint8Array(32), until: "expiry" as const },
              "",
              0
            )
          )
        }),
      { eventsMax: 5 }
    )
    const isDone = Effect.suspend(() => Effect.succeed(subscription.position() >= log.end()))
    const done = isDone.pipe(Effect.delay(5), Effect.repeat({ until: (is) => is }))
    yield* Effect.raceFirst(work, done)
  })
)
await runtime.dispose()

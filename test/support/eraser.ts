/**
 * A process that erases a contact and kills itself at a point.
 *
 *     node eraser.ts <directory> <number> <point>
 *
 * The database is that of the settings in the environment.
 */
import { join } from "node:path"
import { Effect } from "effect"
import { readSettings } from "../../src/config.ts"
import { openMysql } from "../../src/store/dialect/mysql/mysql.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { ContentStore } from "./content-store.ts"

const [directory = "", number = "", point = ""] = process.argv.slice(2)
const { database } = await Effect.runPromise(readSettings(process.env))
const quiet = { warn: () => {}, taken: () => process.exit(1), unheard: () => {}, patienceMs: 30_000 }
const open = async () => (database ? openMysql(database, quiet) : openSqlite(join(directory, "bitacora.db")))
let passed = 0
const pass = () => {
  if (++passed === Number(point)) process.kill(process.pid, "SIGKILL")
}
const store = new ContentStore(directory, { open, env: {}, drop: async () => {} }, pass)
await store.eraseContact(number)
await store.close()

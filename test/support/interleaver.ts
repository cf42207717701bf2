/**
 * A process that writes into the log by hand and pauses in the middle of its transactions, while another one does the same.
 *
 *     node interleaver.ts <name> <transactions>
 *
 * On a server it writes in the name of the database's owner: the test needs two writers at once.
 */
import { join } from "node:path"
import { setTimeout as rest } from "node:timers/promises"
import { Effect } from "effect"
import { readSettings } from "../../src/config.ts"
import { chainEvents, emptyStream, encodeAppend } from "../../src/store/log/chain-events.ts"
import type { Writer } from "../../src/store/dialect/dialect.ts"
import { Session } from "../../src/store/dialect/mysql/session.ts"
import { MysqlWriter } from "../../src/store/dialect/mysql/writer.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { appendTo, received } from "./events.ts"

const [name = "", transactions = "0"] = process.argv.slice(2)
const { database, dataDirectory } = await Effect.runPromise(readSettings(process.env))

const makeWriter = async (): Promise<Writer> => {
  if (!database) return openSqlite(join(dataDirectory, "bitacora.db")).writer
  const connect = () => Session.open(database)
  const session = await connect()
  const [row] = await session.query<{ owner: Uint8Array }>("SELECT owner FROM log_head")
  await session.end()
  return new MysqlWriter({ connect, owner: row?.owner ?? new Uint8Array(16), packetBytesMax: 16_777_216 })
}

const writer = await makeWriter()
let streamHead = emptyStream
for (let i = 0; i < Number(transactions); i++) {
  const append = encodeAppend(appendTo(`messages/${name}`, i, [received(`${name}-${i}`)]))
  await writer.transaction(async (tx) => {
    const chained = chainEvents(append, tx.head, streamHead, Date.now())
    await rest(Math.random() * 3)
    await tx.insertEvents(chained.rows)
    await rest(Math.random() * 3)
    await tx.moveHead(chained.head)
    streamHead = chained.streamHead
  })
  // SQLite retries a taken lock after growing pauses: the writer that just had it gives the other one a chance.
  if (Math.random() < 0.5) await rest(Math.random() * 30)
}
process.exit(0)

/**
 * The throughput of the log: appends per second by group commit, on each dialect, beside two baselines on the same files in the same
 * run. `bare` is a program without a log: one INSERT and one COMMIT per event. `raw` is the maximum of this schema: the same rows,
 * those of read models included, hashed beforehand, in batches as large as the number of writers.
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { cpus, tmpdir, totalmem } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { parseArgs } from "node:util"
import { Effect, Layer, ManagedRuntime } from "effect"
import { createPool } from "mysql2/promise"
import { chainEvents, emptyStream, encodeAppend } from "../src/store/log/chain-events.ts"
import { Database } from "../src/store/database.ts"
import type { Dialect, EventRow, Head, Statement } from "../src/store/dialect/dialect.ts"
import { openMysql } from "../src/store/dialect/mysql/mysql.ts"
import type { MysqlSettings } from "../src/store/dialect/mysql/settings.ts"
import { openSqlite } from "../src/store/dialect/sqlite.ts"
import { EventLog } from "../src/store/log/event-log.ts"
import { projectInline, projections } from "../src/store/projections/registry.ts"
import { renderTable } from "../src/cli/table.ts"
import { appendTo, received } from "../test/support/events.ts"
import { hasMariadb, MariadbServer } from "../test/support/mariadb-server.ts"

export const summary = "appends per second by group commit, beside one INSERT and COMMIT per event"

export const help = `npm run bench -- log [--writers 1,16,64,256] [--seconds 1] [--rounds 3]

So many writers append events of about 500 bytes, each waiting for its acknowledgement; on SQLite, and on a private MariaDB where
mariadbd is installed. Printed for each number of writers: events a second, medians of rounds in turns; the ratio to both baselines
within a round; and how long a writer waited.

  bare    one INSERT and one COMMIT an event; on MariaDB over 16 connections
  raw     the same rows as the log's and its read models', chained beforehand, in batches of as many as there are writers
  log     this gateway's log: versions checked, both chains, payloads, read models

  --writers <list>   (1,16,64,256)
  --seconds <n>      of each measurement (1)
  --rounds <n>       (3)
`

interface Place {
  readonly name: string
  readonly open: () => Promise<Dialect>
  /** One INSERT and one COMMIT. */
  readonly bare: (id: string, text: string) => Promise<void>
  readonly close: () => Promise<void>
}

interface Measured {
  readonly perSecond: number
  /** Sorted, in milliseconds. */
  readonly waits: readonly number[]
}

const TEXT = "Lorem ipsum dolor sit amet, consectetur adipiscing elit. ".repeat(6).slice(0, 300)
const BARE_CONNECTIONS = 16
/** The most rows that are hashed before the measurement starts. */
const RAW_MAX = 200_000

export const run = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      writers: { type: "string", default: "1,16,64,256" },
      seconds: { type: "string", default: "1" },
      rounds: { type: "string", default: "3" }
    }
  })
  const ms = Number(values.seconds) * 1_000
  const rounds = Number(values.rounds)
  process.stdout.write(`${machine()}\n`)
  const counts = values.writers.split(",").map(Number)
  await report(sqlitePlace, counts, ms, rounds)
  if (!hasMariadb()) {
    process.stdout.write("\nmariadbd is not installed: SQLite alone\n")
    return
  }
  await using server = await MariadbServer.start(["--innodb-buffer-pool-size=256M", "--innodb-log-file-size=256M"])
  await report(() => mariadbPlace(server), counts, ms, rounds)
}

const report = async (open: () => Promise<Place>, counts: readonly number[], ms: number, rounds: number) => {
  const rows: string[][] = []
  let name = ""
  for (const writers of counts) {
    const measured = { bare: [] as Measured[], raw: [] as Measured[], log: [] as Measured[] }
    for (let round = 0; round < rounds; round++) {
      const place = await open()
      name = place.name
      measured.bare.push(await measureBare(place, writers, ms))
      measured.raw.push(await measureRaw(place, writers, ms))
      measured.log.push(await measureLog(place, writers, ms))
      await place.close()
    }
    rows.push(rowOf(writers, measured))
  }
  const headers = ["writers", "bare/s", "raw/s", "log/s", "log:bare", "log:raw", "wait p50", "p99"]
  process.stdout.write(`\n${name}\n${renderTable(headers, rows)}\n`)
}

const rowOf = (writers: number, { bare, raw, log }: Record<"bare" | "raw" | "log", readonly Measured[]>): string[] => {
  const rate = (each: readonly Measured[]) => median(each.map(({ perSecond }) => perSecond)).toFixed(0)
  const ratio = (to: readonly Measured[]) =>
    median(log.map(({ perSecond }, round) => perSecond / (to[round]?.perSecond ?? perSecond))).toFixed(2)
  const waits = log.flatMap((each) => each.waits).toSorted((a, b) => a - b)
  const wait = (part: number) => `${(waits[Math.floor(waits.length * part)] ?? 0).toFixed(1)} ms`
  return [String(writers), rate(bare), rate(raw), rate(log), ratio(bare), ratio(raw), wait(0.5), wait(0.99)]
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const machine = (): string => {
  const [cpu] = cpus()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`
  return `${cpu?.model ?? "unknown CPU"}, ${cpus().length} cores, ${memory}; Node ${process.versions.node}, SQLite ${process.versions.sqlite}; files in ${tmpdir()}; ${new Date().toISOString().slice(0, 10)}`
}

// ---- the measurements

/** Runs so many loops at once, for so long. */
const closedLoop = async (writers: number, ms: number, work: (writer: number, i: number) => Promise<unknown>) => {
  const waits: number[] = []
  const start = performance.now()
  const one = async (writer: number) => {
    for (let i = 0; performance.now() - start < ms; i++) {
      const before = performance.now()
      await work(writer, i)
      waits.push(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => one(writer)))
  const perSecond = (waits.length / (performance.now() - start)) * 1_000
  return { perSecond, waits: waits.toSorted((a, b) => a - b) }
}

const measureBare = async ({ bare }: Place, writers: number, ms: number): Promise<Measured> => {
  const text = JSON.stringify(received("id", TEXT).data)
  return closedLoop(writers, ms, (writer, i) => bare(`${writer}-${i}`, text))
}

const measureLog = async (place: Place, writers: number, ms: number): Promise<Measured> => {
  const runtime = ManagedRuntime.make(EventLog.layer().pipe(Layer.provideMerge(Database.layer(place.open))))
  const log = await runtime.runPromise(EventLog)
  const measured = await closedLoop(writers, ms, (writer, i) =>
    Effect.runPromise(
      log.commit({ appends: [appendTo(`messages/w${writer}`, i, [received(`w${writer}-${i}`, TEXT)], writer)] })
    )
  )
  await runtime.dispose()
  return measured
}

const measureRaw = async (place: Place, writers: number, ms: number): Promise<Measured> => {
  const dialect = await place.open()
  await dialect.migrate()
  const batches = chainedBatches(writers, Math.min(RAW_MAX, Math.ceil((ms / 1_000) * 1_500 * writers + 10_000)))
  const start = performance.now()
  let events = 0
  for (const { rows, readModels, head } of batches) {
    await dialect.writer.transaction(async (tx) => {
      await tx.insertEvents(rows)
      await tx.run(readModels)
      await tx.moveHead(head)
    })
    events += rows.length
    if (performance.now() - start > ms) break
  }
  const perSecond = (events / (performance.now() - start)) * 1_000
  // Leaves an empty log for the next measurement.
  const tables = projections.flatMap((projection): readonly string[] => projection.tables)
  const empty = ["event_log", "event_payload", ...tables].map((table) => `DELETE FROM ${table}`)
  await dialect.writer.transaction(async (tx) => {
    await tx.run(empty.map((sql) => ({ sql, parameters: [] })))
    await tx.moveHead({ position: 0, hash: new Uint8Array(32), recordedAt: 0 })
  })
  await dialect.close()
  return { perSecond, waits: [] }
}

interface Batch {
  readonly rows: readonly EventRow[]
  readonly readModels: readonly Statement[]
  readonly head: Head
}

const chainedBatches = (writers: number, events: number): readonly Batch[] => {
  const batches: Batch[] = []
  let head: Head = { position: 0, hash: new Uint8Array(32), recordedAt: 0 }
  const streamHeads = Array.from({ length: writers }, () => emptyStream)
  for (let batch = 0; batch * writers < events; batch++) {
    const rows: EventRow[] = []
    const readModels: Statement[] = []
    for (let writer = 0; writer < writers; writer++) {
      const append = encodeAppend(
        appendTo(`messages/w${writer}`, batch, [received(`w${writer}-${batch}`, TEXT)], writer)
      )
      const chained = chainEvents(append, head, streamHeads[writer] ?? emptyStream, Date.now())
      head = chained.head
      streamHeads[writer] = chained.streamHead
      rows.push(...chained.rows)
      readModels.push(...chained.events.flatMap(projectInline))
    }
    batches.push({ rows, readModels, head })
  }
  return batches
}

// ---- the databases

const BARE_TABLE = "CREATE TABLE bare (id VARCHAR(80) NOT NULL PRIMARY KEY, text TEXT NOT NULL)"
const BARE_INSERT = "INSERT INTO bare (id, text) VALUES (?, ?)"

const sqlitePlace = async (): Promise<Place> => {
  const directory = mkdtempSync(join(tmpdir(), "bitacora-bench-"))
  const bare = new DatabaseSync(join(directory, "bare.db"))
  bare.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${BARE_TABLE}`)
  const insert = bare.prepare(BARE_INSERT)
  return {
    name: "SQLite, WAL, synchronous=FULL",
    open: async () => openSqlite(join(directory, "log.db")),
    bare: async (id, text) => {
      insert.run(id, text)
      // As in a server's handlers, other work runs between two writes.
      await new Promise((resolve) => setImmediate(resolve))
    },
    close: async () => {
      bare.close()
      rmSync(directory, { recursive: true })
    }
  }
}

const mariadbPlace = async (running: MariadbServer): Promise<Place> => {
  const settings: MysqlSettings = running.settings(`bench_${randomBytes(4).toString("hex")}`)
  const [version] = await running.run(`CREATE DATABASE ${settings.database}`, "SELECT VERSION() AS version")
  const pool = createPool({ ...settings, connectionLimit: BARE_CONNECTIONS })
  await pool.query(BARE_TABLE)
  return {
    name: `${String(version?.version)}, innodb_flush_log_at_trx_commit=1`,
    open: () => openMysql(settings, { warn: () => {}, taken: () => {}, unheard: () => {}, patienceMs: 30_000 }),
    bare: async (id, text) => {
      await pool.execute(BARE_INSERT, [id, text])
    },
    close: async () => {
      await pool.end()
      await running.run(`DROP DATABASE ${settings.database}`)
    }
  }
}

import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync, type SQLInputValue } from "node:sqlite"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { toHex } from "../../src/events/envelope.ts"
import { hashEnvelope, hashPayload } from "../../src/events/hash-chain.ts"
import { Database, databaseOf } from "../../src/store/database.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { readStored } from "../../src/store/audit/stored-events.ts"
import { type LogRange, verifyLog, verifyStreams } from "../../src/store/audit/verification.ts"
import { times } from "../support/soak.ts"
import { sqliteIn } from "../support/dialects.ts"
import { appendTo, openOn, received, type TestStore } from "../support/store.ts"

const EVENTS = 200
const STREAMS = 3

let store: TestStore
let folder: string
/** A log of 200 events in three streams, closed. */
let original: string

const streamOf = (position: number): string => `messages/${position % STREAMS}`

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bitacora-tamper-"))
  mkdirSync(join(folder, "store"))
  store = await openOn(sqliteIn(join(folder, "store")))
  for (let position = 1; position <= EVENTS; position++) {
    const append = appendTo(streamOf(position), "any", [received(`m${position}`)], position % STREAMS)
    await Effect.runPromise(store.log.commit({ appends: [append] }))
  }
  original = join(folder, "original.db")
  const db = new DatabaseSync(join(folder, "store", "bitacora.db"))
  db.exec(`VACUUM INTO '${original}'`)
  db.close()
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

type Sql = (text: string, ...values: SQLInputValue[]) => void

/** What `look` finds in a copy of the log after `tamper`. */
const after = async <A>(tamper: (sql: Sql) => void, look: Effect.Effect<A, unknown, Database>): Promise<A> => {
  const file = join(folder, "copy.db")
  copyFileSync(original, file)
  const db = new DatabaseSync(file)
  db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")
  tamper((text, ...values) => void db.prepare(text).run(...values))
  db.exec("COMMIT")
  db.close()
  const dialect = openSqlite(file, { readOnly: true })
  try {
    return await Effect.runPromise(look.pipe(Effect.provideService(Database, databaseOf(dialect))))
  } finally {
    await dialect.close()
  }
}

const untouched = () => {}
const whole = verifyLog({})
/** In the soak every position; in `npm test` the first, the last, and some of each stream in between. */
const positions = Array.from({ length: EVENTS }, (_, index) => index + 1).filter(
  (position) => position === EVENTS || (position - 1) % times(11, 1) === 0
)

/** A name, and the change made at a position. */
type Tampering = readonly [name: string, tamper: (sql: Sql, position: number) => void]

const flips: readonly Tampering[] = [
  ["a type", (sql, p) => sql("UPDATE event_log SET type = 'message.revoked' WHERE position = ?", p)],
  ["a time", (sql, p) => sql("UPDATE event_log SET recorded_at = recorded_at + 1 WHERE position = ?", p)],
  ["a payload", (sql, p) => sql("UPDATE event_payload SET text = replace(text, 'hola', 'Hola') WHERE position = ?", p)],
  ["a salt", (sql, p) => sql("UPDATE event_payload SET salt = zeroblob(16) WHERE position = ?", p)],
  ["a hash", (sql, p) => sql("UPDATE event_log SET hash = zeroblob(32) WHERE position = ?", p)]
]

describe("[LOG-6] at every position of a log of 200 events", () => {
  it("finds nothing in an untouched log, and reports where the chain ended", async () => {
    const { hash } = await Effect.runPromise(store.log.head)
    expect(await after(untouched, whole)).toEqual({
      valid: true,
      from: 1,
      to: EVENTS,
      head: { position: EVENTS, hash: toHex(hash) },
      complete: true
    })
  })

  it.each(flips)(
    "finds a change of %s",
    async (_name, tamper) => {
      for (const position of positions) {
        expect(await after((sql) => tamper(sql, position), whole)).toEqual({
          valid: false,
          position,
          reason: "changed"
        })
      }
    },
    60_000
  )

  it("finds a removed event, the last one too", async () => {
    for (const position of positions) {
      const verdict = await after((sql) => {
        sql("DELETE FROM event_log WHERE position = ?", position)
        sql("DELETE FROM event_payload WHERE position = ?", position)
      }, whole)
      expect(verdict).toEqual({ valid: false, position, reason: "removed" })
    }
  }, 60_000)

  it("finds a removed event when the gap was closed", async () => {
    for (const position of positions.filter((position) => position < EVENTS - 1)) {
      const verdict = await after((sql) => {
        for (const table of ["event_log", "event_payload"]) {
          sql(`DELETE FROM ${table} WHERE position = ?`, position)
          shift(sql, table, position, -1)
        }
        sql("UPDATE log_head SET position = position - 1")
      }, whole)
      expect(verdict).toEqual({ valid: false, position, reason: "removed" })
    }
  }, 60_000)

  it("finds a removed payload that no erasure names", async () => {
    for (const position of positions) {
      const byErasure = (sql: Sql) =>
        sql("UPDATE event_payload SET salt = NULL, text = NULL WHERE position = ?", position)
      const byDeletion = (sql: Sql) => sql("DELETE FROM event_payload WHERE position = ?", position)
      for (const tamper of [byErasure, byDeletion]) {
        expect(await after(tamper, whole)).toEqual({ valid: false, position, reason: "removed" })
      }
    }
  }, 60_000)

  it("[LOG-6] finds a head with a hash that is not the last event's", async () => {
    const verdict = await after((sql) => sql("UPDATE log_head SET hash = zeroblob(32)"), whole)
    expect(verdict).toEqual({ valid: false, position: EVENTS, reason: "changed" })
  })

  it("finds an inserted event, before all others and after them too", async () => {
    for (const position of [0, ...positions, EVENTS + 1]) {
      const verdict = await after((sql) => {
        for (const table of ["event_log", "event_payload"]) if (position > 0) shift(sql, table, position - 1, 1)
        const isInside = position > 0 && position <= EVENTS
        if (isInside) sql("UPDATE log_head SET position = position + 1")
        insertForged(sql, position)
      }, whole)
      expect(verdict).toEqual({ valid: false, position, reason: "inserted" })
    }
  }, 60_000)

  it("finds two swapped events", async () => {
    for (const position of positions.filter((position) => position < EVENTS)) {
      const verdict = await after((sql) => swap(sql, position, position + 1), whole)
      expect(verdict).toEqual({ valid: false, position, reason: "reordered" })
    }
  }, 60_000)
})

/** Moves every event after `position` by one, so that positions look dense. */
const shift = (sql: Sql, table: string, position: number, by: 1 | -1): void => {
  sql(`UPDATE ${table} SET position = -position WHERE position > ?`, position)
  sql(`UPDATE ${table} SET position = -position + ? WHERE position < 0`, by)
}

const swap = (sql: Sql, one: number, other: number): void => {
  for (const table of ["event_log", "event_payload"]) {
    sql(`UPDATE ${table} SET position = -1 WHERE position = ?`, one)
    sql(`UPDATE ${table} SET position = ? WHERE position = ?`, one, other)
    sql(`UPDATE ${table} SET position = ? WHERE position = -1`, other)
  }
}

const insertForged = (sql: Sql, position: number): void => {
  sql(
    `INSERT INTO event_log SELECT ?, 'messages/forged', 1, 9, type, envelope_version, schema_version, from_state, to_state,
      payload_hash, who, command_id, causation, correlation, recorded_at, stream_previous_hash, zeroblob(32)
      FROM event_log WHERE position <> ? ORDER BY position LIMIT 1`,
    position,
    position
  )
  sql("INSERT INTO event_payload SELECT ?, salt, text FROM event_payload ORDER BY position LIMIT 1", position)
}

describe("[LOG-9] one device's streams, verified alone", () => {
  const alone = (stream: string, device: number) => verifyStreams([stream], device)

  it("are valid when they are untouched, whatever was done to other streams", async () => {
    for (let device = 0; device < STREAMS; device++) {
      const others = (sql: Sql) => sql("UPDATE event_payload SET text = '{}' WHERE position % ? <> ?", STREAMS, device)
      const verdict = await after(others, alone(`messages/${device}`, device))
      const last = EVENTS - ((EVENTS - device) % STREAMS)
      expect(verdict).toMatchObject({ valid: true, complete: true, streams: [{ position: last }] })
    }
  })

  it("find a removed payload that no erasure names, and a removed event right before one of theirs", async () => {
    for (const position of positions.filter((each) => each > 1)) {
      const look = alone(streamOf(position), position % STREAMS)
      const erased = await after(
        (sql) => sql("UPDATE event_payload SET salt = NULL, text = NULL WHERE position = ?", position),
        look
      )
      expect(erased).toMatchObject({ valid: false, position, reason: "removed" })
      const alonePosition = await after((sql) => {
        for (const table of ["event_log", "event_payload"]) sql(`DELETE FROM ${table} WHERE position = ?`, position - 1)
      }, look)
      expect(alonePosition).toMatchObject({ valid: false, position: position - 1, reason: "removed" })
    }
  })

  it.each(flips)(
    "finds a change of %s, at every position",
    async (_name, tamper) => {
      for (const position of positions) {
        const stream = streamOf(position)
        const verdict = await after((sql) => tamper(sql, position), alone(stream, position % STREAMS))
        expect(verdict).toEqual({ valid: false, stream, position, reason: "changed" })
      }
    },
    60_000
  )

  it("finds a removed event, except the last, at every position", async () => {
    for (const position of positions.filter((position) => position <= EVENTS - STREAMS)) {
      const remove = (sql: Sql) => sql("DELETE FROM event_log WHERE position = ?", position)
      expect(await after(remove, alone(streamOf(position), position % STREAMS))).toMatchObject({
        valid: false,
        position: position + STREAMS,
        reason: "removed"
      })
    }
  }, 60_000)

  it("finds an inserted event and two swapped events, at every position", async () => {
    for (const position of positions.filter((position) => position <= EVENTS - STREAMS)) {
      const stream = streamOf(position)
      const insert = (sql: Sql) => {
        sql("UPDATE event_log SET version = -version WHERE stream = ?", stream)
        sql("UPDATE event_log SET version = 1 - version WHERE stream = ? AND position >= ?", stream, position)
        sql("UPDATE event_log SET version = -version WHERE stream = ? AND version < 0", stream)
        insertForged(sql, EVENTS + 1)
        const version = Math.ceil(position / STREAMS)
        sql("UPDATE event_log SET stream = ?, version = ? WHERE position = ?", stream, version, EVENTS + 1)
      }
      for (const tamper of [insert, (sql: Sql) => swap(sql, position, position + STREAMS)]) {
        expect(await after(tamper, alone(stream, position % STREAMS))).toMatchObject({ valid: false, stream })
      }
    }
  }, 60_000)
})

describe("a part of the log", () => {
  it("[LOG-6] is verified from any position to any other, and changes outside of it do not matter", async () => {
    for (const [from, to] of [
      [1, 1],
      [2, 7],
      [100, 199],
      [200, 200],
      [150, 5_000]
    ] as const) {
      const outside = (sql: Sql) => {
        sql("UPDATE event_payload SET text = '{}' WHERE position < ? OR position > ?", from, to)
      }
      const end = Math.min(to, EVENTS)
      expect(await after(outside, verifyLog({ from, to }))).toMatchObject({ valid: true, from, to: end })
      const inside = (sql: Sql) => sql("UPDATE event_payload SET text = '{}' WHERE position = ?", end)
      const verdict = await after(inside, verifyLog({ from, to }))
      expect(verdict).toEqual({ valid: false, position: end, reason: "changed" })
    }
  })

  it("is as long as the time allowed", async () => {
    const verdict = await after(untouched, verifyLog({}, { until: 0 }))
    expect(verdict).toMatchObject({ valid: true, to: EVENTS, complete: false })
  })
})

describe("[LOG-6] against a head that was stored elsewhere", () => {
  const headAt = async (position: number) => {
    const [row] = await after(
      untouched,
      Effect.flatMap(Database, ({ query }) =>
        query((db) => readStored(db, { after: position - 1, upTo: position, limit: 1 }))
      )
    )
    return { position, hash: toHex(row?.hash ?? new Uint8Array()) }
  }
  const against = async (range: LogRange, tamper: (sql: Sql) => void) => after(tamper, verifyLog(range))

  it("finds an end that was cut off together with its head, at every position", async () => {
    const kept = await headAt(EVENTS)
    for (const position of positions) {
      const cut = (sql: Sql) => {
        sql("DELETE FROM event_log WHERE position >= ?", position)
        sql("DELETE FROM event_payload WHERE position >= ?", position)
        const hash = "COALESCE((SELECT hash FROM event_log WHERE position = ?), zeroblob(32))"
        sql(`UPDATE log_head SET position = ?, hash = ${hash}`, position - 1, position - 1)
      }
      expect(await against({}, cut)).toMatchObject({ valid: true, to: position - 1 })
      expect(await against({ against: kept }, cut)).toEqual({ valid: false, position, reason: "removed" })
    }
  }, 60_000)

  it("finds a history that was rewritten with all its hashes", async () => {
    const kept = await headAt(150)
    expect(await against({ against: kept }, untouched)).toMatchObject({ valid: true, to: EVENTS })
    const rows = await after(
      untouched,
      Effect.flatMap(Database, ({ query }) => query((db) => readStored(db, { after: 0, upTo: EVENTS, limit: EVENTS })))
    )
    const forge = (sql: Sql) => {
      let previous: Uint8Array = new Uint8Array(32)
      const heads = new Map<string, Uint8Array>()
      for (const row of rows) {
        const text = row.position === 60 ? row.text?.replace("hola", "adiós") : row.text
        const payloadHash = hashPayload(row.salt ?? new Uint8Array(), text ?? "")
        const streamPreviousHash = heads.get(row.stream) ?? new Uint8Array(32)
        previous = hashEnvelope(previous, { ...row, payloadHash, streamPreviousHash })
        heads.set(row.stream, previous)
        sql(
          "UPDATE event_log SET payload_hash = ?, stream_previous_hash = ?, hash = ? WHERE position = ?",
          payloadHash,
          streamPreviousHash,
          previous,
          row.position
        )
        sql("UPDATE event_payload SET text = ? WHERE position = ?", text ?? "", row.position)
      }
      sql("UPDATE log_head SET hash = ?", previous)
    }
    expect(await against({}, forge)).toMatchObject({ valid: true, to: EVENTS })
    expect(await against({ against: kept }, forge)).toEqual({ valid: false, position: 150, reason: "changed" })
  })
})

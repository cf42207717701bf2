/** The database fails during writes: its server is killed, its connections are cut, its responses are lost. */
import { randomBytes } from "node:crypto"
import { Effect, Layer, ManagedRuntime } from "effect"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { Database } from "../../src/store/database.ts"
import { openMysql } from "../../src/store/dialect/mysql/mysql.ts"
import { Session } from "../../src/store/dialect/mysql/session.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { EventLog, type EventLogShape } from "../../src/store/log/event-log.ts"
import { CommitThief, type Theft } from "../support/commit-thief.ts"
import { isMariadbHere, silent } from "../support/dialects.ts"
import { appendTo, received } from "../support/events.ts"
import { until } from "../support/until.ts"
import { MariadbServer } from "../support/mariadb-server.ts"
import { times } from "../support/soak.ts"
import { messageIds, storedEvents, walk } from "../support/stored-log.ts"

const WRITERS = 16
const RECOVERY_MS = 5_000

describe.skipIf(!isMariadbHere)("a MariaDB server", () => {
  let server: MariadbServer
  let road: CommitThief
  let name: string
  let runtime: ManagedRuntime.ManagedRuntime<EventLog | Database, unknown>
  let log: EventLogShape

  beforeAll(async () => {
    server = await MariadbServer.start()
    road = await CommitThief.to(server.port)
  }, 60_000)
  afterAll(async () => {
    await road[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    name = `log_${randomBytes(4).toString("hex")}`
    const open = () => openMysql({ ...server.settings(name), port: road.port }, silent)
    runtime = ManagedRuntime.make(EventLog.layer().pipe(Layer.provideMerge(Database.layer(open))))
    log = await runtime.runPromise(EventLog)
  })
  afterEach(async () => runtime.dispose())

  /**
   * Writers that retry forever: after each StoreUnavailable they try again with the same expected version. The log must find out what
   * became of an append without a response; otherwise a retry would write it twice, or fail as stale.
   */
  const underLoad = async (disturb: (acknowledged: readonly string[]) => Promise<void>) => {
    const acknowledged: string[] = []
    const load = { isOver: false }
    const write = async (writer: number) => {
      for (let version = 0; !load.isOver; ) {
        const id = `w${writer}-${version}`
        const unit = { appends: [appendTo(`messages/${writer}`, version, [received(id)], writer)] }
        const result = await Effect.runPromise(Effect.result(log.commit(unit)))
        if (result._tag === "Success") {
          acknowledged.push(id)
          version++
        } else {
          expect(result.failure).toBeInstanceOf(StoreUnavailable)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    }
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
    await until(() => acknowledged.length > WRITERS, "the first appends")
    await disturb(acknowledged)
    load.isOver = true
    await writing
    return acknowledged
  }

  /** Every acknowledged append is in the log once, in order, and the tail in memory ends where the log does. */
  const isWhole = async (acknowledged: readonly string[]) => {
    const events = await storedEvents((await runtime.runPromise(Database)).dialect)
    const stored = messageIds(events)
    const there = new Set(stored)
    expect(acknowledged.filter((id) => !there.has(id))).toEqual([])
    expect(stored.length).toBe(there.size)
    expect(walk(events)).toBeUndefined()
    expect(events.every(({ position }, index) => position === index + 1)).toBe(true)
    expect(log.end()).toBe(events.length)
  }

  const KILLS = times(2, 10)

  it(
    `[LOG-1] that is killed ${KILLS} times under load loses nothing, and serves writes and reads again within ${RECOVERY_MS} ms`,
    async () => {
      const acknowledged = await underLoad(async (sofar) => {
        for (let kill = 0; kill < KILLS; kill++) {
          await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400))
          await server.kill()
          await server.start()
          const start = Date.now()
          const before = sofar.length
          await until(() => sofar.length > before + WRITERS, "appends after a restart", RECOVERY_MS)
          await Effect.runPromise(log.readAll({ after: 0, limit: 1 }))
          expect(Date.now() - start).toBeLessThan(RECOVERY_MS)
        }
      })
      await isWhole(acknowledged)
    },
    times(60_000, 300_000)
  )

  const CUTS = times(10, 200)

  it(
    `[LOG-1] whose connections are cut ${CUTS} times under load loses nothing and stores nothing twice`,
    async () => {
      const acknowledged = await underLoad(async () => {
        const admin = await Session.open(server.settings(name))
        for (let cut = 0; cut < CUTS; cut++) {
          await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 40))
          const processes = await admin.query<{ Id: number; db: string | null; Command: string }>("SHOW PROCESSLIST")
          for (const { Id, db } of processes) {
            if (db === name && Id !== admin.id) await admin.query(`KILL CONNECTION ${Id}`).catch(() => {})
          }
        }
        await admin.end()
      })
      await isWhole(acknowledged)
    },
    times(30_000, 120_000)
  )

  const THEFTS = times(10, 100)

  it.each<[Theft, string]>([
    ["request", "a COMMIT that never arrived is reported as a failure, and stored nothing"],
    ["request, unheard", "the same while the server still waits for it"],
    ["answer", "a COMMIT whose response was lost is reported as the success that it was"]
  ])("[LOG-2] %s lost: %s", async (theft) => {
    for (let i = 0; i < THEFTS; i++) {
      road.steal(theft)
      const append = appendTo("messages/a", "any", [received(`${theft}-${i}`)])
      const result = await Effect.runPromise(Effect.result(log.commit({ appends: [append] })))
      expect(result._tag).toBe(theft === "answer" ? "Success" : "Failure")
      if (result._tag === "Failure") expect(result.failure).toBeInstanceOf(StoreUnavailable)
    }
    const stored = messageIds(await storedEvents((await runtime.runPromise(Database)).dialect))
    expect(stored).toEqual(theft === "answer" ? Array.from({ length: THEFTS }, (_, i) => `${theft}-${i}`) : [])
    await isWhole(stored)
  })

  it.each<Theft>(["request", "answer"])(
    "[LOG-2] %s lost of a write that appends nothing: its outcome is reported",
    async (theft) => {
      const values = ["test", theft, new Uint8Array(32), "subject", 1]
      const sql =
        "INSERT INTO command_log (scope, idempotency_key, fingerprint, subject, recorded_at) VALUES (?, ?, ?, ?, ?)"
      const unit = { statements: [{ sql, parameters: values }] }
      road.steal(theft)
      const result = await Effect.runPromise(Effect.result(log.commit(unit)))
      expect(result._tag).toBe(theft === "answer" ? "Success" : "Failure")
      const again = await Effect.runPromise(Effect.result(log.commit(unit)))
      expect(again._tag === "Failure" ? again.failure._tag : again._tag).toBe(
        theft === "answer" ? "DuplicateKey" : "Success"
      )
    }
  )

  it("[LOG-2] that is away after a lost response: no caller gets a guess, and new writes are refused at once", async () => {
    const { thefts } = road
    road.steal("answer", true)
    let outcome = "unknown"
    const unit = { appends: [appendTo("messages/a", "new", [received("kept waiting")])] }
    const waiting = Effect.runPromise(Effect.result(log.commit(unit))).then((result) => {
      outcome = result._tag
    })
    await until(() => road.thefts > thefts, "the theft")
    const other = { appends: [appendTo("messages/b", "new", [received("refused")])] }
    expect(await Effect.runPromise(Effect.flip(log.commit(other)))).toBeInstanceOf(StoreUnavailable)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await Effect.runPromise(Effect.flip(log.commit(other)))).toBeInstanceOf(StoreUnavailable)
    expect(outcome).toBe("unknown")
    road.open()
    await waiting
    expect(outcome).toBe("Success")
    await isWhole(["kept waiting"])
  })

  it("whose log another client has locked: a bounded wait, a failure, and no partial write", async () => {
    const admin = await Session.open(server.settings(name), { statementMs: 30_000 })
    await admin.query("BEGIN")
    await admin.query("SELECT * FROM log_head FOR UPDATE")
    const commit = log.commit({ appends: [appendTo("messages/a", "new", [received("a1")])] })
    expect(await Effect.runPromise(Effect.flip(commit))).toMatchObject({
      _tag: "StoreUnavailable",
      message: expect.stringMatching(/lock wait timeout/i)
    })
    await admin.query("ROLLBACK")
    await Effect.runPromise(commit)
    await admin.end()
    await isWhole(["a1"])
  }, 30_000)

  it("that closes idle connections: the next writer does not notice", async () => {
    const admin = await Session.open(server.settings(name))
    for (let version = 0; version < 20; version++) {
      const append = appendTo("messages/a", version, [received(`m${version}`)])
      await Effect.runPromise(log.commit({ appends: [append] }))
      const processes = await admin.query<{ Id: number; db: string | null }>("SHOW PROCESSLIST")
      for (const { Id, db } of processes) {
        if (db === name && Id !== admin.id) await admin.query(`KILL ${Id}`).catch(() => {})
      }
    }
    await admin.end()
  }, 30_000)

  it("that does not learn that a transaction's connection was lost: the transaction is ended, and its lock released", async () => {
    const { dialect } = await runtime.runPromise(Database)
    await Effect.runPromise(log.commit({ appends: [appendTo("messages/a", "new", [received("a1")])] }))
    const parted = dialect.writer.transaction(async (tx) => {
      road.part()
      await tx.run([{ sql: "DELETE FROM snapshot", parameters: [] }])
    })
    await expect(parted).rejects.toThrow()
    await Effect.runPromise(log.commit({ appends: [appendTo("messages/a", 1, [received("a2")])] }))
    await isWhole(["a1", "a2"])
  }, 30_000)

  it("that resolves a deadlock with another client: the log is whole, whichever of the two loses", async () => {
    await Effect.runPromise(log.commit({ appends: [appendTo("messages/a", "new", [received("a1")])] }))
    const admin = await Session.open(server.settings(name))
    await admin.query("BEGIN")
    await admin.query("UPDATE message SET kind = kind WHERE message_id = 'a1'")
    const update = { sql: "UPDATE message SET kind = ? WHERE message_id = 'a1'", parameters: ["text"] }
    const commit = Effect.runPromise(
      Effect.result(log.commit({ appends: [appendTo("messages/a", 1, [received("a2")])], statements: [update] }))
    )
    await until(async () => {
      const processes = await server.run("SHOW PROCESSLIST")
      return processes.some(
        ({ Info }) =>
          String(Info).startsWith("UPDATE message SET kind = ?") ||
          String(Info).startsWith("UPDATE message SET kind = 'text'")
      )
    }, "the writer to wait for the row")
    const lost = await admin.query("UPDATE log_head SET recorded_at = recorded_at").then(
      () => false,
      ({ code }: { code: string }) => code === "ER_LOCK_DEADLOCK"
    )
    await admin.query("ROLLBACK")
    const result = await commit
    expect(result._tag).toBe(lost ? "Success" : "Failure")
    if (result._tag === "Failure") expect(result.failure.message).toMatch(/deadlock/i)
    await admin.end()
    await Effect.runPromise(log.commit({ appends: [appendTo("messages/b", "new", [received("b1")])] }))
    await isWhole(lost ? ["a1", "a2", "b1"] : ["a1", "b1"])
  }, 30_000)

  describe("two gateways", () => {
    const direct = () => openMysql(server.settings(name), silent)

    it("[DEV-3] a gateway that loses its lock takes it back before another gateway can", async () => {
      const admin = await Session.open(server.settings(name))
      const processes = await admin.query<{ Id: number; db: string | null }>("SHOW PROCESSLIST")
      for (const { Id, db } of processes) {
        if (db === name && Id !== admin.id) await admin.query(`KILL ${Id}`).catch(() => {})
      }
      await admin.end()
      await new Promise((resolve) => setTimeout(resolve, 500))
      await expect(direct()).rejects.toThrow(/is in use by another gateway/)
      await Effect.runPromise(log.commit({ appends: [appendTo("messages/a", "new", [received("a1")])] }))
      await isWhole(["a1"])
    }, 30_000)

    it("[DEV-3] a gateway that was cut off while another one started is fenced off, and reports it", async () => {
      let isTaken = false
      const events = { ...silent, taken: () => (isTaken = true) }
      await Effect.runPromise(log.commit({ appends: [appendTo("messages/a", "new", [received("a1")])] }))
      await runtime.dispose()
      const first = await openMysql({ ...server.settings(name), port: road.port }, events)
      await first.migrate()
      const write = (dialect: typeof first) =>
        dialect.writer.transaction((tx) => tx.run([{ sql: "DELETE FROM snapshot", parameters: [] }]))
      await write(first)
      road.close()
      const second = await direct()
      await second.migrate()
      await write(second)
      road.open()
      await expect(write(first)).rejects.toThrow(/another gateway has taken this database/)
      await until(() => isTaken, "the first one to notice")
      await write(second)
      await first.close()
      await second.close()
    }, 30_000)
  })
})

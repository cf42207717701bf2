/** What the retention job deletes by age, while the clock is set forward and back. */
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Clock, Effect, Fiber, Layer, ManagedRuntime } from "effect"
import { pino } from "pino"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { retentionJob } from "../../src/application/retention.ts"
import { BulkSends } from "../../src/store/bulk/bulk-sends.ts"
import { claimCommand, CommandLog } from "../../src/store/command-log.ts"
import { Database } from "../../src/store/database.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { AUDIT_KEY_FILE } from "../../src/store/audit/signed-head.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { MediaFolder } from "../../src/store/media/media-folder.ts"
import { Tokens } from "../../src/store/tokens.ts"
import { Deliveries } from "../../src/store/webhook/deliveries.ts"
import { VirtualClock } from "../simulation/virtual-clock.ts"
import { appendTo, received } from "../support/events.ts"
import { until } from "../support/until.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const BORN_AT = 1_790_000_000_000
const KEY = { scope: "usr_1", key: "k", fingerprint: new Uint8Array(32), until: "expiry" as const }

describe("the retention job of a gateway that keeps payloads for two days", () => {
  let folder: string
  let clock: VirtualClock
  let stop: () => Promise<void>
  let run: <A, E>(effect: Effect.Effect<A, E, EventLog | BulkSends | CommandLog | Tokens>) => Promise<A>

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "bitacora-retention-"))
    clock = new VirtualClock(BORN_AT)
    const store = EventLog.layer().pipe(
      Layer.provideMerge(Database.layer(() => openSqlite(join(folder, "bitacora.db")))),
      Layer.provideMerge(Layer.succeed(Clock.Clock, clock))
    )
    const rows = Layer.mergeAll(
      CommandLog.layer,
      Tokens.layer,
      MediaFolder.layer(join(folder, "media")),
      BulkSends.layer,
      Deliveries.layer
    )
    const runtime = ManagedRuntime.make(rows.pipe(Layer.provideMerge(store)))
    run = (effect) => runtime.runPromise(effect)
    await run(
      Effect.gen(function* () {
        const log = yield* EventLog
        yield* log.commit({ appends: [appendTo("messages/a", "new", [received("m1")])] })
        yield* log.commit({ statements: [claimCommand(KEY, "msg_1", BORN_AT)] })
      })
    )
    const retention = { "message.received": 2 * DAY, files: 3 * DAY, envelopes: 20_000 * DAY }
    const job = runtime.runFork(
      retentionJob({ retention, dataDirectory: folder, webhooks: { keptMs: DAY } }, pino({ level: "silent" }))
    )
    stop = async () => {
      await runtime.runPromise(Fiber.interrupt(job))
      await runtime.dispose()
    }
    await settle()
  })
  afterEach(async () => {
    await stop()
    rmSync(folder, { recursive: true })
  })

  /** Until the job waits for the next hour. */
  const settle = async () => {
    await until(() => clock.nextInMs === HOUR, "the end of a round")
  }
  const pass = (ms: number) => clock.advance(ms, settle)
  const kept = () =>
    run(
      Effect.gen(function* () {
        const [event] = yield* (yield* EventLog).readAll({ after: 0, limit: 1 })
        const key = yield* (yield* CommandLog).find(KEY)
        return { payload: event?.text !== null, key: key !== undefined }
      })
    )

  it("[LOG-8] [OUT-2] keeps everything that is not old enough", async () => {
    await pass(DAY - HOUR)
    expect(await kept()).toEqual({ payload: true, key: true })
    await pass(2 * HOUR)
    expect(await kept()).toEqual({ payload: true, key: false })
    await pass(DAY)
    expect(await kept()).toEqual({ payload: false, key: false })
  })

  it("[LOG-8] [OUT-2] deletes nothing too early when the clock is set forward by years and then corrected", async () => {
    clock.setBy(3_650 * DAY)
    await pass(22 * HOUR)
    expect(await kept()).toEqual({ payload: true, key: true })
    clock.correct()
    await pass(HOUR)
    expect(await kept()).toEqual({ payload: true, key: true })
  })

  it("[LOG-8] [OUT-2] deletes the rest by age even if the log cannot be trimmed because the signing key is damaged", async () => {
    writeFileSync(join(folder, AUDIT_KEY_FILE), "nonsense")
    await pass(3 * DAY)
    expect(await kept()).toEqual({ payload: false, key: false })
  })

  it("deletes a file that a message still refers to once it is old enough, and keeps one that has arrived again", async () => {
    const files = ["a", "b"].map((digit) => ({ name: digit.repeat(64), path: join(folder, "media", digit.repeat(64)) }))
    for (const { name, path } of files) {
      writeFileSync(path, "x")
      utimesSync(path, BORN_AT / 1_000, BORN_AT / 1_000)
      const sql = "INSERT INTO media_reference (file_name, position) VALUES (?, 1)"
      await run(Effect.flatMap(EventLog, ({ commit }) => commit({ statements: [{ sql, parameters: [name] }] })))
    }
    const there = () => files.map(({ path }) => existsSync(path))
    await pass(3 * DAY - HOUR)
    expect(there()).toEqual([true, true])
    const later = (BORN_AT + DAY) / 1_000
    utimesSync(files[1]?.path ?? "", later, later)
    await pass(2 * HOUR)
    expect(there()).toEqual([false, true])
    await pass(DAY)
    expect(there()).toEqual([false, false])
  })

  it("[LOG-8] deletes by the new time once the clock has shown it for a day", async () => {
    clock.setBy(3_650 * DAY)
    await pass(25 * HOUR)
    expect(await kept()).toEqual({ payload: false, key: false })
  })
})

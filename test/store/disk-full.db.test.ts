/** The embedded store on a disk that becomes full and has room again later. */
import { statSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime } from "effect"
import { describe, expect, it } from "vitest"
import { Database } from "../../src/store/database.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { appendTo, received } from "../support/events.ts"
import { canMount, SmallDisk } from "../support/small-disk.ts"
import { messageIds, storedEvents, walk } from "../support/stored-log.ts"

const MEGABYTES = 24
const TEXT = "x".repeat(60_000)

describe.skipIf(!canMount)("a disk of a few megabytes", () => {
  it("[LOG-1] [LOG-2] refuses writes while it is full, serves reads, loses nothing, and accepts writes again by itself", async () => {
    using disk = new SmallDisk(MEGABYTES)
    const file = join(disk.directory, "bitacora.db")
    const notices: string[] = []
    const open = () => openSqlite(file, { notice: (sentence) => notices.push(sentence) })
    const runtime = ManagedRuntime.make(EventLog.layer().pipe(Layer.provideMerge(Database.layer(open))))
    const log = await runtime.runPromise(EventLog)
    const { dialect } = await runtime.runPromise(Database)
    const acknowledged: string[] = []
    const append = async () => {
      const id = `m${acknowledged.length}`
      const unit = { appends: [appendTo("messages/a", acknowledged.length, [received(id, TEXT)])] }
      const result = await Effect.runPromise(Effect.result(log.commit(unit)))
      if (result._tag === "Failure") return result.failure
      acknowledged.push(id)
      return undefined
    }
    const untilFull = async () => {
      for (let i = 0; i < MEGABYTES * 20; i++) {
        const failure = await append()
        if (failure) return failure
      }
      throw new Error("the disk does not get full")
    }
    const isWhole = async () => {
      const events = await storedEvents(dialect)
      expect(messageIds(events)).toEqual(acknowledged)
      expect(walk(events)).toBeUndefined()
    }

    await append()
    expect(statSync(`${file}.reserve`).size).toBe(1_048_576)
    for (const round of [1, 2]) {
      disk.fill()
      const failure = await untilFull()
      expect(failure).toBeInstanceOf(StoreUnavailable)
      expect(failure).toMatchObject({ isFull: true })
      // The reserve made this possible: every commit is in the database file.
      expect(statSync(`${file}-wal`).size).toBe(0)
      // Read-only from here on: a small write might still fit, and would overtake a larger one that did not.
      expect(await append()).toMatchObject({ isFull: true, reason: "the disk is full" })
      await isWhole()
      disk.makeRoom()
      expect(await append()).toBeUndefined()
      expect(statSync(`${file}.reserve`).size).toBe(1_048_576)
      await isWhole()
      expect(notices).toHaveLength(2 * round)
    }
    expect(notices[0]).toMatch(/^the disk is full: writes are refused/)
    expect(notices[1]).toMatch(/^the disk has room again/)
    disk.fill()
    await untilFull()
    // Closing and reading need no room.
    await runtime.dispose()
    const readOnly = openSqlite(file, { readOnly: true })
    expect(messageIds(await storedEvents(readOnly))).toEqual(acknowledged)
    await readOnly.close()
  }, 60_000)
})

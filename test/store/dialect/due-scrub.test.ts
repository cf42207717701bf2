/** Emptying the write-ahead log while a reader, such as a backup, uses it. */
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { DueScrub, WalInUse } from "../../../src/store/dialect/due-scrub.ts"
import { openSqlite } from "../../../src/store/dialect/sqlite.ts"
import { sqliteIn } from "../../support/dialects.ts"
import { appendTo, openOn, received } from "../../support/store.ts"
import { until } from "../../support/until.ts"

describe("a scrub that a reader holds up", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const scrubWhile = (isRead: () => boolean) => {
    const notices: string[] = []
    let emptied = 0
    const empty = async () => {
      if (isRead()) throw new WalInUse("in use")
      emptied++
    }
    const scrub = new DueScrub(empty, (sentence) => notices.push(sentence))
    return { scrub, notices, emptied: () => emptied }
  }

  it("[LOG-8] is due, and is done when the reader has ended", async () => {
    let isRead = true
    const { scrub, notices, emptied } = scrubWhile(() => isRead)
    await Promise.all([scrub.run(), scrub.run()])
    await scrub.run()
    expect(notices).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(emptied()).toBe(0)
    isRead = false
    await vi.advanceTimersByTimeAsync(1_000)
    expect([emptied(), notices.length]).toEqual([1, 2])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(emptied()).toBe(1)
    await scrub.run()
    expect([emptied(), notices.length]).toEqual([2, 2])
  })

  it("ends with the store", async () => {
    const { scrub } = scrubWhile(() => true)
    await scrub.run()
    scrub.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it("fails when the disk does", async () => {
    const scrub = new DueScrub(
      () => Promise.reject(new Error("disk I/O error")),
      () => {}
    )
    await expect(scrub.run()).rejects.toThrow("disk I/O error")
    expect(vi.getTimerCount()).toBe(0)
  })
})

it("[LOG-8] the write-ahead log of SQLite is emptied when a long reader has ended", async () => {
  const directory = mkdtempSync(join(tmpdir(), "bitacora-scrub-"))
  const file = join(directory, "bitacora.db")
  const walBytes = () => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  const notices: string[] = []
  const open = async () => openSqlite(file, { notice: (sentence) => notices.push(sentence) })
  const dialect = await open()
  const store = await openOn({ ...sqliteIn(directory), open: async () => dialect })
  const reader = new DatabaseSync(file, { readOnly: true })
  try {
    await Effect.runPromise(store.log.commit({ appends: [appendTo("messages/a", "any", [received("m1")])] }))
    reader.exec("BEGIN; SELECT count(*) FROM event_log")
    await Effect.runPromise(store.log.commit({ appends: [appendTo("messages/a", "any", [received("m2")])] }))
    await dialect.scrub()
    expect([walBytes() > 0, notices.length]).toEqual([true, 1])
    reader.exec("ROLLBACK")
    await until(() => walBytes() === 0, "the log to be empty")
    expect(notices).toHaveLength(2)
  } finally {
    reader.close()
    await store[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  }
})

/** A clock that was once far ahead, and how the log comes back from it. */
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Clock, Effect, Layer, ManagedRuntime } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Database } from "../../src/store/database.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { positionAt } from "../../src/store/log/position-at.ts"
import { VirtualClock } from "../simulation/virtual-clock.ts"
import { registered } from "../support/device-arbitraries.ts"
import { sqliteIn } from "../support/dialects.ts"
import { appendTo, received } from "../support/events.ts"
import { runScript } from "../support/run-script.ts"
import { openOn } from "../support/store.ts"

const HOUR_MS = 3_600_000
const YEARS_MS = 70 * 365 * 24 * HOUR_MS
const DEVICE = "dev_00000000000000000000000001"

const directory = mkdtempSync(join(tmpdir(), "bitacora-clock-"))
const store = sqliteIn(directory)
const bitacora = (...args: string[]) => runScript("bitacora.js", args, { DATA_DIR: directory })
const start = Date.now() - 10 * HOUR_MS

/** Records a message with a clock that shows `at`. */
const recordAt = async (at: number, id: string, expected: "new" | "any" = "any") => {
  const runtime = ManagedRuntime.make(
    EventLog.layer().pipe(
      Layer.provideMerge(Database.layer(() => store.open())),
      Layer.provide(Layer.succeed(Clock.Clock, new VirtualClock(at)))
    )
  )
  const log = await runtime.runPromise(EventLog)
  const event = expected === "new" ? { ...registered(), from: "NONE", to: "NONE" } : received(id)
  const stream = expected === "new" ? `device/${DEVICE}` : `messages/${DEVICE}`
  const [recorded] = await Effect.runPromise(log.commit({ appends: [appendTo(stream, expected, [event])] }))
  await runtime.dispose()
  return recorded?.recordedAt
}

// Positions 1 and 2 in time, 3 and 4 with a clock that is 70 years ahead; 4 was recorded after it had been set right.
beforeAll(async () => {
  await recordAt(start, "", "new")
  await recordAt(start + HOUR_MS, "m2")
  await recordAt(start + YEARS_MS, "m3")
})
afterAll(() => store.drop())

describe("bitacora clock", () => {
  it("says that later events keep the time of a clock that was ahead, and changes nothing by itself", async () => {
    expect(await recordAt(start + 2 * HOUR_MS, "m4")).toBe(start + YEARS_MS)
    expect((await bitacora("clock")).out).toContain("the log is 25550 days ahead: see `bitacora clock --help`")
    expect((await bitacora("clock", "correct")).out).toContain("add --yes")
    expect((await bitacora("doctor")).out).toContain("bitacora clock correct")
  })

  it.each([[["wrong"]], [["correct", "now"]], [["correct", "--no"]]])("refuses %j", async (args) => {
    const { code, err } = await bitacora("clock", ...args)
    expect(code).toBe(1)
    expect(err).not.toContain("    at ")
  })

  it("corrects it: times follow the clock, and the log is valid", async () => {
    expect((await bitacora("clock", "correct", "--reason", "wrong year", "--yes")).out).toContain("at position 5")
    expect((await bitacora("clock", "correct", "--yes")).out).toContain("there is nothing to correct")
    const later = Date.now() + HOUR_MS
    expect(await recordAt(later, "m6")).toBe(later)
    expect(JSON.parse((await bitacora("audit", "verify")).out)).toMatchObject({ valid: true, to: 6 })
  })

  it("lets searches by time find what was recorded before the correction", async () => {
    const opened = await openOn(store)
    const at = (time: number) => opened.run(positionAt(time))
    expect(await at(start)).toBe(1)
    expect(await at(start + 3 * HOUR_MS)).toBe(2)
    expect(await at(Date.now())).toBe(5)
    expect(await at(Date.now() + 2 * HOUR_MS)).toBe(6)
    await opened.close()
  })
})

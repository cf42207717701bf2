import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { CallbackLog } from "../../src/application/callback-log.ts"

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "bitacora-callbacks-"))
})
afterAll(() => rmSync(directory, { recursive: true }))

const read = (name: string) => readFileSync(join(directory, name), "utf8")

it("keeps a line for each callback, in order, and two files of a bounded size", async () => {
  const log = new CallbackLog(directory, 20)
  const lines = Array.from({ length: 5 }, (_, nth) => `callback ${nth}`)
  await Effect.runPromise(Effect.forEach(lines, (line) => log.append(line), { concurrency: "unbounded" }))
  expect(read("message_log.txt")).toBe("callback 4\r\n")
  expect(read("message_log.txt.1")).toBe("callback 3\r\n")
})

it("keeps a line that is longer than a file may be", async () => {
  const log = new CallbackLog(directory, 20)
  await Effect.runPromise(log.append("x".repeat(100)))
  expect(read("message_log.txt")).toBe(`${"x".repeat(100)}\r\n`)
})

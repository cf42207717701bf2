/** A test cannot cut the power, but it can see that the disk is told to keep the data before an append is acknowledged. */
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { projections } from "../../src/store/projections/registry.ts"
import { isMariadbHere, sqlite } from "../support/dialects.ts"
import { until } from "../support/until.ts"
import { MariadbServer } from "../support/mariadb-server.ts"
import { canTrace } from "../support/system-calls.ts"

const APPENDER = fileURLToPath(new URL("../support/appender.ts", import.meta.url))
const APPENDS = 20

/** Runs the appender with one append after the other; under `command` when given. */
const append = (env: Readonly<Record<string, string>>, command: readonly string[] = []): Promise<void> =>
  new Promise((resolve, reject) => {
    const [program, ...args] = [...command, process.execPath, APPENDER, "synced", "1", String(APPENDS)]
    const child = spawn(program, args, { env: { PATH: process.env.PATH ?? "", ...env }, stdio: "ignore" })
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`the appender ended with ${code}`))))
  })

describe.skipIf(!canTrace)("before an append is acknowledged", () => {
  it("[LOG-1] SQLite's log file is synced", async () => {
    const database = await sqlite.create()
    const trace = join(database.env.DATA_DIR ?? "", "trace")
    await append(database.env, ["strace", "-f", "-o", trace, "-e", "trace=fsync,fdatasync,write"])
    let syncs = 0
    const syncsBefore: number[] = []
    for (const line of readFileSync(trace, "utf8").split("\n")) {
      if (/f(data)?sync\(\d+\) += 0|f(data)?sync resumed.*= 0/.test(line)) syncs++
      else if (/write\(1, "synced-0-/.test(line)) syncsBefore.push(syncs)
    }
    await database.drop()
    expect(syncsBefore).toHaveLength(APPENDS)
    for (const [index, count] of syncsBefore.entries()) expect(count).toBeGreaterThan(syncsBefore[index - 1] ?? 0)
  }, 60_000)

  it.skipIf(!isMariadbHere)(
    "[LOG-1] MariaDB syncs its log in its default configuration",
    async () => {
      await using server = await MariadbServer.start()
      const directory = mkdtempSync(join(tmpdir(), "bitacora-trace-"))
      const env = { DATA_DIR: directory, DB_HOST: "127.0.0.1", DB_PORT: String(server.port), DB_NAME: "synced" }
      await append(env)
      const file = join(directory, "trace")
      const tracer = spawn("strace", ["-f", "-o", file, "-e", "trace=fsync,fdatasync", "-p", String(server.pid)], {
        stdio: ["ignore", "ignore", "pipe"]
      })
      let said = ""
      tracer.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()))
      await until(() => said.includes("attached"), "strace to be attached")
      const models = projections.flatMap((projection): readonly string[] => projection.tables)
      await server.run(...["event_log", "event_payload", ...models].map((table) => `TRUNCATE synced.${table}`))
      await server.run(`UPDATE synced.log_head SET position = 0, hash = REPEAT('\\0', 32)`)
      const before = readFileSync(file, "utf8").length
      await append(env)
      tracer.kill("SIGTERM")
      await new Promise((resolve) => tracer.once("close", resolve))
      const syncs = readFileSync(file, "utf8")
        .slice(before)
        .match(/f(data)?sync\(\d+\) += 0|f(data)?sync resumed.*= 0/g)
      rmSync(directory, { recursive: true })
      expect(syncs?.length ?? 0).toBeGreaterThanOrEqual(APPENDS)
    },
    60_000
  )
})

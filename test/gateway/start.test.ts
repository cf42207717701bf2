import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { pino } from "pino"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readSettings } from "../../src/config.ts"
import { startGateway } from "../../src/gateway.ts"
import { until } from "../support/until.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { runScript, scriptPath } from "../support/run-script.ts"

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bitacora-start-"))
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

const run = (script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runScript(script, args, { DATA_DIR: directory, ...env })

const lines = (text: string) => text.trim().split("\n")

describe("a gateway that cannot start reports each problem on a line, and ends with 1", () => {
  it("for wrong settings, all at once", async () => {
    const { code, err } = await run("main.js", [], { PORT: "eighty", RATE_LIMIT_MAX: "0", WA_URL: "ws://x" })
    expect(code).toBe(1)
    expect(lines(err).map((line) => line.split(":")[0])).toEqual(
      expect.arrayContaining(["PORT", "RATE_LIMIT_MAX", "WA_URL"])
    )
    expect(lines(err)).toHaveLength(3)
  })

  it.each([
    ["TRUST_PROXY", "abc"],
    ["TRUST_PROXY", "10.0.0.0/8,10.0.0.0/33"],
    ["API_KEY", "fifteen-letters"]
  ])("%s=%s", async (name, value) => {
    const failure = await Effect.runPromise(Effect.flip(readSettings({ [name]: value })))
    expect(failure.problems).toEqual([expect.stringMatching(new RegExp(`^${name}: `))])
    expect(failure.message).not.toContain("fifteen")
  })

  it.each(["true", "false", "2", "127.0.0.1", "loopback, 10.0.0.0/8", "2001:db8::/32,::1"])(
    "but accepts TRUST_PROXY=%s",
    async (trusted) => {
      await Effect.runPromise(readSettings({ TRUST_PROXY: trusted }))
    }
  )

  it.each([
    ["HOST", { HOST: "999.1.1.1" }],
    ["HOST", { HOST: "203.0.113.7" }],
    ["DATA_DIR", { DATA_DIR: "/proc/nowhere" }],
    ["DATABASE_URL", { DATABASE_URL: "mysql://127.0.0.1:1/x" }]
  ])("for %s of %o", async (name, env) => {
    const settings = await Effect.runPromise(readSettings({ PORT: "0", DATA_DIR: directory, ...env }))
    const failure = await startGateway(settings, "0.0.0-test", pino({ level: "silent" })).catch((why: Error) => why)
    expect(failure).toMatchObject({
      _tag: expect.anything(),
      message: expect.stringMatching(new RegExp(`^${name}: .+$`))
    })
  })

  it("for a port that is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await new Promise((resolve) => server.once("listening", resolve))
    const { port } = server.address() as { port: number }
    const { code, err } = await run("main.js", [], { PORT: String(port) })
    server.close()
    expect(code).toBe(1)
    expect(lines(err)).toEqual([expect.stringMatching(new RegExp(`^PORT: ${port} is in use`))])
  })

  it("for a data directory that is in use", async () => {
    const other = await GatewayProcess.start({ DATA_DIR: directory })
    const { code, err } = await run("main.js", [])
    await other.end("SIGTERM")
    expect(code).toBe(1)
    expect(lines(err)).toEqual([expect.stringMatching(/in use by another gateway/)])
  })

  it("for another master key", async () => {
    const first = await GatewayProcess.start({ DATA_DIR: directory })
    await first.end("SIGTERM")
    writeFileSync(join(directory, "master.key"), "00".repeat(32))
    const { code, err } = await run("main.js", [])
    expect(code).toBe(1)
    expect(lines(err)).toEqual([expect.stringMatching(/is not the key/)])
  })
})

describe("the commands in the predecessor's documents", () => {
  it("node main.js starts the gateway, and SIGTERM ends it in order", async () => {
    const gateway = await GatewayProcess.start({ DATA_DIR: directory }, scriptPath("main.js"))
    expect((await gateway.get("/health")).body).toMatchObject({ status: "ok" })
    expect(await gateway.end("SIGTERM")).toBe(0)
  })

  it("node start.js starts it as well, and does not restart a gateway with wrong settings", async () => {
    const { code, err } = await run("start.js", [], { PORT: "eighty" })
    expect(code).toBe(1)
    expect(lines(err)).toHaveLength(1)
  })

  it("node start.js ends at once on a signal while it waits to restart a gateway", async () => {
    const restarter = await GatewayProcess.start({ DATA_DIR: directory }, scriptPath("start.js"))
    const gateway = Number(execFileSync("pgrep", ["-P", String(restarter.pid)], { encoding: "utf8" }))
    process.kill(gateway, "SIGKILL")
    await until(() => restarter.said.includes("it restarts in"), "the pause")
    expect(await restarter.end("SIGTERM")).toBe(0)
    expect(restarter.said.match(/listens on/g)).toHaveLength(1)
  })
})

describe("the command line", () => {
  it("has help for itself and for every command", async () => {
    expect((await run("bitacora.js", [])).out).toContain("replay <device>")
    expect((await run("bitacora.js", ["replay", "--help"])).out).toContain("--at")
  })

  it.each([
    ["an unknown command", ["fly"], /there is no command fly/],
    ["a command without its argument", ["replay"], /bitacora replay <device>/],
    ["an unknown option", ["replay", "1", "--when", "now"], /--when/],
    ["a directory without a store", ["replay", "1"], /there is no store in/]
  ])("refuses %s with an explanation", async (_name, args, sentence) => {
    const { code, err } = await run("bitacora.js", args)
    expect(code).toBe(1)
    expect(err).toMatch(sentence)
    expect(err).not.toMatch(/^\s+at /m)
  })
})

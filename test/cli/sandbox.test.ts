import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { runScript, scriptPath } from "../support/run-script.ts"

const directory = mkdtempSync(join(tmpdir(), "bitacora-sandbox-test-"))
const other = createServer()

beforeAll(() => once(other.listen(0, "127.0.0.1"), "listening"))
afterAll(() => {
  other.close()
  rmSync(directory, { recursive: true })
})

it.each([
  ["the network's port", "SANDBOX_CONTROL_PORT", /^port \d+ for the control API is in use\n$/],
  ["the gateway's port", "PORT", /^PORT: \d+ is in use on 127.0.0.1; .*\n$/]
])("npm run sandbox reports in one line that %s is in use, and leaves nothing behind", async (_name, setting, line) => {
  const env = { TMPDIR: directory, [setting]: String((other.address() as AddressInfo).port) }
  const { code, out, err } = await runScript("src/cli/sandbox.ts", [], { ...env, DATA_DIR: "" })
  expect({ code, out }).toEqual({ code: 1, out: "" })
  expect(err).toMatch(line)
  expect(readdirSync(directory)).toEqual([])
})

it("SANDBOX_DEMO=link shows a link by code and one with a passkey, and offers a page for a third", async () => {
  const env = { PATH: process.env.PATH, TMPDIR: directory, PORT: "0", SANDBOX_DEMO: "link" }
  const child = spawn(process.execPath, [scriptPath("src/cli/sandbox.ts")], {
    env,
    stdio: ["ignore", "pipe", "inherit"]
  })
  let out = ""
  for await (const chunk of child.stdout) {
    out += String(chunk)
    if (out.includes("Serving.")) child.kill("SIGTERM")
  }
  if (child.exitCode === null) await once(child, "exit")
  expect(out.match(/^ {2}CONNECTED$/gm)).toHaveLength(2)
  const [, shown, onPhone] = out.match(/the gateway shows (\S+), the phone (\S+)$/m) ?? []
  expect(shown).toMatch(/^\w{4}-\w{4}$/)
  expect(onPhone).toBe(shown)
  expect(out).toMatch(/open {3}http:\/\/127\.0\.0\.1:\d+\/link\/[\w-]{32}$/m)
  expect(out).toMatch(/^dashboard http:\/\/127\.0\.0\.1:\d+\/ {3}register any number; /m)
  expect(child.exitCode).toBe(0)
  expect(readdirSync(directory)).toEqual([])
})

it("says what SANDBOX_DEMO may be", async () => {
  const { code, err } = await runScript("src/cli/sandbox.ts", [], {
    TMPDIR: directory,
    DATA_DIR: "",
    SANDBOX_DEMO: "x"
  })
  expect([code, err]).toEqual([1, "SANDBOX_DEMO: must be link or off, not x\n"])
})

import { once } from "node:events"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { runScript } from "../support/run-script.ts"

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

/** `.env` as editors write it: read right, or refused in a line that says why. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { runScript } from "../support/run-script.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bitacora-env-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

const TEXT = "API_KEY=short\nREGISTRATION=closed\n"
/** What the gateway says of a wrong setting in the file, which shows that it was read. */
const start = async (bytes: string | Uint8Array) => {
  writeFileSync(join(directory, ".env"), bytes)
  const { code, err } = await runScript("src/main.ts", [], { DATA_DIR: directory })
  expect(code).toBe(1)
  return err.trim()
}

it("with a byte order mark is read from its first setting on", async () => {
  expect(await start(`\ufeff${TEXT}`)).toBe("API_KEY: must have 16 characters at least")
})

it.each([
  ["UTF-16, little-endian", Buffer.from(`\ufeff${TEXT}`, "utf16le"), ".env: is in UTF-16; save it in UTF-8"],
  ["UTF-16, big-endian", Buffer.from(`\ufeff${TEXT}`, "utf16le").swap16(), ".env: is in UTF-16; save it in UTF-8"],
  ["UTF-16 without a mark", Buffer.from(TEXT, "utf16le"), ".env: is in UTF-16; save it in UTF-8"],
  ["Latin-1", Buffer.from("DEVICE_NAME=Bitácora\n", "latin1"), ".env: is not in UTF-8; save it in UTF-8"],
  ["a name that is a slip away", "PROT=3001\n", ".env: PROT is not a setting; did you mean PORT?"],
  ["a name in lower case", "port=3001\n", ".env: port is not a setting; did you mean PORT?"]
])("in %s is refused", async (_, bytes, line) => {
  expect(await start(bytes)).toBe(line)
})

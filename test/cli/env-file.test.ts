/** `.env` in the encodings that editors write: read correctly, or refused with the reason in one line. */
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
/** Starts a gateway with a wrong setting in the file; its error shows that the file was read. */
const start = async (bytes: string | Uint8Array) => {
  writeFileSync(join(directory, ".env"), bytes)
  const { code, err } = await runScript("main.js", [], { DATA_DIR: directory })
  expect(code).toBe(1)
  return err.trim()
}

it(".env with a byte order mark is read from its first setting on", async () => {
  expect(await start(`\ufeff${TEXT}`)).toBe("API_KEY: must have at least 16 characters")
})

it.each([
  ["UTF-16, little-endian", Buffer.from(`\ufeff${TEXT}`, "utf16le"), ".env: is in UTF-16; save it in UTF-8"],
  ["UTF-16, big-endian", Buffer.from(`\ufeff${TEXT}`, "utf16le").swap16(), ".env: is in UTF-16; save it in UTF-8"],
  ["UTF-16 without a byte order mark", Buffer.from(TEXT, "utf16le"), ".env: is in UTF-16; save it in UTF-8"],
  ["Latin-1", Buffer.from("DEVICE_NAME=Bitácora\n", "latin1"), ".env: is not in UTF-8; save it in UTF-8"],
  ["UTF-8 with a misspelt name", "PROT=3001\n", ".env: PROT is not a setting; did you mean PORT?"],
  ["UTF-8 with a name in lower case", "port=3001\n", ".env: port is not a setting; did you mean PORT?"]
])(".env in %s is refused", async (_, bytes, line) => {
  expect(await start(bytes)).toBe(line)
})

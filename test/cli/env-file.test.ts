/** `.env` as editors save it: none of its settings is lost without a word. */
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"

const script = new URL("../../src/cli/env-file.ts", import.meta.url).href
const directories: string[] = []

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

/** What the settings are after reading this file, in a process that has PORT already; or what it says where it cannot. */
const settingsOf = (file: Uint8Array): Promise<string> => {
  const directory = mkdtempSync(join(tmpdir(), "bitacora-env-"))
  directories.push(directory)
  writeFileSync(join(directory, ".env"), file)
  const code = `
    const { loadEnvFile } = await import(${JSON.stringify(script)})
    try { loadEnvFile() } catch (failure) { console.log(failure.message); process.exit() }
    console.log([process.env.DATA_DIR, process.env.PORT, process.env.REGISTRATION].join(" "))`
  const options = { cwd: directory, env: { PATH: process.env.PATH, PORT: "1" } }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["--input-type=module", "-e", code], options, (failure, out) =>
      failure ? reject(failure) : resolve(out.trim())
    )
  })
}

const SETTINGS = "DATA_DIR=/srv/bitácora\nPORT=2\nREGISTRATION=closed\n"
const BOM = Buffer.from([0xef, 0xbb, 0xbf])

describe("a settings file", () => {
  it("in UTF-8 is read; what the environment sets stays", async () => {
    expect(await settingsOf(Buffer.from(SETTINGS))).toBe("/srv/bitácora 1 closed")
  })

  it("with a byte order mark loses no setting", async () => {
    expect(await settingsOf(Buffer.concat([BOM, Buffer.from(SETTINGS)]))).toBe("/srv/bitácora 1 closed")
  })

  it.each([
    ["UTF-16 with a byte order mark", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(SETTINGS, "utf16le")])],
    ["UTF-16", Buffer.from("DATA_DIR=/srv\r\n", "utf16le")],
    ["ISO 8859-1", Buffer.from(SETTINGS, "latin1")]
  ])("in %s is refused by name", async (_, file) => {
    expect(await settingsOf(file)).toBe(".env is not encoded in UTF-8: save it as UTF-8 and start again")
  })
})

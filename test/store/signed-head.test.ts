import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Result } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { openAuditKey, readSignedHead } from "../../src/store/audit/signed-head.ts"

const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), "bitacora-key-")))
const [here = "", elsewhere = ""] = folders
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const key = openAuditKey(here)
const head = key.sign({ position: 12, hash: "ab".repeat(32), recordedAt: 1_790_000_000_000 }, 1_790_000_000_500)

describe("a signed head", () => {
  it("[LOG-6] is accepted as it was signed, with and without the known key", () => {
    for (const publicKey of [undefined, key.publicKey]) {
      expect(readSignedHead(JSON.stringify(head), publicKey)).toEqual(Result.succeed(head))
    }
  })

  it.each([
    ["position", 13],
    ["hash", "cd".repeat(32)],
    ["recordedAt", 0],
    ["signedAt", 0],
    ["signature", ""],
    ["signature", "AAAA"],
    ["publicKey", openAuditKey(elsewhere).publicKey],
    ["publicKey", "no key"]
  ])("[LOG-6] is refused with another %s", (field, value) => {
    const read = readSignedHead(JSON.stringify({ ...head, [field]: value }))
    expect(read).toEqual(Result.fail("was changed: its signature does not match"))
  })

  it("[LOG-6] is refused when another key signed it", () => {
    const theirs = openAuditKey(elsewhere).sign(head, head.signedAt)
    expect(Result.isSuccess(readSignedHead(JSON.stringify(theirs)))).toBe(true)
    expect(readSignedHead(JSON.stringify(theirs), key.publicKey)).toEqual(Result.fail("was signed with another key"))
  })

  it.each(["", "{}", "[]", "null", '{"format":"bitacora-head-2"}'])("is not %j", (text) => {
    expect(Result.isFailure(readSignedHead(text))).toBe(true)
  })
})

describe("the key", () => {
  it("is made once, readable by its owner only", () => {
    const file = join(here, "audit.key")
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const before = readFileSync(file, "utf8")
    expect(openAuditKey(here).publicKey).toBe(key.publicKey)
    expect(readFileSync(file, "utf8")).toBe(before)
  })
})

/** Key files of a first start that was killed, or ran out of room, while it wrote them: an empty file, or half a file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { OPERATOR_KEY_FILE, openOperatorKey } from "../../src/application/operator-key.ts"
import { AUDIT_KEY_FILE, knownPublicKey, openAuditKey } from "../../src/store/audit/signed-head.ts"
import { Database } from "../../src/store/database.ts"
import { MASTER_KEY_FILE, openSecretBox } from "../../src/store/secrets/master-key.ts"
import { openTestStore } from "../support/store.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bitacora-keys-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

const leave = (file: string) => {
  writeFileSync(join(folder, file), "")
  writeFileSync(join(folder, `${file}.partial`), "half a k")
}
/** Complete, readable by its owner only, with no file beside it. */
const isWhole = (file: string) => {
  expect(readFileSync(join(folder, file), "utf8").length).toBeGreaterThan(32)
  expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual([file])
}

describe("a partial key file is replaced at the next start:", () => {
  it("the operator key", () => {
    leave(OPERATOR_KEY_FILE)
    const { made = "", isValid } = openOperatorKey(folder, undefined)
    expect([isValid(made), isValid("")]).toEqual([true, false])
    isWhole(OPERATOR_KEY_FILE)
    const again = openOperatorKey(folder, undefined)
    expect([again.made, again.isValid(made)]).toEqual([undefined, true])
  })

  it("an operator key that can be guessed is refused", () => {
    writeFileSync(join(folder, OPERATOR_KEY_FILE), "secreto\n")
    expect(() => openOperatorKey(folder, undefined)).toThrow(/operator\.key: the key must have at least 16 characters/)
  })

  it("the signing key", () => {
    leave(AUDIT_KEY_FILE)
    expect(knownPublicKey(folder)).toBeNull()
    const { publicKey } = openAuditKey(folder)
    isWhole(AUDIT_KEY_FILE)
    expect(knownPublicKey(folder)).toBe(publicKey)
  })

  it("the master key, unless credentials exist", async () => {
    leave(MASTER_KEY_FILE)
    await using store = await openTestStore()
    const database = await store.run(Database)
    const open = (sealed: boolean) => {
      const write = (name: string, value: string) =>
        Effect.asVoid(
          store.log.commit({
            statements: [{ sql: "INSERT INTO store_setting (name, value) VALUES (?, ?)", parameters: [name, value] }]
          })
        ).pipe(Effect.orDie)
      return store
        .run(Effect.exit(openSecretBox(database, folder, undefined, write)))
        .then(({ _tag }) => expect(_tag).toBe(sealed ? "Failure" : "Success"))
    }
    await open(false)
    isWhole(MASTER_KEY_FILE)
    await open(false)
    leave(MASTER_KEY_FILE)
    await open(true)
  })
})

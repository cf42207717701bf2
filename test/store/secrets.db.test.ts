import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { AuthState, type AuthStateShape } from "../../src/store/auth-state.ts"
import { takeDataDirectory } from "../../src/store/data-directory.ts"
import { Database } from "../../src/store/database.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { Secrets } from "../../src/store/secrets/secrets.ts"
import { makeSecretBox } from "../../src/store/secrets/secret-box.ts"
import { dialects, type TestDatabase } from "../support/dialects.ts"

let directory: string
let database: TestDatabase

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bitacora-secrets-"))
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

describe("a secret box", () => {
  const box = makeSecretBox(new Uint8Array(32).fill(7))
  const sealed = box.seal(1, "session|a", Buffer.from("secret"))

  it("[SEC-4] opens what it sealed, and seals the same text differently each time", () => {
    expect(Buffer.from(box.open(1, "session|a", sealed)).toString()).toBe("secret")
    expect(Buffer.from(box.seal(1, "session|a", Buffer.from("secret")))).not.toEqual(Buffer.from(sealed))
  })

  it.each([
    ["another device's row", () => box.open(2, "session|a", sealed)],
    ["another row of the device", () => box.open(1, "session|b", sealed)],
    ["another key", () => makeSecretBox(new Uint8Array(32).fill(8)).open(1, "session|a", sealed)],
    [
      "a changed byte",
      () =>
        box.open(
          1,
          "session|a",
          sealed.map((byte, i) => (i === 30 ? byte ^ 1 : byte))
        )
    ],
    [
      "a form of a newer release",
      () =>
        box.open(
          1,
          "session|a",
          sealed.map((byte, i) => (i === 0 ? 9 : byte))
        )
    ]
  ])("[SEC-4] does not open for %s", (_name, open) => {
    expect(open).toThrow()
  })
})

describe.each(dialects)("credentials in the store on $name", (dialect) => {
  beforeEach(async () => {
    database = await dialect.create()
  })
  afterEach(async () => database.drop())

  /** Opens the store with this MASTER_KEY, runs `use`, closes it. */
  const withStore = async <A>(masterKey: string | undefined, use: (auth: AuthStateShape) => Promise<A>): Promise<A> => {
    const store = EventLog.layer().pipe(Layer.provideMerge(Database.layer(database.open)))
    const runtime = ManagedRuntime.make(
      AuthState.layer.pipe(Layer.provide(Secrets.layer({ directory, masterKey }))).pipe(Layer.provideMerge(store))
    )
    try {
      return await use(await runtime.runPromise(AuthState))
    } finally {
      await runtime.dispose()
    }
  }

  /** The values as the database holds them. */
  const storedValues = async () => {
    const open = await database.open()
    await open.migrate()
    const rows = await open.reader.selectFrom("auth_state").select("value").execute()
    await open.close()
    return rows.map((row) => row.value)
  }

  const write = (masterKey?: string) =>
    withStore(masterKey, (auth) =>
      Effect.runPromise(auth.write(1, [{ category: "session", id: "a", value: Buffer.from("a private key") }]))
    )

  const read = (masterKey?: string) =>
    withStore(masterKey, async (auth) => {
      const found = await Effect.runPromise(auth.read(1, "session", ["a", "b"]))
      return [...found].map(([id, value]) => [id, Buffer.from(value).toString()])
    })

  it("[SEC-4] are encrypted, are read back, and are deleted with null", async () => {
    await write()
    expect(await read()).toEqual([["a", "a private key"]])
    const stored = await storedValues()
    expect(stored.length).toBeGreaterThan(0)
    for (const value of stored) expect(Buffer.from(value).includes("a private key")).toBe(false)
    await withStore(undefined, (auth) =>
      Effect.runPromise(auth.write(1, [{ category: "session", id: "a", value: null }]))
    )
    expect(await read()).toEqual([])
  })

  it("make a key file once, readable by its owner only", async () => {
    await write()
    const file = join(directory, "master.key")
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const key = readFileSync(file, "utf8")
    expect(await read()).toEqual([["a", "a private key"]])
    expect(readFileSync(file, "utf8")).toBe(key)
  })

  it("accept the key from the settings, in hex or base64", async () => {
    const key = Buffer.alloc(32, 5)
    await write(key.toString("hex"))
    expect(await read(key.toString("base64"))).toEqual([["a", "a private key"]])
  })

  it("refuse to start without the key they are encrypted with, and make no new one", async () => {
    await write()
    rmSync(join(directory, "master.key"))
    await expect(read()).rejects.toThrow(/MASTER_KEY is not set and .*master.key does not exist/)
    await expect(read()).rejects.toThrow(/MASTER_KEY is not set/)
  })

  it.each([
    ["another key", Buffer.alloc(32, 9).toString("hex"), /is not the key that encrypts this store's credentials/],
    ["half a key", "abcd", /must be 32 bytes/]
  ])("refuse to start with %s", async (_name, key, reason) => {
    await write(Buffer.alloc(32, 5).toString("hex"))
    await expect(read(key)).rejects.toThrow(reason)
  })
})

describe("a data directory", () => {
  it("[DEV-3] belongs to one gateway at a time", () => {
    const taken = takeDataDirectory(directory)
    expect(() => takeDataDirectory(directory)).toThrow(/is in use by another gateway/)
    taken.release()
    takeDataDirectory(directory).release()
  })

  it("that cannot be made is named", () => {
    const file = join(directory, "a-file")
    writeFileSync(file, "")
    expect(() => takeDataDirectory(join(file, "data"))).toThrow(/DATA_DIR: .* cannot be created/)
  })
})

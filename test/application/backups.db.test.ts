/** The gateway's own folder of backups: a folder that cannot be used, and which backups are deleted. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Backups, type BackupsShape } from "../../src/application/backups.ts"
import { sqliteIn } from "../support/dialects.ts"
import { appendTo, openOn, received, type TestStore } from "../support/store.ts"
import { until } from "../support/until.ts"

let root: string
let directory: string
let store: TestStore
let scope: Scope.Closeable
let backups: BackupsShape

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "bitacora-backups-"))
  directory = join(root, "backups")
  const dataDirectory = join(root, "data")
  mkdirSync(dataDirectory)
  store = await openOn(sqliteIn(dataDirectory))
  await Effect.runPromise(store.log.commit({ appends: [appendTo("messages/a", "any", [received("m1")])] }))
  const kept = { directory, keptMax: 2, freeBytesMin: 0 }
  scope = await Effect.runPromise(Scope.make())
  const layer = Backups.layer({ dataDirectory, database: undefined, backups: kept })
  backups = await store.run(Effect.map(Layer.buildWithScope(layer, scope), (context) => Context.get(context, Backups)))
})
afterEach(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await store[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

const list = () => Effect.runPromise(backups.list)
/** Makes a backup, and returns it when it has ended. */
const make = async () => {
  const { name } = await Effect.runPromise(backups.start)
  return until(async () => {
    const found = (await list()).find((each) => each.name === name)
    return found !== undefined && found.state !== "running" ? found : undefined
  }, "the end of the backup")
}

describe("the folder of backups", () => {
  it("may be a file: the list is empty, a backup fails with the reason, and the next one completes when it is a folder", async () => {
    writeFileSync(directory, "")
    expect(await list()).toEqual([])
    expect(await make()).toMatchObject({ state: "failed", problem: expect.stringContaining(directory) })
    rmSync(directory)
    expect(await make()).toMatchObject({ state: "complete", problem: null })
    expect(await list()).toHaveLength(1)
  })

  it("[LOG-10] keeps the one just made and the newest by when they were made, whatever their names say", async () => {
    mkdirSync(directory)
    const past = (name: string, seconds: number) => {
      const folder = join(directory, name)
      mkdirSync(folder)
      writeFileSync(join(folder, "backup.json"), "{}")
      utimesSync(join(folder, "backup.json"), seconds, seconds)
      return folder
    }
    // The clock was ahead when the first was made.
    const early = past("2999-01-01T00-00-00.000Z", 1_000)
    const late = past("2020-01-01T00-00-00.000Z", 2_000)
    mkdirSync(join(directory, "2019-01-01T00-00-00.000Z"))
    const { name, problem } = await make()
    expect(problem).toBeNull()
    expect(existsSync(early)).toBe(false)
    expect(existsSync(late)).toBe(true)
    expect(readdirSync(directory).toSorted()).toEqual(["2019-01-01T00-00-00.000Z", "2020-01-01T00-00-00.000Z", name])
  })
})

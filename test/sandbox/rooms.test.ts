/**
 * The rooms of src/sandbox import one way. docs/SANDBOX.md shows the same order.
 */
import { globSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { describe, expect, it } from "vitest"

const folder = new URL("../../src/sandbox", import.meta.url).pathname

/** Each room, and the rooms that it may import. */
const rooms: Record<string, readonly string[]> = {
  state: [],
  wire: ["state"],
  faults: ["state", "wire"],
  media: ["state", "faults"],
  routing: ["state", "wire", "faults"],
  login: ["state", "wire", "faults", "routing"],
  people: ["state", "wire", "routing", "media", "login"],
  iq: ["state", "wire", "routing", "media", "login"],
  control: ["state", "faults", "login", "people"]
}
/** Files that every room may import. They import no room. */
const ground = ["settings.ts", "request-errors.ts"]

/** What a file imports from src/sandbox, as paths in it. */
const importsOf = (file: string): string[] =>
  [...readFileSync(join(folder, file), "utf8").matchAll(/ from "(\.[^"]+)"/g)].map(([, path = ""]) =>
    relative(folder, join(folder, dirname(file), path))
  )

describe("src/sandbox", () => {
  const files = globSync("**/*.ts", { cwd: folder })

  it("has these rooms and no others", () => {
    const found = new Set(files.map((file) => dirname(file)).filter((room) => room !== "."))
    expect([...found].sort()).toEqual(Object.keys(rooms).sort())
  })

  it.each(Object.entries(rooms))("%s imports only %j and the ground", (room, allowed) => {
    const wrong = files
      .filter((file) => dirname(file) === room)
      .flatMap((file) => importsOf(file).map((path) => ({ file, path })))
      .filter(({ path }) => ![room, ...allowed].includes(dirname(path)) && !ground.includes(path))
    expect(wrong).toEqual([])
  })

  it("has a ground that imports no room", () => {
    expect(ground.flatMap((file) => importsOf(file))).toEqual([])
  })
})

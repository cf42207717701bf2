/** The mutants of scripts/mutants.ts still fit the code. The soak tests run them. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { mutants } from "../scripts/mutants/list.ts"
import { ADAPTER } from "../scripts/mutants/mutant.ts"

const root = new URL("..", import.meta.url).pathname

describe("the list of mutants", () => {
  it.each(mutants)("has text that is in its file once: $file, $breaks", ({ file, text, becomes, killedBy }) => {
    expect(readFileSync(join(root, ADAPTER, file), "utf8").split(text)).toHaveLength(2)
    expect(becomes).not.toBe(text)
    expect(killedBy.filter((test) => !existsSync(join(root, test)))).toEqual([])
    expect(killedBy).not.toEqual([])
  })

  it("names each mutant once", () => {
    expect(new Set(mutants.map(({ breaks }) => breaks)).size).toBe(mutants.length)
  })
})

import { describe, expect, it } from "vitest"
import { dialects } from "../support/dialects.ts"
import { times } from "../support/soak.ts"
import { simulate } from "./simulation.ts"

/** SEED=<number> runs one seed of your choice. */
const seeds = (count: number): readonly number[] =>
  process.env.SEED === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(process.env.SEED)]

describe.each(dialects)("a simulated gateway of 3 devices, 200 steps, on $name", (dialect) => {
  it.each(seeds(times(dialect.name === "sqlite" ? 4 : 2, 50)))(
    "[LOG-5] [LOG-6] [OUT-1] [OUT-4] [OUT-5] [DEV-1] [DEV-3] [DEV-4] keeps its promises with seed %i",
    async (seed) => {
      await simulate(seed, { dialect, devices: 3, steps: 200 })
    },
    60_000
  )

  it("repeats its steps exactly with the same seed, however slow the server is", async () => {
    const options = { dialect, devices: 2, steps: 60 }
    const slowly = { ...options, delayMs: () => Math.random() * 6 }
    expect(await simulate(7, slowly)).toEqual(await simulate(7, options))
  }, 60_000)
})

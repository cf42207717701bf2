import { describe, expect, it } from "vitest"
import { times } from "../support/soak.ts"
import { simulate } from "./simulation.ts"

/** Others can be tried with SEED=<number>. */
const SEEDS =
  process.env.SEED === undefined ? Array.from({ length: times(4, 50) }, (_, i) => i + 1) : [Number(process.env.SEED)]

describe("a simulated gateway of 3 devices, 200 steps", () => {
  it.each(SEEDS)(
    "[LOG-5] [LOG-6] [OUT-1] [OUT-4] [OUT-5] [DEV-1] [DEV-3] [DEV-4] keeps its promises with seed %i",
    async (seed) => {
      await simulate(seed)
    },
    60_000
  )

  it("does the same again with the same seed", async () => {
    const options = { devices: 2, steps: 60 }
    expect(await simulate(7, options)).toEqual(await simulate(7, options))
  }, 60_000)
})

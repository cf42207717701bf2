/** How many single attempts run at the same time. */
import { Deferred, Effect, Fiber } from "effect"
import { describe, expect, it } from "vitest"
import { OwnerTurns } from "../../src/webhooks/owner-turns.ts"

const settled = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Starts work that runs until `end` is called. */
const started = (turns: OwnerTurns, running: string[]) => (owner: number, name: string) =>
  Effect.gen(function* () {
    const end = yield* Deferred.make<void>()
    const work = Effect.gen(function* () {
      running.push(name)
      yield* Deferred.await(end)
      running.splice(running.indexOf(name), 1)
    })
    const fiber = yield* Effect.forkChild(turns.run(owner, work))
    yield* settled
    return { fiber, end: Effect.andThen(Deferred.succeed(end, undefined), settled) }
  })

describe("turns of owners", () => {
  it("gives each owner one place, and all owners two", async () => {
    const turns = new OwnerTurns(2)
    const running: string[] = []
    await Effect.runPromise(
      Effect.gen(function* () {
        const start = started(turns, running)
        const one = yield* start(1, "1a")
        const next = yield* start(1, "1b")
        expect(running).toEqual(["1a"])
        const two = yield* start(2, "2a")
        const three = yield* start(3, "3a")
        expect(running).toEqual(["1a", "2a"])
        expect(turns.size).toBe(3)
        yield* two.end
        expect(running).toEqual(["1a", "3a"])
        yield* one.end
        expect(running).toEqual(["3a", "1b"])
        yield* next.end
        yield* three.end
        expect([running, turns.size]).toEqual([[], 0])
      })
    )
  })

  it("forgets who gave up waiting", async () => {
    const turns = new OwnerTurns(2)
    await Effect.runPromise(
      Effect.gen(function* () {
        const start = started(turns, [])
        const one = yield* start(1, "a")
        const next = yield* start(1, "b")
        yield* Fiber.interrupt(next.fiber)
        expect(turns.size).toBe(1)
        yield* one.end
        expect(turns.size).toBe(0)
      })
    )
  })
})

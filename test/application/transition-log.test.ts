import { Effect, Fiber } from "effect"
import { pino } from "pino"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { logTransitions, TRANSITION_LOG } from "../../src/application/transition-log.ts"
import { Subscriptions } from "../../src/store/subscriptions/subscriptions.ts"
import { appendTo, openTestStore, type TestStore } from "../support/store.ts"
import { until } from "../support/until.ts"

describe("the log of transitions", () => {
  let store: TestStore
  let lines: string[] = []

  beforeEach(async () => {
    store = await openTestStore()
    lines = []
  })
  afterEach(() => store[Symbol.asyncDispose]())

  const start = () => {
    const logger = pino({ base: null }, { write: (line) => void lines.push(line) })
    const fiber = store.run(logTransitions(logger).pipe(Effect.provide(Subscriptions.layer), Effect.forkDetach))
    return async () => Effect.runPromise(Fiber.interrupt(await fiber))
  }
  const transition = (type: string, data: object, from: string, to: string) =>
    Effect.runPromise(store.log.commit({ appends: [appendTo("device/dev_1", "any", [{ type, data, from, to }])] }))
  const isOpen = async () => {
    const list = Subscriptions.use((shape) => shape.list).pipe(Effect.provide(Subscriptions.layer))
    return (await store.run(list)).some(({ name }) => name === TRANSITION_LOG)
  }
  const logged = () => lines.map((line) => JSON.parse(line) as object)

  it("begins with what happens from now on, and leaves out events that change no state", async () => {
    await transition("connection.opened", {}, "LOADING", "CONNECTED")
    const stop = start()
    await until(isOpen, "the subscription")
    await transition("sync.progressed", { percent: 10 }, "CONNECTED", "CONNECTED")
    await transition("connection.closed", { by: "user" }, "CONNECTED", "NONE")
    await until(() => lines.length > 0, "a line")
    expect(logged()).toMatchObject([{ device: "dev_1", from: "CONNECTED", to: "NONE", msg: "connection.closed" }])
    await stop()
  })

  it("[LOG-11] contains what was recorded while the gateway stopped, once, after the next start", async () => {
    const stop = start()
    await until(isOpen, "the subscription")
    await transition("connection.opened", {}, "LOADING", "CONNECTED")
    await until(() => lines.length > 0, "a line")
    await stop()
    await transition("connection.interrupted", { cause: "shutdown" }, "CONNECTED", "RECONNECTING")
    store = await store.reopen()
    expect(lines).toHaveLength(1)
    const stopAgain = start()
    await until(() => lines.length > 1, "the line of the stop")
    expect(logged().at(-1)).toMatchObject({ msg: "connection.interrupted", to: "RECONNECTING" })
    await stopAgain()
    expect(lines).toHaveLength(2)
  })
})

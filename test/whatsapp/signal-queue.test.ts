import { beforeEach, describe, expect, it } from "vitest"
import { SignalQueue } from "../../src/whatsapp/baileys/signal-queue.ts"
import type { Signal } from "../../src/whatsapp/whatsapp.ts"

let emitted: Signal["type"][]
let failures: unknown[]
let signals: SignalQueue

beforeEach(() => {
  emitted = []
  failures = []
  signals = new SignalQueue(
    ({ type }) => void emitted.push(type),
    (failure) => void failures.push(failure)
  )
})

const OPENED: Signal = { type: "opened" }
const LOGIN: Signal = { type: "login_started" }
const PASSKEY: Signal = { type: "passkey_requested", options: "{}", expiresAt: 1 }

describe("the signals of a connection", () => {
  it("leave in the order in which they came, also when one has to be completed first", async () => {
    const completion = Promise.withResolvers<Signal>()
    signals.emit(LOGIN)
    signals.emitLater(() => completion.promise)
    signals.emit(PASSKEY)
    await Promise.resolve()
    completion.resolve(OPENED)
    await signals.drained
    expect(emitted).toEqual(["login_started", "opened", "passkey_requested"])
  })

  it("wait for work that they depend on", async () => {
    const stored = Promise.withResolvers<void>()
    signals.waitFor(() => stored.promise)
    signals.emit(OPENED)
    await new Promise(setImmediate)
    expect(emitted).toEqual([])
    stored.resolve()
    await signals.drained
    expect(emitted).toEqual(["opened"])
  })

  it("still leave when they came before the queue was closed, and not when they came after it", async () => {
    let isDone = false
    signals.emit(LOGIN)
    signals.close()
    signals.emit(OPENED)
    signals.emitLater(async () => PASSKEY)
    signals.waitFor(() => (isDone = true))
    await signals.drained
    expect(emitted).toEqual(["login_started"])
    expect(isDone).toBe(true)
    expect(signals.isClosed).toBe(true)
  })

  it("that cannot be completed are reported as a failure, and do not hold up the queue", async () => {
    const failure = new Error("no")
    signals.emitLater(() => Promise.reject(failure))
    signals.emit(OPENED)
    await signals.drained
    expect(failures).toEqual([failure])
    expect(emitted).toEqual(["opened"])
  })
})

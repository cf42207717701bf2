import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { getShortestPaths } from "xstate/graph"
import type { MachineEvent } from "../../../src/actors/device/context.ts"
import { birth, canHappen, evolve } from "../../../src/actors/device/evolve.ts"
import { machine } from "../../../src/actors/device/machine.ts"
import { happenings, registered } from "../../support/device-arbitraries.ts"
import { BORN_AT, DeviceHistory } from "../../support/device-history.ts"

const STATES = ["NONE", "INIT", "QR", "LOADING", "CONNECTED", "RECONNECTING", "ERROR", "removed"]
const RUNS = { numRuns: 500 }

describe("any sequence of commands, signals and timers", () => {
  it("leaves the machine in one of its states", () => {
    fc.assert(
      fc.property(happenings(60), (sequence) => {
        const history = new DeviceHistory()
        for (const { input, afterMs, random, unlinked } of sequence) {
          history.handle(input, afterMs, random, unlinked)
          expect(STATES).toContain(history.snapshot.value)
        }
      }),
      RUNS
    )
  })

  it("makes the machine ready to send in CONNECTED only", () => {
    fc.assert(
      fc.property(happenings(60), (sequence) => {
        const history = new DeviceHistory()
        for (const { input, afterMs, random, unlinked } of sequence) {
          history.handle(input, afterMs, random, unlinked)
          expect(history.snapshot.hasTag("ready")).toBe(history.snapshot.value === "CONNECTED")
        }
      }),
      RUNS
    )
  })

  it("[DEV-2] opens no socket after a permanent disconnect until a client requests it", () => {
    fc.assert(
      fc.property(happenings(80), (sequence) => {
        const history = new DeviceHistory()
        let permanent = false
        for (const { input, afterMs, random, unlinked } of sequence) {
          const effectsBefore = history.effects.length
          const events = history.handle(input, afterMs, random, unlinked)
          const types = typeof events === "string" ? [] : events.map((event) => event.type)
          if (types.includes("connection.requested")) permanent = false
          const opens = history.effects.slice(effectsBefore).includes("openSocket")
          if (permanent) expect(opens).toBe(false)
          if (history.snapshot.value === "ERROR") permanent = true
        }
      }),
      RUNS
    )
  })

  it("[DEV-2] leaves a retry waiting after every transient loss", () => {
    fc.assert(
      fc.property(happenings(60), (sequence) => {
        const history = new DeviceHistory()
        for (const { input, afterMs, random, unlinked } of sequence) {
          const events = history.handle(input, afterMs, random, unlinked)
          if (typeof events === "string" || events.at(-1)?.type !== "connection.lost") continue
          expect(history.snapshot.value).toBe("RECONNECTING")
          expect(history.effects.at(-1)).toBe("scheduleRetry")
          expect(history.snapshot.context.retryAt).toBeGreaterThan(history.now)
          expect(history.snapshot.context.retryAt).toBeLessThanOrEqual(history.now + 300_000)
        }
      }),
      RUNS
    )
  })

  it("leads nowhere after removed: the machine rejects everything and requests no effect", () => {
    fc.assert(
      fc.property(happenings(30), happenings(30), (before, after) => {
        const history = new DeviceHistory()
        for (const { input, afterMs, random, unlinked } of before) history.handle(input, afterMs, random, unlinked)
        history.handle({ type: "Remove", by: "user" })
        expect(history.snapshot.value).toBe("removed")
        const { length } = history.recorded
        for (const { input, afterMs, random, unlinked } of after) history.handle(input, afterMs, random, unlinked)
        expect(history.recorded).toHaveLength(length)
      }),
      RUNS
    )
  })

  it("[LOG-5] folds to the live state when its recorded events are replayed", () => {
    fc.assert(
      fc.property(happenings(60), (sequence) => {
        const history = new DeviceHistory()
        for (const { input, afterMs, random, unlinked } of sequence) history.handle(input, afterMs, random, unlinked)
        let folded = birth()
        for (const { event, at } of history.recorded) folded = evolve(folded, { ...event, at }).snapshot
        expect(folded.value).toBe(history.snapshot.value)
        expect(folded.context).toEqual(history.snapshot.context)
      }),
      RUNS
    )
  })

  it("makes the machine remember a bounded amount, however long it is", () => {
    fc.assert(
      fc.property(happenings(400), (sequence) => {
        const history = new DeviceHistory()
        for (const { input, afterMs, random, unlinked } of sequence) history.handle(input, afterMs, random, unlinked)
        expect(JSON.stringify(history.snapshot.context).length).toBeLessThan(2_000)
      }),
      { numRuns: 50 }
    )
  })
})

const sample: readonly MachineEvent[] = (
  [
    registered(),
    { type: "connection.requested", data: { by: "user" } },
    { type: "pairing.qr_issued", data: { count: 1, expiresAt: BORN_AT + 60_000 } },
    { type: "pairing.code_issued", data: { expiresAt: BORN_AT + 60_000 } },
    { type: "pairing.qr_redrawn", data: { expiresAt: BORN_AT + 60_000, reason: "refused" } },
    { type: "pairing.code_ended", data: { reason: "unanswered" } },
    { type: "pairing.passkey_requested", data: { expiresAt: BORN_AT + 600_000 } },
    { type: "pairing.passkey_answered", data: {} },
    { type: "pairing.confirm_code_issued", data: { expiresAt: BORN_AT + 120_000 } },
    { type: "pairing.passkey_confirmed", data: {} },
    { type: "pairing.passkey_failed", data: { reason: "expired" } },
    { type: "device.paired", data: { number: "51948907640", jid: "x", lid: null, platform: null } },
    { type: "connection.login_started", data: {} },
    { type: "connection.restarted", data: { code: 515, reason: "restart_required" } },
    { type: "connection.opened", data: {} },
    { type: "sync.progressed", data: { percent: 10 } },
    { type: "connection.lost", data: { code: 428, reason: "connection_closed", attempt: 1, retryInMs: 1_000 } },
    { type: "connection.retried", data: { attempt: 1 } },
    { type: "connection.abandoned", data: { code: 403, reason: "forbidden", userAction: "wait" } },
    { type: "connection.interrupted", data: { cause: "shutdown" } },
    { type: "connection.closed", data: { by: "user" } },
    { type: "pairing.expired", data: { qrIssued: 18 } },
    { type: "pairing.mismatched", data: { expected: "1", actual: "2" } },
    { type: "device.logged_out", data: { by: "user", unlinked: true } },
    { type: "device.logged_out", data: { by: "whatsapp", code: 401 } },
    { type: "device.expired", data: { ageMs: 3_600_000 } },
    { type: "device.removed", data: { by: "user", unlinked: false } }
  ] as const
).map((event) => ({ ...event, at: BORN_AT }))

describe("the machine's graph", () => {
  const paths = getShortestPaths(machine, {
    events: [...sample],
    // The state, and the facts that guards check. Otherwise every counter value would be a separate node.
    serializeState: (snapshot) =>
      JSON.stringify([
        snapshot.value,
        snapshot.context.deviceId,
        snapshot.context.paired,
        snapshot.context.everConnected
      ])
  })

  it("reaches every state", () => {
    expect(new Set(paths.map((path) => path.state.value))).toEqual(new Set(STATES))
  })

  it("has a way out of every state except removed", () => {
    for (const state of STATES.filter((name) => name !== "removed")) {
      const there = paths.filter((path) => path.state.value === state)
      expect(there.length).toBeGreaterThan(0)
      const leaves = there.some((path) =>
        sample.some((event) => canHappen(path.state, event) && evolve(path.state, event).snapshot.value !== state)
      )
      expect(leaves, state).toBe(true)
    }
  })

  it("uses every event type", () => {
    for (const event of sample) {
      expect(
        paths.some((path) => canHappen(path.state, event)),
        event.type
      ).toBe(true)
    }
  })
})

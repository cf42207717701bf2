import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { birth, storeState } from "../../src/actors/device/evolve.ts"
import { deviceState, erasureState, readState, writeState } from "../../src/events/stream-state.ts"

/** The state as each schema version wrote it when it was new. Never edited; a new version gets a new file. */
const golden: Readonly<Record<"device" | "erasures", string>> = JSON.parse(
  readFileSync(new URL("golden/stream-state-v1.json", import.meta.url), "utf8")
)

describe("the stored state of a stream", () => {
  it("[LOG-7] is read as it was written", () => {
    expect(readState(deviceState, golden.device)).toEqual(JSON.parse(golden.device).data)
    expect(readState(erasureState, golden.erasures)).toEqual(JSON.parse(golden.erasures).data)
    expect([deviceState.schemaVersion, erasureState.schemaVersion]).toEqual([1, 1])
  })

  it("contains everything that the machine remembers", () => {
    const state = storeState(birth())
    expect(readState(deviceState, writeState(deviceState, state))).toEqual(state)
    expect(Object.keys(JSON.parse(golden.device).data.context).toSorted()).toEqual(
      Object.keys(state.context).toSorted()
    )
  })

  it.each([
    ["a state of a newer release", '{"schemaVersion":2,"data":{}}'],
    ["data that no release wrote", '{"schemaVersion":1,"data":{"state":"ASLEEP"}}'],
    ["no JSON", "{"]
  ])("refuses %s instead of guessing", (_name, text) => {
    expect(() => readState(deviceState, text)).toThrow()
  })
})

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { catalog, readEvent, UnreadableEvent } from "../../src/events/catalog.ts"
import type { RecordedEvent } from "../../src/events/envelope.ts"
import { ZERO_HASH } from "../../src/events/hash-chain.ts"

/** Payloads as they were written when each schema version was new. Never edited; a new version gets a new file. */
const golden: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL("golden/v1.json", import.meta.url), "utf8")
)

const recorded = (type: string, text: string | null, schemaVersion = 1): RecordedEvent => ({
  envelopeVersion: 1,
  position: 1,
  stream: "device/x",
  version: 1,
  device: 1,
  type,
  schemaVersion,
  fromState: null,
  toState: null,
  payloadHash: ZERO_HASH,
  who: "test",
  commandId: null,
  causation: null,
  correlation: null,
  recordedAt: 0,
  streamPreviousHash: ZERO_HASH,
  hash: ZERO_HASH,
  text
})

describe("the catalogue", () => {
  it("[LOG-7] has a golden payload of every type, at the version that is written today", () => {
    expect(Object.keys(golden).toSorted()).toEqual(catalog.map(({ type }) => type).toSorted())
    expect(new Set(catalog.map(({ schemaVersion }) => schemaVersion))).toEqual(new Set([1]))
  })

  it.each(Object.entries(golden))("[LOG-7] reads %s as it was written", (type, text) => {
    expect(readEvent(recorded(type, text))).toEqual({ type, data: JSON.parse(text) })
  })

  it("names types in lower case, dotted, and once", () => {
    const types = catalog.map(({ type }) => type)
    expect(new Set(types).size).toBe(types.length)
    for (const type of types) expect(type).toMatch(/^[a-z]+\.[a-z_]+$/)
  })

  it("reads an erased payload as nothing", () => {
    expect(readEvent(recorded("message.sent", null))).toBeNull()
  })

  it.each([
    ["a type of a newer release", "message.eaten", "{}", 1],
    ["a schema of a newer release", "message.sent", '{"messageId":"x"}', 2],
    ["data that nobody can have written", "message.sent", '{"messageId":7}', 1]
  ])("refuses %s rather than guess", (_name, type, text, version) => {
    expect(() => readEvent(recorded(type, text, version))).toThrow(UnreadableEvent)
  })
})

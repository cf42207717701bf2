import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { catalog, readEvent, UnreadableEvent } from "../../src/events/catalog.ts"
import type { RecordedEvent } from "../../src/events/envelope.ts"
import { ZERO_HASH } from "../../src/events/hash-chain.ts"

/** Payloads as each schema version wrote them when it was new, by version. Never edited; a new version gets a new file. */
const golden: readonly (readonly [version: number, type: string, text: string])[] = [1, 2].flatMap((version) =>
  Object.entries(
    JSON.parse(readFileSync(new URL(`golden/v${version}.json`, import.meta.url), "utf8")) as Record<string, string>
  ).map(([type, text]) => [version, type, text] as const)
)

/** The fields that this release adds to payloads of older versions. */
const added: Readonly<Record<string, object>> = {
  "1 user.password_changed": { by: "user" },
  "1 token.issued": { name: null, scopes: ["read", "send", "manage", "audit"], devices: null, expiresAt: null }
}

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
  it("[LOG-7] has a golden payload of every type at every version up to the current one", () => {
    const expected = catalog.flatMap(({ type, schemaVersion }) =>
      Array.from({ length: schemaVersion }, (_, before) => `${type} ${before + 1}`)
    )
    expect(golden.map(([version, type]) => `${type} ${version}`).toSorted()).toEqual(expected.toSorted())
  })

  it.each(golden)("[LOG-7] reads what version %i of %s wrote", (version, type, text) => {
    const data = { ...(JSON.parse(text) as object), ...added[`${version} ${type}`] }
    expect(readEvent(recorded(type, text, version))).toEqual({ type, data })
  })

  it("[LOG-7] reads a kind that older releases only named as one that is not understood", () => {
    const message = JSON.parse(golden.find(([, type]) => type === "message.received")?.[2] ?? "") as object
    const text = JSON.stringify({ ...message, content: { kind: "other", name: "locationMessage" } })
    const content = { kind: "unknown", name: "locationMessage", bytes: null, size: null }
    expect(readEvent(recorded("message.received", text))?.data).toEqual({ ...message, content })
    const history = JSON.stringify({ progress: 1, messages: [JSON.parse(text)] })
    expect(readEvent(recorded("history.synced", history))?.data).toEqual({
      progress: 1,
      messages: [{ ...message, content }]
    })
  })

  it("contains each type once, in lower case with dots", () => {
    const types = catalog.map(({ type }) => type)
    expect(new Set(types).size).toBe(types.length)
    for (const type of types) expect(type).toMatch(/^[a-z]+\.[a-z_]+$/)
  })

  it("reads an erased payload as null", () => {
    expect(readEvent(recorded("message.sent", null))).toBeNull()
  })

  it.each([
    ["a type of a newer release", "message.eaten", "{}", 1],
    ["a schema of a newer release", "message.sent", '{"messageId":"x"}', 2],
    ["data that no release wrote", "message.sent", '{"messageId":7}', 1]
  ])("refuses %s instead of guessing", (_name, type, text, version) => {
    expect(() => readEvent(recorded(type, text, version))).toThrow(UnreadableEvent)
  })
})

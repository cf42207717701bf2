import { describe, expect, it } from "vitest"
import type { RecordedEvent } from "../../../src/events/envelope.ts"
import {
  erasableTypes,
  type ErasableType,
  isErasable,
  projections,
  retainableTypes
} from "../../../src/store/projections/registry.ts"
import {
  about,
  ANA,
  ANA_LID,
  arrivedFile,
  from,
  jid,
  queued,
  received,
  SHA,
  text
} from "../../support/content-store.ts"
import { ZERO_HASH } from "../../../src/events/hash-chain.ts"

const receipt = { messageId: "q1", at: null, participant: jid(ANA) }

/** One of each type that can be erased, with everything in it that a projection may look at. */
const samples: Readonly<Record<ErasableType, unknown>> = {
  "message.queued": queued("q1", ANA, { kind: "document", media: { sha256: SHA("a"), bytes: 1, mimetype: "a/b" } })
    .data,
  "message.received": received("m1", ANA, arrivedFile(SHA("b")), ANA_LID).data,
  "message.edited": about("message.edited", "e1", "m1", ANA, { content: arrivedFile(SHA("c")) }).data,
  "message.revoked": about("message.revoked", "d1", "m1", ANA, {}).data,
  "message.reacted": about("message.reacted", "r1", "m1", ANA, { emoji: "👍" }).data,
  "message.delivered": receipt,
  "message.read": receipt,
  "message.played": receipt,
  "history.synced": { progress: 1, messages: [{ messageId: "h1", ...from(ANA), content: text("hola") }] }
}

const recorded = (type: string, position = 7): RecordedEvent => ({
  envelopeVersion: 1,
  position,
  stream: "messages/a",
  version: 1,
  device: 1,
  type,
  schemaVersion: 1,
  fromState: null,
  toState: null,
  payloadHash: ZERO_HASH,
  who: "test",
  commandId: null,
  causation: null,
  correlation: null,
  recordedAt: 5,
  streamPreviousHash: ZERO_HASH,
  hash: ZERO_HASH,
  text: null
})

const tableOf = (sql: string) => /^(?:INSERT INTO|REPLACE INTO|UPDATE|DELETE FROM) (\w+)/.exec(sql)?.[1]

describe.each(projections)("the projection $name", ({ erases, retains, tables, project, forget }) => {
  const known: readonly string[] = erases

  it("[LOG-5] undoes every erasable type that it writes rows for", () => {
    for (const [type, data] of Object.entries(samples)) {
      if (project(recorded(type), data).length > 0) expect(known, type).toContain(type)
    }
  })

  it("writes to its own tables and no others", () => {
    for (const [type, data] of Object.entries(samples)) {
      for (const { sql } of [...project(recorded(type), data), ...forget(recorded(type), data)]) {
        expect(tables, sql).toContain(tableOf(sql))
      }
    }
  })

  it("forgets nothing of types that it does not name, and can retain only what it can erase", () => {
    for (const [type, data] of Object.entries(samples)) {
      if (!known.includes(type)) expect(forget(recorded(type), data), type).toEqual([])
    }
    expect(retains.filter((type) => !known.includes(type))).toEqual([])
  })
})

describe("the registry", () => {
  it("knows which types can be erased and retained, each once", () => {
    expect(erasableTypes.toSorted()).toEqual(Object.keys(samples).toSorted())
    expect(retainableTypes).toEqual([
      "message.queued",
      "message.received",
      "message.edited",
      "message.revoked",
      "message.reacted",
      "history.synced"
    ])
    expect(isErasable(recorded("message.read"))).toBe(true)
    expect(isErasable(recorded("device.paired"))).toBe(false)
  })

  it("names each projection and each table once", () => {
    const names = projections.map(({ name }) => name)
    const tables = projections.flatMap((projection): readonly string[] => projection.tables)
    expect(new Set(names).size).toBe(names.length)
    expect(new Set(tables).size).toBe(tables.length)
  })
})

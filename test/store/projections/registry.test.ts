import { describe, expect, it } from "vitest"
import { erasableTypes, isErasable, projections, retainableTypes } from "../../../src/store/projections/registry.ts"
import { recorded, samples } from "../../support/erasable-samples.ts"

const tableOf = (sql: string) => /^(?:INSERT INTO|REPLACE INTO|UPDATE|DELETE FROM) (\w+)/.exec(sql)?.[1]

describe.each(projections)("the projection $name", ({ erases, retains, tables, project, forget }) => {
  const known: readonly string[] = erases

  it("[LOG-5] undoes every erasable type that it writes rows for", () => {
    for (const [type, data] of Object.entries(samples)) {
      if (project(recorded(type), data).length > 0) expect(known, type).toContain(type)
    }
  })

  it("writes to its own tables only", () => {
    for (const [type, data] of Object.entries(samples)) {
      for (const { sql } of [...project(recorded(type), data), ...forget(recorded(type), data)]) {
        expect(tables, sql).toContain(tableOf(sql))
      }
    }
  })

  it("forgets only types that it declares, and retains only types that it can erase", () => {
    for (const [type, data] of Object.entries(samples)) {
      if (!known.includes(type)) expect(forget(recorded(type), data), type).toEqual([])
    }
    expect(retains.filter((type) => !known.includes(type))).toEqual([])
  })
})

describe("the registry", () => {
  it("knows each type that can be erased or retained once", () => {
    expect(erasableTypes.toSorted()).toEqual(Object.keys(samples).toSorted())
    expect(retainableTypes).toEqual([
      "message.queued",
      "message.received",
      "message.resent",
      "message.edited",
      "message.revoked",
      "message.reacted",
      "message.voted",
      "message.answered",
      "message.pinned",
      "message.kept",
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

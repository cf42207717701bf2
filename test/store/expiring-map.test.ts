import { describe, expect, it } from "vitest"
import { ExpiringMap } from "../../src/store/expiring-map.ts"

describe("a map whose entries expire", () => {
  const map = (entriesMax = 10) => new ExpiringMap<number>(entriesMax)

  it.each([0, 0.25, 1, 86_400_000.5])("keeps an entry for its lifetime, from the time %d on", (start) => {
    const entries = map()
    entries.set("a", 1, { now: start, lifetimeMs: 1_000 })
    expect(entries.get("a", start)).toBe(1)
    expect(entries.remainingMs("a", start + 400)).toBe(600)
    expect(entries.get("a", start + 999.5)).toBe(1)
    expect(entries.get("a", start + 1_000)).toBeUndefined()
    expect(entries.remainingMs("a", start + 1_000)).toBe(0)
    expect(entries.get("a", start + 2_000_000_000)).toBeUndefined()
  })

  it("gives each entry its own lifetime, which a new value restarts and a read does not", () => {
    const entries = map()
    entries.set("short", 1, { now: 0, lifetimeMs: 10 })
    entries.set("long", 2, { now: 0, lifetimeMs: 100 })
    entries.get("long", 90)
    expect([entries.get("short", 50), entries.get("long", 50)]).toEqual([undefined, 2])
    entries.set("long", 3, { now: 90, lifetimeMs: 100 })
    expect([entries.get("long", 150), entries.get("long", 190)]).toEqual([3, undefined])
  })

  it("is bounded: the least recently used entry makes room", () => {
    const entries = map(2)
    entries.set("a", 1, { now: 0, lifetimeMs: 100 })
    entries.set("b", 2, { now: 1, lifetimeMs: 100 })
    entries.get("a", 2)
    entries.set("c", 3, { now: 3, lifetimeMs: 100 })
    expect(["a", "b", "c"].map((key) => entries.get(key, 4))).toEqual([1, undefined, 3])
  })

  it("holds null as a value", () => {
    const entries = new ExpiringMap<null>(1)
    entries.set("a", null, { now: 0, lifetimeMs: 100 })
    expect([entries.get("a", 1), entries.get("a", 100)]).toEqual([null, undefined])
  })

  it("deletes one entry, or all of them", () => {
    const entries = map()
    for (const key of ["a", "b", "c"]) entries.set(key, 1, { now: 0, lifetimeMs: 100 })
    entries.delete("a")
    expect([entries.get("a", 1), entries.get("b", 1)]).toEqual([undefined, 1])
    entries.clear()
    expect([entries.get("b", 1), entries.remainingMs("c", 1)]).toEqual([undefined, 0])
  })
})

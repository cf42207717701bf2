/** Histories that each release has written, with the states of its machine. scripts/write-golden-histories.ts adds those of a new release. */
import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { birth, foldRecorded, storeState } from "../../../src/actors/device/evolve.ts"
import { deviceEvents } from "../../../src/events/device.ts"
import type { RecordedEvent } from "../../../src/events/envelope.ts"
import { ZERO_HASH } from "../../../src/events/hash-chain.ts"

interface Line {
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly from: string
  readonly to: string
  readonly recordedAt: number
  readonly data: unknown
}

const folder = new URL("golden/", import.meta.url)
const releases = readdirSync(folder)

const recorded = (line: Line): RecordedEvent => ({
  envelopeVersion: 1,
  position: line.version,
  stream: line.stream,
  version: line.version,
  device: 1,
  type: line.type,
  schemaVersion: 1,
  fromState: line.from,
  toState: line.to,
  payloadHash: ZERO_HASH,
  who: "test",
  commandId: null,
  causation: null,
  correlation: null,
  recordedAt: line.recordedAt,
  streamPreviousHash: ZERO_HASH,
  hash: ZERO_HASH,
  text: JSON.stringify(line.data)
})

it("every release has its golden histories", () => {
  expect(releases).toContain("v0.1.0")
})

describe.each(releases)("the histories of %s", (release) => {
  const read = (name: string) => readFileSync(new URL(`${release}/${name}`, folder), "utf8")
  const lines = read("histories.ndjson")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line)
  const lives = Map.groupBy(lines, ({ stream }) => stream)
  const snapshots = JSON.parse(read("snapshots.json")) as Readonly<Record<string, unknown>>

  it("[LOG-7] contain every event type of a device", () => {
    const types = new Set(lines.map(({ type }) => type))
    if (release === "v0.1.0") expect(types).toEqual(new Set(deviceEvents.map(({ type }) => type)))
    expect(Object.keys(snapshots)).toEqual([...lives.keys()])
  })

  it("[LOG-5] [LOG-7] lead the current machine through the recorded states, to the stored snapshot", () => {
    for (const [stream, life] of lives) {
      let snapshot = birth()
      for (const line of life) {
        expect({ stream, version: line.version, state: snapshot.value }).toEqual({
          stream,
          version: line.version,
          state: line.from
        })
        snapshot = foldRecorded(snapshot, [recorded(line)])
        expect(snapshot.value).toBe(line.to)
      }
      expect(JSON.parse(JSON.stringify(storeState(snapshot)))).toEqual(snapshots[stream])
    }
  })
})

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

const readGolden = (release: string, name: string): string =>
  readFileSync(new URL(`${release}/${name}`, folder), "utf8")

const linesOf = (release: string): readonly Line[] =>
  readGolden(release, "histories.ndjson")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line)

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

it("[LOG-7] the histories of all releases hold every event that a device can have", () => {
  const types = releases.flatMap((release) => linesOf(release).map(({ type }) => type))
  expect(new Set(types)).toEqual(new Set(deviceEvents.map(({ type }) => type)))
})

describe.each(releases)("the histories of %s", (release) => {
  const lives = Map.groupBy(linesOf(release), ({ stream }) => stream)
  const snapshots = JSON.parse(readGolden(release, "snapshots.json")) as Readonly<Record<string, unknown>>

  it("have a snapshot each", () => {
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

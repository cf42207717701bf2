/**
 * Writes what this release's machine makes of many lives of a device: once for each release, beside those of the others, which are
 * never written again. test/actors/device/golden-histories.test.ts folds all of them with today's machine. An argument names what a
 * release has learned since: `v0.1.0-<argument>`.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { sample } from "fast-check"
import type { LifecycleSignal } from "../src/whatsapp/whatsapp.ts"
import { version } from "../src/version.ts"
import { birth, evolve, storeState } from "../src/actors/device/evolve.ts"
import { type Happening, happenings } from "../test/support/device-arbitraries.ts"
import { DeviceHistory } from "../test/support/device-history.ts"

const LIVES = 20_000
const SEED = 20_260_101

const signal = (heard: LifecycleSignal): Happening => ({
  input: { type: "Signal", signal: heard },
  afterMs: 20_000,
  random: 0.5,
  unlinked: false
})
/** A pairing that goes through all its QRs and ends: too long a way for chance. */
const nobodyScans: readonly Happening[] = [
  { input: { type: "Connect", by: "user" }, afterMs: 0, random: 0.5, unlinked: false },
  ...Array.from({ length: 20 }, () => [
    signal({ type: "qr", text: "secret", expiresAt: 0 }),
    signal({ type: "closed", code: 408 })
  ]).flat()
]

const [, , learned] = process.argv
const release = learned === undefined ? `v${version}` : `v${version}-${learned}`
const folder = new URL(`../test/actors/device/golden/${release}/`, import.meta.url)
if (existsSync(folder)) throw new Error(`${folder.pathname} is there already: a release's histories do not change`)
mkdirSync(folder, { recursive: true })

const lines: string[] = []
const snapshots: Record<string, unknown> = {}
const seen = new Set<string>()
for (const life of [nobodyScans, ...sample(happenings(80), { seed: SEED, numRuns: LIVES })]) {
  const stream = `device/golden-${Object.keys(snapshots).length + 1}`
  const history = new DeviceHistory()
  for (const { input, afterMs, random, unlinked } of life) history.handle(input, afterMs, random, unlinked)
  let snapshot = birth()
  const steps = history.recorded.map(({ event, at }, index) => {
    const from = snapshot.value
    snapshot = evolve(snapshot, { ...event, at }).snapshot
    return { stream, version: index + 1, type: event.type, from, to: snapshot.value, recordedAt: at, data: event.data }
  })
  // Of so many lives, those that show a transition that none before them has shown.
  const shown = steps.map(({ type, from, to }) => `${from} ${type} ${to}`)
  if (shown.every((transition) => seen.has(transition))) continue
  for (const transition of shown) seen.add(transition)
  lines.push(...steps.map((step) => JSON.stringify(step)))
  snapshots[stream] = storeState(snapshot)
}
writeFileSync(new URL("histories.ndjson", folder), `${lines.join("\n")}\n`)
writeFileSync(new URL("snapshots.json", folder), `${JSON.stringify(snapshots)}\n`)
console.log(`${Object.keys(snapshots).length} lives with ${seen.size} transitions in ${folder.pathname}`)

/**
 * Records many simulated lives of a device and the states that this release's machine derives from them. Run it once per release: the
 * files of earlier releases never change. test/actors/device/golden-histories.test.ts folds all of them with the current machine.
 * An argument names what was added since the release: `v0.1.0-<argument>`.
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
/** A pairing that uses up all its QRs: random lives are too short to reach its end. */
const unscanned: readonly Happening[] = [
  { input: { type: "Connect", by: "user" }, afterMs: 0, random: 0.5, unlinked: false },
  ...Array.from({ length: 20 }, () => [
    signal({ type: "qr", text: "secret", expiresAt: 0 }),
    signal({ type: "closed", code: 408 })
  ]).flat()
]

const [, , learned] = process.argv
const release = learned === undefined ? `v${version}` : `v${version}-${learned}`
const folder = new URL(`../test/actors/device/golden/${release}/`, import.meta.url)
if (existsSync(folder)) throw new Error(`${folder.pathname} exists already: the histories of a release do not change`)
mkdirSync(folder, { recursive: true })

const lines: string[] = []
const snapshots: Record<string, unknown> = {}
const seen = new Set<string>()
for (const life of [unscanned, ...sample(happenings(80), { seed: SEED, numRuns: LIVES })]) {
  const stream = `device/golden-${Object.keys(snapshots).length + 1}`
  const history = new DeviceHistory()
  for (const { input, afterMs, random, unlinked } of life) history.handle(input, afterMs, random, unlinked)
  let snapshot = birth()
  const steps = history.recorded.map(({ event, at }, index) => {
    const from = snapshot.value
    snapshot = evolve(snapshot, { ...event, at }).snapshot
    return { stream, version: index + 1, type: event.type, from, to: snapshot.value, recordedAt: at, data: event.data }
  })
  // Keeps the lives with a transition that no earlier life has shown.
  const shown = steps.map(({ type, from, to }) => `${from} ${type} ${to}`)
  if (shown.every((transition) => seen.has(transition))) continue
  for (const transition of shown) seen.add(transition)
  lines.push(...steps.map((step) => JSON.stringify(step)))
  snapshots[stream] = storeState(snapshot)
}
writeFileSync(new URL("histories.ndjson", folder), `${lines.join("\n")}\n`)
writeFileSync(new URL("snapshots.json", folder), `${JSON.stringify(snapshots)}\n`)
console.log(`${Object.keys(snapshots).length} lives with ${seen.size} transitions written to ${folder.pathname}`)

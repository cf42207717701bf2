/** Random schedules of faults for one device, by seed: what happens when, and where the device must be in the end. */
import type { Fault } from "../../../src/sandbox/faults/fault.ts"
import { seededRandom } from "../../../src/sandbox/faults/seeded-random.ts"

type Aimed<T> = T extends unknown ? Omit<T, "number"> : never
export type Strike = { readonly atMs: number; readonly fault: Aimed<Fault> }

export interface Schedule {
  readonly seed: number
  readonly strikes: readonly Strike[]
  /** The reason of the permanent end that the last fault causes; null: CONNECTED. */
  readonly endsWith: string | null
}

export const DURATION_MS = 2_000
const STRIKES_MAX = 6
/** The permanent end comes last, and within the duration. */
const END_AT_MS = 1_800

export const scheduleOf = (seed: number): Schedule => {
  const random = seededRandom(seed)
  const upTo = (max: number) => Math.floor(random() * max)
  const oneOf = <A>(choices: readonly A[]): A => choices[upTo(choices.length)] as A
  const passed = Array.from({ length: 1 + upTo(STRIKES_MAX) }, () => oneOf(passing)(50 + upTo(450)))
  // Once is not permanent; twice would be.
  if (random() < 0.2) passed.push({ kind: "replaced" })
  const strikes = passed.map((fault) => ({ atMs: upTo(END_AT_MS), fault })).toSorted((a, b) => a.atMs - b.atMs)
  if (random() >= 0.25) return { seed, strikes, endsWith: null }
  const { reason, faults } = oneOf(ends)
  return { seed, strikes: [...strikes, ...faults.map((fault) => ({ atMs: END_AT_MS, fault }))], endsWith: reason }
}

/** Transient faults. `ms` is the duration of those that have one. */
const passing: readonly ((ms: number) => Aimed<Fault>)[] = [
  () => ({ kind: "terminate" }),
  () => ({ kind: "close" }),
  () => ({ kind: "stream_end" }),
  () => ({ kind: "stream", code: 500 }),
  () => ({ kind: "stream", code: 503 }),
  () => ({ kind: "stream", code: 515 }),
  (ms) => ({ kind: "failure", code: 503, forMs: ms }),
  (ms) => ({ kind: "mute", forMs: ms }),
  (ms) => ({ kind: "freeze", forMs: ms }),
  (ms) => ({ kind: "latency", ms: 20, jitterMs: 80, forMs: ms }),
  () => ({ kind: "tamper" }),
  () => ({ kind: "ack_error", code: 463 }),
  () => ({ kind: "duplicate_receipts", times: 3 }),
  () => ({ kind: "reorder_receipts" })
]

/** Permanent faults, with the reason that the device shows. */
const ends: readonly { readonly reason: string; readonly faults: readonly Aimed<Fault>[] }[] = [
  { reason: "logged_out", faults: [{ kind: "logged_out" }] },
  { reason: "forbidden", faults: [{ kind: "failure", code: 403 }] },
  { reason: "temporarily_banned", faults: [{ kind: "failure", code: 402 }] },
  { reason: "banned", faults: [{ kind: "failure", code: 406 }] },
  { reason: "multidevice_mismatch", faults: [{ kind: "downgrade" }] },
  { reason: "outdated", faults: [{ kind: "failure", code: 405, untilCleared: true }] }
]

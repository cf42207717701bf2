/**
 * Hands changes of the roster to the actor: a bounded number at a time, the next ones when those are recorded. A phone may tell thousands
 * at once, and what else the device has to do must not wait for all of them.
 */
import { AsyncResource } from "node:async_hooks"
import type { RosterChange, Told } from "../../roster.ts"
import type { Identities } from "../names/identities.ts"
import type { SignalQueue } from "../signal-queue.ts"
import { completeChanges, namedIn } from "./complete-changes.ts"

interface Waiting {
  readonly change: RosterChange
  readonly told: Told
}

/** Changes in one signal. */
const CHANGES_MAX = 200

export class RosterFeed {
  readonly #signals: SignalQueue
  readonly #identities: Identities
  /** Started from wherever a change comes; it must not run in the transaction that is current there. */
  readonly #start: () => void
  #waiting: Waiting[] = []
  #isRunning = false
  /** Who waits until the changes that were added before them are recorded. */
  #barriers: { readonly after: number; readonly done: () => void }[] = []
  #added = 0
  #recorded = 0

  constructor(signals: SignalQueue, identities: Identities) {
    this.#signals = signals
    this.#identities = identities
    this.#start = AsyncResource.bind(() => this.#run())
  }

  add(changes: readonly RosterChange[], told: Told = "changed"): void {
    if (this.#signals.isClosed) return
    for (const change of changes) this.#waiting.push({ change, told })
    this.#added += changes.length
    if (!this.#isRunning && changes.length > 0) this.#start()
  }

  /** Resolves when everything that was added so far is recorded. */
  get recorded(): Promise<void> {
    if (this.#recorded >= this.#added) return Promise.resolve()
    return new Promise((done) => this.#barriers.push({ after: this.#added, done }))
  }

  /** The connection ends: everything that waits is handed over at once. */
  handOver(): void {
    while (this.#waiting.length > 0) this.#emit(this.#next())
  }

  #run(): void {
    const next = this.#next()
    this.#isRunning = next.length > 0
    if (this.#isRunning) this.#emit(next, () => this.#run())
  }

  /** Changes that were told in the same way. */
  #next(): readonly Waiting[] {
    const told = this.#waiting[0]?.told
    const other = this.#waiting.findIndex((waiting) => waiting.told !== told)
    return this.#waiting.splice(0, Math.min(CHANGES_MAX, other === -1 ? CHANGES_MAX : other))
  }

  #emit(waiting: readonly Waiting[], then: () => void = () => {}): void {
    this.#signals.emitLater(async () => {
      const given = waiting.map(({ change }) => change)
      await this.#identities.learn(namedIn(given))
      const changes = await completeChanges(given, (jids) => this.#identities.named(jids))
      const recorded = () => {
        this.#recorded += waiting.length
        this.#pass()
        then()
      }
      return { type: "roster", changes, told: waiting[0]?.told ?? "changed", recorded }
    })
  }

  #pass(): void {
    const passed = this.#barriers.filter(({ after }) => after <= this.#recorded)
    this.#barriers = this.#barriers.filter(({ after }) => after > this.#recorded)
    for (const { done } of passed) done()
  }
}

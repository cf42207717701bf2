/**
 * The faults that are armed. This file keeps the orders and counts them down. The code that a fault disturbs triggers it:
 * sockets, login and pairing, deliveries, acks, uploads.
 */
import type { Fault, FaultKind } from "./fault.ts"

/** The order for one kind of fault. */
type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>

/** Kinds that describe a condition, not an accident. They last until cleared unless the order says otherwise. */
const LASTING: ReadonlySet<FaultKind> = new Set(["upgrade", "latency", "passkey"])

interface ArmedFault {
  readonly fault: Fault
  timesLeft: number
  readonly expiresAt: number
}

/** Every armed fault. A fault is disarmed after it was triggered as often, or lasted as long, as was ordered. */
export class ArmedFaults {
  readonly #armed = new Set<ArmedFault>()
  readonly #onTrigger: () => void

  /** `onTrigger` is called each time a fault is triggered. */
  constructor(onTrigger: () => void) {
    this.#onTrigger = onTrigger
  }

  /** Arms a fault: for `times` or `forMs` if given, else until cleared if its kind lasts, else once. */
  arm(fault: Fault): void {
    const lasting = fault.untilCleared === true || fault.forMs !== undefined || LASTING.has(fault.kind)
    this.#armed.add({
      fault,
      timesLeft: fault.times ?? (lasting ? Number.POSITIVE_INFINITY : 1),
      expiresAt: fault.forMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + fault.forMs
    })
  }

  /** Disarms every fault. Frozen and mute sockets stay as they are. */
  clear(): void {
    this.#armed.clear()
  }

  /** Disarms the faults of this kind that were ordered for this number. */
  disarm(kind: FaultKind, number: string): void {
    for (const armed of this.#armed)
      if (armed.fault.kind === kind && armed.fault.number === number) this.#armed.delete(armed)
  }

  /** The kinds of the armed faults that were ordered for this number. */
  kindsFor(number: string): FaultKind[] {
    const now = Date.now()
    const own = [...this.#armed].filter(({ fault, expiresAt }) => fault.number === number && expiresAt > now)
    return [...new Set(own.map(({ fault }) => fault.kind))]
  }

  /** The oldest armed fault of this kind that affects this number. It is not used up. */
  peek<K extends FaultKind>(kind: K, number?: string): FaultOf<K> | undefined {
    return this.#find([kind], number)?.fault as FaultOf<K> | undefined
  }

  /**
   * Triggers the oldest armed fault of this kind that affects this number: uses it up by one and returns it. `fits`: whether it affects
   * what is being done.
   */
  trigger<K extends FaultKind>(
    kind: K,
    number?: string,
    fits?: (fault: FaultOf<K>) => boolean
  ): FaultOf<K> | undefined {
    return this.triggerAny([kind], number, fits)
  }

  /** Triggers the oldest armed fault of any of these kinds. */
  triggerAny<K extends FaultKind>(
    kinds: readonly K[],
    number?: string,
    fits: (fault: FaultOf<K>) => boolean = () => true
  ): FaultOf<K> | undefined {
    const armed = this.#find(kinds, number, fits as (fault: Fault) => boolean)
    if (armed === undefined) return undefined
    if (--armed.timesLeft <= 0) this.#armed.delete(armed)
    this.#onTrigger()
    return armed.fault as FaultOf<K>
  }

  #find(
    kinds: readonly FaultKind[],
    number: string | undefined,
    fits: (fault: Fault) => boolean = () => true
  ): ArmedFault | undefined {
    if (this.#armed.size === 0) return undefined
    const now = Date.now()
    for (const armed of this.#armed) {
      const { fault, expiresAt } = armed
      if (expiresAt <= now) this.#armed.delete(armed)
      else if (kinds.includes(fault.kind) && (fault.number ?? number) === number && fits(fault)) return armed
    }
    return undefined
  }
}

/**
 * The faults that can be ordered, how long each lasts, and who is hit. This file only keeps the orders; what a fault
 * does is done where it strikes: on sockets (socket-faults.ts), at login and pairing, on deliveries, acks and uploads.
 */

/**
 * Faults of a socket. They strike the sockets that are open; when none is, the next login. Without a number they strike
 * clients that wait to be paired as well.
 */
export type SocketFault =
  /** `<stream:error code>`, then the socket closes. Without a code, a stream error that says nothing. */
  | { readonly kind: "stream"; readonly code?: number }
  /** `<failure reason>`, then the socket closes. `expire`: for how many seconds, as temporary bans (402) say it. */
  | { readonly kind: "failure"; readonly code: number; readonly expire?: number }
  /** `<stream:error><conflict type="replaced">`: somebody else logged in with the same credentials. */
  | { readonly kind: "replaced" }
  /** `<xmlstreamend>`. */
  | { readonly kind: "stream_end" }
  /** TCP reset. */
  | { readonly kind: "terminate" }
  /** WebSocket close frame. */
  | { readonly kind: "close" }
  /** TCP stays up, nobody reads or writes. */
  | { readonly kind: "freeze" }
  /** The server reads but stays silent. */
  | { readonly kind: "mute" }
  /** `<ib><downgrade_webclient>`. */
  | { readonly kind: "downgrade" }

/** Faults of something other than a socket. */
export type OtherFault =
  /** The companions are removed for good: stream error 401 device_removed now, failure 401 at every later login. */
  | { readonly kind: "logged_out" }
  /** The HTTP upgrade is answered with this status. The server cannot know whose it is: it hits everybody. */
  | { readonly kind: "upgrade"; readonly code: number }
  /** Messages are acked with an error: 463, 479, 500… They reach nobody. */
  | { readonly kind: "ack_error"; readonly code: number }
  /** Whatever the server sends is late. Order is kept. */
  | { readonly kind: "latency"; readonly ms: number; readonly jitterMs?: number }
  /** Pairing is answered by a demand for a passkey instead of success. */
  | { readonly kind: "passkey" }
  /** A receipt arrives twice. */
  | { readonly kind: "duplicate_receipts" }
  /** A receipt is held back until the next one has overtaken it. */
  | { readonly kind: "reorder_receipts" }
  /** An upload is answered 503. The server cannot know whose it is: it hits everybody. */
  | { readonly kind: "upload_error"; readonly code?: number }
  /** One byte of a message's ciphertext is flipped on its way to a device. */
  | { readonly kind: "tamper" }
  /** A message to a device is lost on its way. */
  | { readonly kind: "drop" }

/** One order. */
export type Fault = (SocketFault | OtherFault) & {
  /** Whom it hits; everybody when left out. */
  readonly number?: string
  /** For how long. */
  readonly forMs?: number
  /** How often; without it and without `forMs`, see `untilClearedByDefault`. */
  readonly times?: number
  /** Until `clearFaults`. */
  readonly untilCleared?: boolean
}

/** The name of a fault. */
export type FaultKind = Fault["kind"]
/** The order for one kind of fault. */
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>

/** Kinds that describe a state of affairs rather than an accident: they last until cleared unless told otherwise. */
const LASTING: ReadonlySet<FaultKind> = new Set(["upgrade", "latency", "passkey"])

interface Order {
  readonly fault: Fault
  timesLeft: number
  readonly expiresAt: number
}

/** What is armed. A fault is gone once it has struck as often, or lasted as long, as was ordered. */
export class Faults {
  readonly #orders = new Set<Order>()
  readonly #onStrike: () => void

  /** `onStrike` is called each time a fault strikes. */
  constructor(onStrike: () => void) {
    this.#onStrike = onStrike
  }

  /** Arms a fault. */
  arm(fault: Fault): void {
    const lasting = fault.untilCleared === true || fault.forMs !== undefined || LASTING.has(fault.kind)
    this.#orders.add({
      fault,
      timesLeft: fault.times ?? (lasting ? Number.POSITIVE_INFINITY : 1),
      expiresAt: fault.forMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + fault.forMs
    })
  }

  /** Disarms everything. Sockets that are frozen or mute are not touched here. */
  clear(): void {
    this.#orders.clear()
  }

  /** The oldest armed fault of this kind that aims at this number, without using it up. */
  armed<K extends FaultKind>(kind: K, number?: string): FaultOf<K> | undefined {
    return this.#find([kind], number)?.fault as FaultOf<K> | undefined
  }

  /** Strikes: the oldest armed fault of this kind that aims at this number, used up by one. */
  strike<K extends FaultKind>(kind: K, number?: string): FaultOf<K> | undefined {
    return this.strikeAny([kind], number)
  }

  /** Strikes with the oldest armed fault of any of these kinds. */
  strikeAny<K extends FaultKind>(kinds: readonly K[], number?: string): FaultOf<K> | undefined {
    const order = this.#find(kinds, number)
    if (order === undefined) return undefined
    if (--order.timesLeft <= 0) this.#orders.delete(order)
    this.#onStrike()
    return order.fault as FaultOf<K>
  }

  #find(kinds: readonly FaultKind[], number: string | undefined): Order | undefined {
    if (this.#orders.size === 0) return undefined
    const now = Date.now()
    for (const order of this.#orders) {
      if (order.expiresAt <= now) this.#orders.delete(order)
      else if (kinds.includes(order.fault.kind) && (order.fault.number === undefined || order.fault.number === number))
        return order
    }
    return undefined
  }
}

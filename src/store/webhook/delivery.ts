/** What became of one event at one endpoint. */

/** `failing`: the next attempt has a time. `parked`: there is none, until the owner asks for it. */
export type DeliveryStatus = "delivered" | "failing" | "parked"

export interface Attempt {
  /** Epoch milliseconds. */
  readonly at: number
  /** The status of the answer; 0 if there was none. */
  readonly status: number
  readonly durationMs: number
  /** The beginning of the answer, or why there was none. Null if it was empty, and after an erasure of the event. */
  readonly answer: string | null
}

export interface Delivery {
  readonly position: number
  readonly status: DeliveryStatus
  /** All of them; `history` has the latest. */
  readonly attempts: number
  readonly history: readonly Attempt[]
  /** How many delays of the schedule are over. */
  readonly step: number
  readonly firstAt: number
  /** When the next attempt is due, and the delay before it. */
  readonly nextAt: number | null
  readonly delayMs: number | null
}

/** A delivery, and the event's type and time; null if the event was trimmed. */
export interface ListedDelivery extends Delivery {
  readonly type: string | null
  readonly device: number | null
  readonly recordedAt: number | null
}

/** The attempts that a row keeps. */
export const HISTORY_MAX = 20

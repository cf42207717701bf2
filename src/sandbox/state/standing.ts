/** What WhatsApp thinks of an account, as a test sets it. Accounts are in good standing unless it does. */

/** The account may write only to those who have given it a privacy token. */
export interface Timelock {
  /** WhatsApp's word for the reason. */
  readonly type: string
  /** Unix seconds; without it the lock has no end that the server tells. */
  readonly endsAt?: number
}

export const CAP_STATUSES = ["NONE", "FIRST_WARNING", "SECOND_WARNING", "CAPPED"] as const

/** How many new chats the account may begin. The server only tells it: it counts nothing. Times are unix seconds. */
export interface NewChatCap {
  readonly status: (typeof CAP_STATUSES)[number]
  readonly used: number
  readonly total: number
  readonly cycleStartsAt?: number
  readonly cycleEndsAt?: number
}

export interface Standing {
  readonly timelock?: Timelock
  readonly cap?: NewChatCap
}

/** The lock that holds at this time (unix seconds). */
export const timelockAt = ({ timelock }: Standing, now: number): Timelock | undefined =>
  timelock !== undefined && (timelock.endsAt ?? Infinity) > now ? timelock : undefined

/** What WhatsApp lets the account of a device do, as it said last. Pure. */
import type { DeviceContext } from "../../events/stream-state.ts"

export type Lock = NonNullable<DeviceContext["reachoutLock"]>

/** The lock that keeps the account from writing to new people at this time (epoch milliseconds); undefined when there is none. */
export const lockAt = ({ reachoutLock }: DeviceContext, now: number): Lock | undefined =>
  reachoutLock !== undefined && reachoutLock.until > now ? reachoutLock : undefined

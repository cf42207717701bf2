/** What WhatsApp says of the account's standing, as the port has it. WhatsApp's words are kept, within bounds. Pure. */
import type { NewChatMessageCapInfo, ReachoutTimelockState } from "@whiskeysockets/baileys"
import type { NewChatCap } from "../../../events/device.ts"
import type { ReachoutLock } from "../../whatsapp.ts"

/** WhatsApp Web takes a lock without an end for one of a minute. */
const UNTOLD_MS = 60_000
const WORD_MAX = 80

/** Null when there is no lock. `now`: epoch milliseconds. */
export const lockOf = (
  { isActive, timeEnforcementEnds, enforcementType }: ReachoutTimelockState,
  now: number
): ReachoutLock | null => {
  if (isActive !== true) return null
  const end = timeEnforcementEnds?.getTime() ?? Number.NaN
  return { kind: wordOf(enforcementType) ?? "DEFAULT", until: Number.isSafeInteger(end) ? end : now + UNTOLD_MS }
}

/** Undefined for what says nothing. Amounts and times come as numbers or as texts; 0 is no time. */
export const capOf = (info: NewChatMessageCapInfo): NewChatCap | undefined => {
  const status = wordOf(info?.capping_status)
  if (status === undefined) return undefined
  return {
    status,
    used: countOf(info.used_quota),
    total: countOf(info.total_quota),
    cycleStartsAt: timeOf(info.cycle_start_timestamp),
    cycleEndsAt: timeOf(info.cycle_end_timestamp)
  }
}

const wordOf = (given: unknown): string | undefined =>
  typeof given === "string" && given !== "" ? given.slice(0, WORD_MAX) : undefined

const countOf = (given: unknown): number | null => {
  const count = typeof given === "string" && given !== "" ? Number(given) : given
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : null
}

/** Unix seconds as epoch milliseconds. */
const timeOf = (given: unknown): number | null => {
  const seconds = countOf(given)
  return seconds !== null && seconds > 0 && Number.isSafeInteger(seconds * 1_000) ? seconds * 1_000 : null
}

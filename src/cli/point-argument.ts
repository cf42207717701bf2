/** Parses a point in the log: a position or a time. */
import { isoTime } from "../events/iso-time.ts"
import { UsageProblem } from "./failure.ts"

export type PointArgument = { readonly position: number } | { readonly time: number }

export const pointArgument = (option: string, given: string): PointArgument =>
  /^\d{1,15}$/.test(given)
    ? { position: Number(given) }
    : { time: timeOf(`${option}: ${given} is neither a position nor an ISO 8601 time`, given) }

/** Epoch milliseconds. */
export const timeArgument = (option: string, given: string): number =>
  timeOf(`${option}: ${given} is not an ISO 8601 time`, given)

const timeOf = (problem: string, given: string): number => {
  const time = isoTime(given)
  if (time === undefined) throw new UsageProblem(`${problem}, such as 2026-01-31 or 2026-01-31T09:30:00Z`)
  return time
}

/** Renders a device's history as a table with one line per event. */
import { renderTable } from "./table.ts"

export interface HistoryLine {
  readonly position: number
  /** ISO 8601. */
  readonly recordedAt: string
  readonly type: string
  readonly from: string | null
  readonly to: string | null
  readonly data: unknown
}

export const renderHistory = (events: readonly HistoryLine[]): string =>
  renderTable(["position", "time (UTC)", "event", "state", "data"], events.map(cells))

/** Renders one more line below such a table. */
export const renderHistoryLine = (event: HistoryLine): string => cells(event).join("  ")

const cells = ({ position, recordedAt, type, from, to, data }: HistoryLine): readonly string[] => [
  String(position),
  recordedAt.slice(0, 23).replace("T", " "),
  type,
  transition(from, to),
  typeof data === "object" && data !== null ? summary(data) : "(erased)"
]

const transition = (from: string | null, to: string | null): string => {
  if (to === null) return ""
  return from === to || from === null ? to : `${from} → ${to}`
}

/** The fields on one line. Ids, hashes and keys are left out, because they do not help the reader. */
const summary = (data: object): string =>
  Object.entries(data)
    .filter(([field, value]) => value !== null && !hidden.has(field))
    .map(([field, value]: [string, unknown]) => `${field}=${shown(value)}`)
    .join(" ")

const shown = (value: unknown): string =>
  typeof value === "object" && value !== null ? `{${summary(value)}}` : `${value as string | number | boolean}`

const hidden = new Set(["remote", "sha256", "deviceId", "userId", "expiresAt", "senderAlt", "chatAlt", "lid", "sentAt"])

/**
 * The rows of the event table. One send is one row: its message was queued, sent, delivered and read, and each of these is an event. The
 * row stands where its newest event does.
 */
import type { Event } from "../api/models.ts"

export interface EventRow {
  /** The newest first; at least one. */
  readonly events: readonly [Event, ...Event[]]
}

/** What happens to a message on its way, in this order. */
const STEPS: ReadonlySet<string> = new Set([
  "message.queued",
  "message.sent",
  "message.delivered",
  "message.read",
  "message.played",
  "message.failed"
])

/** `events`: the newest first. */
export const rowsOf = (events: readonly Event[]): readonly EventRow[] => {
  const rows: [Event, ...Event[]][] = []
  const ofMessage = new Map<string, Event[]>()
  for (const event of events) {
    const id = messageOf(event)
    const known = id === undefined ? undefined : ofMessage.get(id)
    if (known) {
      known.push(event)
      continue
    }
    const row: [Event, ...Event[]] = [event]
    rows.push(row)
    if (id !== undefined) ofMessage.set(id, row)
  }
  return rows.map((events) => ({ events }))
}

const messageOf = ({ type, device, data }: Event): string | undefined => {
  if (!STEPS.has(type)) return undefined
  const { messageId } = (data ?? {}) as { readonly messageId?: unknown }
  return typeof messageId === "string" ? `${device}/${messageId}` : undefined
}

export interface Step {
  readonly type: string
  readonly position: number
  /** Milliseconds after the step before it; undefined for the first. */
  readonly afterMs: number | undefined
}

/** The steps of a row in their order. Several receipts of one kind, as in groups, are one step: the first. */
export const stepsOf = ({ events }: EventRow): readonly Step[] => {
  const inOrder = events
    .toReversed()
    .filter(({ type }, at, all) => all.findIndex((other) => other.type === type) === at)
  return inOrder.map(({ type, position, recordedAt }, at) => {
    const before = inOrder[at - 1]?.recordedAt
    const isTimed = recordedAt !== null && before !== undefined && before !== null
    return { type, position, afterMs: isTimed ? Date.parse(recordedAt) - Date.parse(before) : undefined }
  })
}

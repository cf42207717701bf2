/** How busy the devices on the screen were in the last day. It is asked for as they come into sight, and again while they stay there. */
import { signal } from "@preact/signals"
import { getActivity } from "../api/devices.ts"

/** By device id: messages in each of the last 24 hours, the oldest first. */
export const activity = signal<ReadonlyMap<string, readonly number[]>>(new Map())

const REST_MS = 300
const VALID_MS = 60_000

/** When each device was last asked for. */
const askedAt = new Map<string, number>()
let timer: ReturnType<typeof setTimeout> | undefined

/** Asks for these devices, unless that was done within a minute. At most 100. Returns what takes it back. */
export const wantActivity = (ids: readonly string[]): (() => void) => {
  clearTimeout(timer)
  timer = setTimeout(() => void ask(ids), REST_MS)
  const again = setInterval(() => void ask(ids), VALID_MS)
  return () => {
    clearTimeout(timer)
    clearInterval(again)
  }
}

const ask = async (ids: readonly string[]): Promise<void> => {
  const now = Date.now()
  const wanted = ids.filter((id) => now - (askedAt.get(id) ?? 0) >= VALID_MS)
  if (wanted.length === 0 || document.hidden) return
  for (const id of wanted) askedAt.set(id, now)
  try {
    const { items } = await getActivity(wanted)
    const next = new Map(activity.value)
    for (const { id, messages } of items) next.set(id, messages)
    activity.value = next
  } catch {
    // The next turn asks again; meanwhile the row has no line.
    for (const id of wanted) askedAt.delete(id)
  }
}

/**
 * All devices of the visitor, live. The stream says at once that a device changed and to which state; what else changed with it is then
 * asked for, for many devices in one request.
 */
import { computed, signal } from "@preact/signals"
import { getFleet, getSome } from "../api/devices.ts"
import type { Event, FleetDevice } from "../api/models.ts"
import { follow, type Frame } from "../stream/live.ts"
import { LINKING, NEW_MESSAGES, STATES } from "./event-types.ts"
import { recognise } from "./session.ts"

/** By id, in the order in which they were added. */
export const devices = signal<ReadonlyMap<string, FleetDevice>>(new Map())
/** Undefined until the first page has come. */
const serverCounts = signal<Readonly<Record<string, number>> | undefined>(undefined)
const isComplete = signal(false)
/** The last device whose state changed, for those who cannot see it. */
export const lastChanged = signal<FleetDevice | undefined>(undefined)

export const isLoaded = computed(() => serverCounts.value !== undefined)

/** How many devices are in each state: as the server says, until all devices are here. */
export const counts = computed<Readonly<Record<string, number>>>(() => {
  if (!isComplete.value) return serverCounts.value ?? {}
  const byState: Record<string, number> = {}
  for (const { state } of devices.value.values()) byState[state] = (byState[state] ?? 0) + 1
  return byState
})

const FRAMES = ["pairing.qr", "pairing.code", "pairing.passkey", "pairing.confirm_code"]

const REFRESH_MS = 120
const AT_ONCE = 100
/** After a failure it is asked again: the first time after so long, then more slowly. */
const AGAIN_MS = 2_000
const AGAIN_MAX_MS = 15_000

/** The device to which anything happened last, messages included, for the page that shows what happened. */
export const changes = signal<{ readonly id: string; readonly at: number }>({ id: "", at: 0 })
/** The device whose link or state changed last, for the dialog that links it. */
export const pairingChanges = signal<{ readonly id: string; readonly at: number }>({ id: "", at: 0 })

let waiting = new Set<string>()
let timer: ReturnType<typeof setTimeout> | undefined
let isAsking = false
let failures = 0
/** Answers to requests of an earlier turn are another person's. */
let turn = 0

/** Which load is under way: an answer to an earlier one is dropped. */
let loads = 0
let loadTimer: ReturnType<typeof setTimeout> | undefined
/** The devices that changed since the last load began: its pages may be older. */
let touched = new Set<string>()

/** Follows the fleet. Returns what ends it. */
export const followFleet = (): (() => void) => {
  const stop = follow(
    { types: [...STATES, ...LINKING, ...NEW_MESSAGES, ...FRAMES] },
    {
      event: noteEvent,
      frame: ({ device }: Frame) => notePairing(device),
      opened: () => void load(),
      recognise
    }
  )
  return () => {
    stop()
    turn++
    loads++
    clearTimeout(timer)
    clearTimeout(loadTimer)
    timer = undefined
    isAsking = false
    failures = 0
    waiting = new Set()
    touched = new Set()
    devices.value = new Map()
    serverCounts.value = undefined
    isComplete.value = false
    lastChanged.value = undefined
  }
}

const load = async (failedBefore = 0): Promise<void> => {
  const own = ++loads
  clearTimeout(loadTimer)
  touched = new Set()
  const found = new Map<string, FleetDevice>()
  try {
    for (let after: string | null = "0"; after !== null; ) {
      const page = await getFleet(after)
      if (own !== loads) return
      for (const device of page.items) found.set(device.id, device)
      after = page.next
      serverCounts.value = page.counts
      // The first page shows at once; later pages, and those of a second load, together.
      if (devices.value.size === 0) devices.value = new Map(found)
    }
    const changed = [...touched]
    for (const id of changed) {
      const known = devices.value.get(id)
      if (known) found.set(id, known)
    }
    devices.value = found
    isComplete.value = true
    changed.forEach(refresh)
  } catch {
    if (own === loads) loadTimer = setTimeout(() => void load(failedBefore + 1), pauseAfter(failedBefore))
  }
}

const pauseAfter = (failedBefore: number): number => Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** failedBefore)

/** Asks for this device anew, soon. */
export const refresh = (id: string): void => {
  waiting.add(id)
  touched.add(id)
  arm(REFRESH_MS)
}

/** One request at a time: an earlier answer never replaces a later one. */
const arm = (afterMs: number): void => {
  if (!isAsking && waiting.size > 0) timer ??= setTimeout(() => void refreshWaiting(), afterMs)
}

const refreshWaiting = async (): Promise<void> => {
  const own = turn
  const ids = [...waiting].slice(0, AT_ONCE)
  for (const id of ids) waiting.delete(id)
  timer = undefined
  isAsking = true
  const some = await getSome(ids).catch(() => undefined)
  if (own !== turn) return
  isAsking = false
  if (some) {
    failures = 0
    take(ids, some.items)
    return arm(REFRESH_MS)
  }
  for (const id of ids) waiting.add(id)
  return arm(pauseAfter(failures++))
}

/** `ids`: what was asked for; those that `told` does not have are not there any more. */
const take = (ids: readonly string[], told: readonly FleetDevice[]): void => {
  const found = new Map(told.map((device) => [device.id, device]))
  const next = new Map(devices.value)
  for (const id of ids) {
    // It changed after this was asked for, and is asked for again: what the stream told is newer.
    if (waiting.has(id) && next.has(id)) continue
    const device = found.get(id)
    if (device === undefined) next.delete(id)
    else next.set(id, device)
  }
  devices.value = next
}

const byNumber = (deviceNumber: number | null): FleetDevice | undefined => {
  for (const device of devices.value.values()) if (device.deviceNumber === deviceNumber) return device
  return undefined
}

const put = (device: FleetDevice): void => {
  devices.value = new Map(devices.value).set(device.id, device)
}

const noteEvent = (event: Event): void => {
  const known = byNumber(event.device)
  if (NEW_MESSAGES.includes(event.type)) {
    if (known) {
      touched.add(known.id)
      put({ ...known, lastMessageAt: event.recordedAt })
      changes.value = { id: known.id, at: performance.now() }
    }
    return
  }
  const [kind, id = ""] = event.stream.split("/")
  if (kind !== "device") return
  if (known && event.to !== null && event.to !== known.state) {
    const changed = { ...known, state: event.to as FleetDevice["state"], stateSince: event.recordedAt }
    if (event.to !== "removed") put(changed)
    lastChanged.value = changed
  }
  refresh(id)
  notePairing(id)
}

const notePairing = (id: string): void => {
  pairingChanges.value = { id, at: performance.now() }
  changes.value = pairingChanges.value
}

/** From state to state along recorded events: live, in replays, and from a snapshot. Keeps LOG-5. */
import { Schema } from "effect"
import { initialTransition, transition } from "xstate"
import { readEvent } from "../../events/catalog.ts"
import type { DeviceEvent } from "../../events/device.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { StoredState } from "../../events/stream-state.ts"
import { type MachineEvent, newborn } from "./context.ts"
import { type DeviceSnapshot, type Effects, effectsOf, machine } from "./machine.ts"

export interface Step {
  readonly snapshot: DeviceSnapshot
  /** A replay drops them. */
  readonly effects: Effects
}

/** A recorded event that the machine refuses: the history is not one that this machine can have written. */
export class CorruptHistory extends Schema.TaggedError<CorruptHistory>()("CorruptHistory", {
  stream: Schema.String,
  version: Schema.Int,
  state: Schema.String,
  type: Schema.String
}) {
  override get message(): string {
    return `${this.stream} version ${this.version}: ${this.type} cannot happen in ${this.state}`
  }
}

/** The state before a device's first event. */
export const birth = (): DeviceSnapshot => initialTransition(machine)[0]

/** Whether the event may happen now. A removed device refuses everything, which `can` alone would not say. */
export const canHappen = (snapshot: DeviceSnapshot, event: MachineEvent): boolean =>
  snapshot.status !== "done" && snapshot.can(event)

/** Where an event leads. Ask canHappen first: XState leaves a state as it is when it does not know the event. */
export const evolve = (snapshot: DeviceSnapshot, event: MachineEvent): Step => {
  const [next, actions] = transition(machine, snapshot, event)
  return { snapshot: next, effects: effectsOf(actions) }
}

/** The state after these recorded events of one stream. Throws CorruptHistory or UnreadableEvent. */
export const foldRecorded = (from: DeviceSnapshot, recorded: readonly RecordedEvent[]): DeviceSnapshot => {
  let snapshot = from
  for (const entry of recorded) {
    const event = machineEvent(entry)
    if (event === null || !canHappen(snapshot, event)) {
      const { stream, version, type } = entry
      throw new CorruptHistory({ stream, version, state: snapshot.value, type })
    }
    snapshot = evolve(snapshot, event).snapshot
  }
  return snapshot
}

/** A recorded event as the machine takes it; null when it belongs to another stream or was erased. */
export const machineEvent = (recorded: RecordedEvent): MachineEvent | null => {
  const event = recorded.stream.startsWith("device/") ? readEvent(recorded) : null
  return event && { ...(event as DeviceEvent), at: recorded.recordedAt }
}

/** What a snapshot row keeps: enough to go on from, nothing else. */
export const storeState = (snapshot: DeviceSnapshot): StoredState => ({
  state: snapshot.value,
  context: snapshot.context
})

export const restoreState = ({ state, context }: StoredState): DeviceSnapshot =>
  machine.resolveState({ value: state, context: { ...newborn, ...context } })

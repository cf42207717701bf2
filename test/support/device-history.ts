/** A device's life without store or network: decide on inputs, record the decisions, fold the records. */
import { decide, type Environment } from "../../src/actors/device/decide.ts"
import { defaultPauses } from "../../src/actors/device/disconnect-policy.ts"
import { birth, canHappen, evolve } from "../../src/actors/device/evolve.ts"
import type { DeviceInput } from "../../src/actors/device/inputs.ts"
import type { DeviceSnapshot, FollowingEffect, WrittenEffect } from "../../src/actors/device/machine.ts"
import type { DeviceEvent } from "../../src/events/device.ts"
import { DEVICE_ID, registered } from "./device-arbitraries.ts"

export const BORN_AT = 1_790_000_000_000

export interface RecordedAt {
  readonly event: DeviceEvent
  readonly at: number
}

export class DeviceHistory {
  snapshot: DeviceSnapshot = birth()
  readonly recorded: RecordedAt[] = []
  readonly effects: (WrittenEffect | FollowingEffect)[] = []
  now = BORN_AT
  /** By how much the clock was set back since the present connection opened; the connection is older by this than its times tell. */
  setBackMs = 0

  constructor(first: DeviceEvent = registered()) {
    this.record([first])
  }

  /** Records without deciding; throws where the machine refuses the event. */
  record(events: readonly DeviceEvent[]): this {
    for (const event of events) {
      const machineEvent = { ...event, at: this.now }
      if (!canHappen(this.snapshot, machineEvent)) {
        throw new Error(`${event.type} cannot happen in ${this.snapshot.value}`)
      }
      const step = evolve(this.snapshot, machineEvent)
      this.snapshot = step.snapshot
      this.effects.push(...step.effects.written, ...step.effects.following)
      this.recorded.push({ event, at: this.now })
    }
    return this
  }

  /** Decides and records; returns the new events, or the rejection as a string. */
  handle(input: DeviceInput, afterMs = 0, random = 0.5, unlinked = false): readonly DeviceEvent[] | string {
    this.now += afterMs
    const { openedAt } = this.snapshot.context
    const openMs = openedAt === null ? undefined : this.now + this.setBackMs - openedAt
    const env: Environment = { deviceId: DEVICE_ID, now: this.now, openMs, random, unlinked, pauses: defaultPauses }
    const decision = decide(this.snapshot, input, env)
    if (decision.kind === "reject") return `${decision.input} in ${decision.state}`
    this.record(decision.events)
    return decision.events
  }
}

/** given([…]).when(input).then([…]), in the terms of the domain. */
export const given = (events: readonly DeviceEvent[], first?: DeviceEvent) => ({
  when: (input: DeviceInput, afterMs = 0, unlinked = false) => {
    const history = new DeviceHistory(first).record(events)
    const outcome = history.handle(input, afterMs, 0.5, unlinked)
    return { outcome, history, state: history.snapshot.value, context: history.snapshot.context }
  }
})

/**
 * A device's own stream: its state, and the only way to change it. Keeps LOG-5.
 *
 * Events are evolved before the append (the rows say from which state to which) and the new state is taken over after the commit,
 * with the time that was recorded. As the actor is the only writer, a conflict means a second process: the actor dies.
 */
import { Effect } from "effect"
import type { DeviceEvent } from "../../events/device.ts"
import type { Origin } from "../../events/envelope.ts"
import type { StoredState } from "../../events/stream-state.ts"
import { deviceStream } from "../../events/streams.ts"
import { deleteAuthState } from "../../store/auth-state.ts"
import type { DatabaseShape } from "../../store/database.ts"
import type { Statement } from "../../store/dialect/dialect.ts"
import type { DuplicateKey, StoreUnavailable } from "../../store/errors.ts"
import type { Append } from "../../store/log/chain-events.ts"
import type { EventLogShape } from "../../store/log/event-log.ts"
import type { Unit } from "../../store/log/group-commit.ts"
import { deleteSnapshot, readSnapshot, writeSnapshot } from "../../store/log/snapshots.ts"
import { beginningOf } from "./beginning.ts"
import { evolve, foldRecorded, restoreState, storeState } from "./evolve.ts"
import {
  type DeviceSnapshot,
  type Effects,
  type FollowingEffect,
  MACHINE_VERSION,
  type WrittenEffect
} from "./machine.ts"

/** A snapshot is written each time the stream has grown by so many events. */
const SNAPSHOT_EVERY = 500
const PAGE = 1_000

export interface DeviceStore {
  readonly log: EventLogShape
  readonly database: DatabaseShape
}

/** Events that the machine accepts, as they will be written, and the effects that they ask for. */
export interface Step {
  readonly events: readonly DeviceEvent[]
  readonly append: Append
  readonly effects: Effects
}

export class DeviceStream {
  readonly #store: DeviceStore
  readonly #stream: string
  readonly #device: number
  #snapshot: DeviceSnapshot
  #version: number

  private constructor(store: DeviceStore, stream: string, device: number, snapshot: DeviceSnapshot, version: number) {
    this.#store = store
    this.#stream = stream
    this.#device = device
    this.#snapshot = snapshot
    this.#version = version
  }

  /** Folds the stream, from its snapshot on where there is one. Dies on a history that this release cannot read. */
  static load(store: DeviceStore, deviceId: string, device: number): Effect.Effect<DeviceStream, StoreUnavailable> {
    const stream = deviceStream(deviceId)
    return Effect.gen(function* () {
      const stored = yield* readSnapshot(store.database, stream, MACHINE_VERSION)
      let { snapshot, version } = yield* beginningOf(store.log, stream)
      if (stored && stored.version > version) {
        snapshot = restoreState(JSON.parse(stored.state) as StoredState)
        version = stored.version
      }
      for (;;) {
        const page = yield* store.log.readStream(stream, version, PAGE)
        snapshot = foldRecorded(snapshot, page)
        version += page.length
        if (page.length < PAGE) return new DeviceStream(store, stream, device, snapshot, version)
      }
    })
  }

  get snapshot(): DeviceSnapshot {
    return this.#snapshot
  }

  /** What recording these events, which `decide` has found acceptable, comes to. Changes nothing. */
  step(events: readonly DeviceEvent[], origin: Origin): Step {
    const written: WrittenEffect[] = []
    const following: FollowingEffect[] = []
    let ahead = this.#snapshot
    const toAppend = events.map((event) => {
      // Before its registration a device has no state.
      const from = ahead.context.deviceId === null ? null : ahead.value
      const { snapshot, effects } = evolve(ahead, { ...event, at: 0 })
      ahead = snapshot
      written.push(...effects.written)
      following.push(...effects.following)
      return { ...event, from, to: ahead.value }
    })
    const append = { stream: this.#stream, device: this.#device, expected: this.#version, events: toAppend, origin }
    return { events, append, effects: { written, following } }
  }

  /** Writes a step, and with it `unit`: what the step's written effects come to. Takes the new state over after the commit. */
  commit({ events, append, effects }: Step, unit: Unit): Effect.Effect<void, StoreUnavailable | DuplicateKey> {
    const appends = [...(unit.appends ?? []), ...(events.length > 0 ? [append] : [])]
    const statements = [...this.#writtenBy(effects), ...(unit.statements ?? [])]
    if (appends.length === 0 && statements.length === 0) return Effect.void
    return Effect.gen({ self: this }, function* () {
      const all = yield* this.#store.log
        .commit({ appends, statements })
        .pipe(Effect.catchTag("StreamConflict", Effect.die))
      const recorded = all.slice(all.length - events.length)
      for (const [index, event] of events.entries()) {
        this.#snapshot = evolve(this.#snapshot, { ...event, at: recorded[index]?.recordedAt ?? 0 }).snapshot
      }
      const before = this.#version
      this.#version += events.length
      if (Math.floor(before / SNAPSHOT_EVERY) < Math.floor(this.#version / SNAPSHOT_EVERY)) yield* this.#keepSnapshot
    })
  }

  /** Deletes the stored credentials; best effort, as those of a link that ended are not used again. */
  get discardCredentials(): Effect.Effect<void> {
    return this.#store.log.commit({ statements: [deleteAuthState(this.#device)] }).pipe(Effect.ignore)
  }

  #writtenBy({ written }: Effects): readonly Statement[] {
    return [
      ...(written.includes("deleteCredentials") ? [deleteAuthState(this.#device)] : []),
      ...(written.includes("retire") ? [deleteSnapshot(this.#stream)] : [])
    ]
  }

  /** A cache: when it cannot be written now, a start reads some more events. */
  get #keepSnapshot(): Effect.Effect<void> {
    const state = JSON.stringify(storeState(this.#snapshot))
    const statement = writeSnapshot(this.#stream, MACHINE_VERSION, { version: this.#version, state })
    return this.#store.log.commit({ statements: [statement] }).pipe(Effect.ignore)
  }
}

/**
 * A device's own stream: its state, and the only way to change it. Keeps LOG-5.
 *
 * Events are evolved before the append (the rows say from where to where) and the state is taken over after the commit, with
 * the time that was recorded. Being the only writer, a conflict means a second process: the actor dies.
 */
import { Effect } from "effect"
import type { DeviceEvent } from "../../events/device.ts"
import type { Origin } from "../../events/envelope.ts"
import type { StoredState } from "../../events/stream-state.ts"
import { deviceStream } from "../../events/streams.ts"
import { deleteAuthState } from "../../store/auth-state.ts"
import type { DatabaseShape } from "../../store/database.ts"
import type { Statement } from "../../store/dialect/dialect.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import type { EventLogShape } from "../../store/log/event-log.ts"
import { deleteSnapshot, readSnapshot, writeSnapshot } from "../../store/log/snapshots.ts"
import { beginningOf } from "./beginning.ts"
import { evolve, foldRecorded, restoreState, storeState } from "./evolve.ts"
import { type DeviceSnapshot, type EffectName, MACHINE_VERSION } from "./machine.ts"

/** A snapshot is written each time the stream has grown by so many events. */
const SNAPSHOT_EVERY = 500
const PAGE = 1_000

export interface DeviceStore {
  readonly log: EventLogShape
  readonly database: DatabaseShape
}

/** After these, WhatsApp's credentials are of no use or must not be used. */
const endsLink = new Set<DeviceEvent["type"]>([
  "device.logged_out",
  "pairing.mismatched",
  "device.removed",
  "device.expired"
])

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

  /** Appends events that `decide` has found acceptable; answers the effects to run now. */
  record(events: readonly DeviceEvent[], origin: Origin): Effect.Effect<readonly EffectName[], StoreUnavailable> {
    if (events.length === 0) return Effect.succeed([])
    return Effect.gen({ self: this }, function* () {
      let ahead = this.#snapshot
      const toAppend = events.map((event) => {
        const from = ahead.value
        ahead = evolve(ahead, { ...event, at: 0 }).snapshot
        return { ...event, from, to: ahead.value }
      })
      const append = { stream: this.#stream, device: this.#device, expected: this.#version, events: toAppend, origin }
      const recorded = yield* this.#store.log
        .commit({ appends: [append], statements: this.#consequences(events) })
        .pipe(Effect.catchTags({ StreamConflict: Effect.die, DuplicateKey: Effect.die }))
      const effects: EffectName[] = []
      for (const [index, event] of events.entries()) {
        const step = evolve(this.#snapshot, { ...event, at: recorded[index]?.recordedAt ?? 0 })
        this.#snapshot = step.snapshot
        effects.push(...step.effects)
      }
      const before = this.#version
      this.#version += events.length
      if (Math.floor(before / SNAPSHOT_EVERY) < Math.floor(this.#version / SNAPSHOT_EVERY)) yield* this.#keepSnapshot
      return effects
    })
  }

  /** Deletes the stored credentials; best effort, as those of a link that ended are not taken up again. */
  get forgetCredentials(): Effect.Effect<void> {
    return this.#store.log.commit({ statements: [deleteAuthState(this.#device)] }).pipe(Effect.ignore)
  }

  #consequences(events: readonly DeviceEvent[]): readonly Statement[] {
    const statements: Statement[] = []
    if (events.some((event) => endsLink.has(event.type))) statements.push(deleteAuthState(this.#device))
    const isGone = events.some((event) => event.type === "device.removed" || event.type === "device.expired")
    if (isGone) statements.push(deleteSnapshot(this.#stream))
    return statements
  }

  /** A cache: when it cannot be written now, a start reads some more events. */
  get #keepSnapshot(): Effect.Effect<void> {
    const state = JSON.stringify(storeState(this.#snapshot))
    const statement = writeSnapshot(this.#stream, MACHINE_VERSION, { version: this.#version, state })
    return this.#store.log.commit({ statements: [statement] }).pipe(Effect.ignore)
  }
}

/**
 * Keeps device actors alive. Keeps DEV-1.
 *
 * One fiber for each device, and for each life of its actor a scope: a crash closes that scope, is told, and after a pause
 * another actor starts from the log and takes the connection up again. Nothing that happens to one device is felt by another.
 * An actor that ends by itself was removed or stopped.
 */
import { type Cause, Deferred, Effect, Exit, FiberMap, type Scope } from "effect"
import type { DeviceId } from "../events/ids.ts"
import { elapsedMs } from "../store/elapsed.ts"
import { StoreUnavailable } from "../store/errors.ts"
import { DeviceActor } from "./device/actor.ts"
import type { ActorServices } from "./device/actor-services.ts"

/** A device as its actor is started: its id and its number. */
export interface Place {
  readonly id: DeviceId
  readonly number: number
}

/** Told that an actor died, of what, and when another one starts. */
export type Crashed = (place: Place, cause: Cause.Cause<StoreUnavailable>, restartInMs: number) => void

interface Slot {
  actor: DeviceActor | undefined
  /** The actor of the present or the next life. */
  ready: Deferred.Deferred<DeviceActor>
}

const RESTART_MIN_MS = 500
const RESTART_MAX_MS = 60_000
/** A crash after a life of this length is not counted with the one before. */
const LONG_LIFE_MS = 60_000
/** How long a caller waits for an actor that is starting. */
const START_MAX_MS = 5_000

export class Supervisor {
  readonly #services: ActorServices
  readonly #crashed: Crashed
  readonly #fibers: FiberMap.FiberMap<DeviceId, void, never>
  readonly #slots = new Map<DeviceId, Slot>()

  private constructor(services: ActorServices, crashed: Crashed, fibers: FiberMap.FiberMap<DeviceId, void, never>) {
    this.#services = services
    this.#crashed = crashed
    this.#fibers = fibers
  }

  /** With its scope, all actors end at once; `stop` first for an orderly end. */
  static make(services: ActorServices, crashed: Crashed): Effect.Effect<Supervisor, never, Scope.Scope> {
    return Effect.map(FiberMap.make<DeviceId, void, never>(), (fibers) => new Supervisor(services, crashed, fibers))
  }

  /** The running actor; undefined while there is none. */
  actor(id: DeviceId): DeviceActor | undefined {
    return this.#slots.get(id)?.actor
  }

  get size(): number {
    return this.#slots.size
  }

  /** The device's actor, started if it does not run. */
  start(place: Place): Effect.Effect<DeviceActor, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const running = this.#slots.get(place.id)
      const slot = running ?? { actor: undefined, ready: Deferred.makeUnsafe<DeviceActor>() }
      if (!running) {
        this.#slots.set(place.id, slot)
        yield* FiberMap.run(this.#fibers, place.id, this.#lives(place, slot))
      }
      const late = () => Effect.fail(new StoreUnavailable({ reason: "the device could not be started yet" }))
      return yield* Deferred.await(slot.ready).pipe(Effect.timeoutOrElse({ duration: START_MAX_MS, orElse: late }))
    })
  }

  /** Closes every device's socket; each is opened again as after any lost connection. */
  disconnectAll(): void {
    for (const { actor } of this.#slots.values()) actor?.hear({ type: "disconnect" })
  }

  /** Ends all actors in order: sockets flushed and closed, what they still had recorded. Waits at most so long. */
  stop(timeoutMs: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (const { actor } of this.#slots.values()) actor?.hear({ type: "stop" })
      yield* FiberMap.awaitEmpty(this.#fibers).pipe(Effect.timeoutOption(timeoutMs))
      yield* FiberMap.clear(this.#fibers)
      this.#slots.clear()
    })
  }

  #lives(place: Place, slot: Slot): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (let crashes = 0; ; ) {
        const bornAt = yield* elapsedMs
        const exit = yield* Effect.exit(this.#life(place, slot, crashes > 0))
        if (Exit.isSuccess(exit)) break
        const lived = (yield* elapsedMs) - bornAt
        crashes = lived >= LONG_LIFE_MS ? 1 : crashes + 1
        const restartInMs = Math.min(RESTART_MAX_MS, RESTART_MIN_MS * 2 ** (crashes - 1))
        this.#crashed(place, exit.cause, restartInMs)
        yield* Effect.sleep(restartInMs)
      }
      this.#slots.delete(place.id)
    })
  }

  /** One life of the actor, from its start to its end. After a crash it takes the connection up again. */
  #life(place: Place, slot: Slot, isRestart: boolean): Effect.Effect<void, StoreUnavailable> {
    return Effect.scoped(
      Effect.gen({ self: this }, function* () {
        const actor = yield* DeviceActor.start(place.id, place.number, this.#services)
        slot.actor = actor
        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            slot.actor = undefined
            slot.ready = Deferred.makeUnsafe<DeviceActor>()
          })
        )
        yield* Deferred.succeed(slot.ready, actor)
        if (isRestart) actor.hear({ type: "input", input: { type: "Resume" } })
        yield* actor.run
      })
    )
  }
}

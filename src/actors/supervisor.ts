/**
 * Keeps device actors alive. Keeps DEV-1.
 *
 * Each device has one fiber, and each life of its actor a scope. A crash closes that scope and is reported; after a delay another
 * actor starts from the log and takes the connection up again. A crash of one device does not affect another. An actor that ends
 * by itself was removed or stopped.
 */
import { type Cause, Deferred, Effect, Exit, FiberMap, type Scope } from "effect"
import type { DeviceId } from "../events/ids.ts"
import { elapsedMs } from "../store/elapsed.ts"
import { StoreUnavailable } from "../store/errors.ts"
import { DeviceActor } from "./device/actor.ts"
import type { ActorServices } from "./device/actor-services.ts"
import type { DeviceRef } from "./device-ref.ts"

/** Called when an actor died: of what, and when the next one starts. */
export type Crashed = (device: DeviceRef, cause: Cause.Cause<StoreUnavailable>, restartInMs: number) => void

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

  /** How much waits in each actor's mailbox. */
  *waiting(): Iterable<number> {
    for (const { actor } of this.#slots.values()) if (actor) yield actor.waiting
  }

  /** The device's actor, started if it does not run. */
  start(device: DeviceRef): Effect.Effect<DeviceActor, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const running = this.#slots.get(device.id)
      const slot = running ?? { actor: undefined, ready: Deferred.makeUnsafe<DeviceActor>() }
      if (!running) {
        this.#slots.set(device.id, slot)
        yield* FiberMap.run(this.#fibers, device.id, this.#lives(device, slot))
      }
      const late = () => Effect.fail(new StoreUnavailable({ reason: "the device could not be started yet" }))
      return yield* Deferred.await(slot.ready).pipe(Effect.timeoutOrElse({ duration: START_MAX_MS, orElse: late }))
    })
  }

  /** Closes every device's socket; each is opened again as after any lost connection. */
  disconnectAll(): void {
    for (const { actor } of this.#slots.values()) actor?.hear({ type: "disconnect" })
  }

  /** Ends one actor in order; another may be started afterwards. */
  retire(id: DeviceId): void {
    this.#slots.get(id)?.actor?.hear({ type: "stop" })
  }

  /** Ends all actors in order: flushes and closes their sockets, and records what those still had. Waits at most so long. */
  stop(timeoutMs: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (const { actor } of this.#slots.values()) actor?.hear({ type: "stop" })
      yield* FiberMap.awaitEmpty(this.#fibers).pipe(Effect.timeoutOption(timeoutMs))
      yield* FiberMap.clear(this.#fibers)
      this.#slots.clear()
    })
  }

  #lives(device: DeviceRef, slot: Slot): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (let crashes = 0; ; ) {
        const bornAt = yield* elapsedMs
        const exit = yield* Effect.exit(this.#life(device, slot, crashes > 0))
        if (Exit.isSuccess(exit)) break
        const lived = (yield* elapsedMs) - bornAt
        crashes = lived >= LONG_LIFE_MS ? 1 : crashes + 1
        const restartInMs = Math.min(RESTART_MAX_MS, RESTART_MIN_MS * 2 ** (crashes - 1))
        this.#crashed(device, exit.cause, restartInMs)
        yield* Effect.sleep(restartInMs)
      }
      this.#slots.delete(device.id)
    })
  }

  /** One life of the actor, from its start to its end. After a crash it takes the connection up again. */
  #life(device: DeviceRef, slot: Slot, isRestart: boolean): Effect.Effect<void, StoreUnavailable> {
    return Effect.scoped(
      Effect.gen({ self: this }, function* () {
        const actor = yield* DeviceActor.start(device, this.#services)
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

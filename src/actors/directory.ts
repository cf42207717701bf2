/**
 * How everything reaches a device: by its id, in whichever process its actor runs. Keeps DEV-1 to DEV-3.
 *
 * `DeviceDirectory` is what callers use. `DeviceHost` is what the process does with the devices it holds. Both are interfaces:
 * one-process.ts implements them in this process, and every other implementation has to pass the same contract
 * (test/actors/directory.contract.ts).
 */
import { Context, type Effect, type Stream } from "effect"
import type { DeviceId } from "../events/ids.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { PresenceSeen } from "../whatsapp/roster.ts"
import type { DeviceRef } from "./device-ref.ts"
import type { Answer, AskFailure, LiveDevice } from "./device/answers.ts"
import type { Asked, DeviceCommand } from "./device/commands.ts"

export interface DevicePresence {
  readonly device: DeviceRef
  readonly seen: PresenceSeen
}

export interface DeviceDirectoryShape {
  /**
   * Carries a command out. Resolves once the command's events are durable; fails with DeviceNotFound for a device that does not
   * exist, unless the command is Register.
   */
  readonly ask: <C extends DeviceCommand>(
    device: DeviceId,
    asked: Asked<C>
  ) => Effect.Effect<Answer<C["type"]>, AskFailure<C["type"]>>
  /** The device as its actor sees it now; undefined while it has none, and then the projection is up to date. */
  readonly view: (device: DeviceId) => Effect.Effect<LiveDevice | undefined>
  /** Devices that have a new QR or pairing code to show, as it happens. Slow readers miss the oldest. */
  readonly watch: Stream.Stream<DeviceRef>
  /** Who is online and who types in the chats that are watched, as it happens. Slow readers miss the oldest. */
  readonly presence: Stream.Stream<DevicePresence>
}

export class DeviceDirectory extends Context.Service<DeviceDirectory, DeviceDirectoryShape>()(
  "bitacora/actors/DeviceDirectory"
) {}

export interface Mailboxes {
  readonly actors: number
  /** Commands and facts whose turn has not come, of all actors together. */
  readonly waiting: number
  /** Those of the actor that has the most. */
  readonly fullest: number
}

export interface DeviceHostShape {
  /** Before anything else: records the interruption of every device that was left connected. Answers how many devices got an actor. */
  readonly boot: Effect.Effect<number, StoreUnavailable>
  /** After that: takes up the connections that are wanted, one after the other with a pause in between. Answers how many. */
  readonly resume: (pauseMs: number) => Effect.Effect<number, StoreUnavailable>
  /** What waits in the mailboxes of the actors that run. */
  readonly mailboxes: Effect.Effect<Mailboxes>
  /** Closes all sockets at once; they are opened again as after any lost connection. */
  readonly disconnect: Effect.Effect<void>
  /** Stops all actors in order, within this time. */
  readonly stop: (timeoutMs: number) => Effect.Effect<void>
}

export class DeviceHost extends Context.Service<DeviceHost, DeviceHostShape>()("bitacora/actors/DeviceHost") {}

/**
 * Operations: what clients have the account do at WhatsApp beside sending messages. WhatsApp is asked outside the actor's turns. A change
 * is recorded in a turn of its own, which waits for the store as facts do: an auditor sees every change that was asked for.
 */
import { Clock, Deferred, Effect, Fiber } from "effect"
import type { Origin } from "../../events/envelope.ts"
import type { OperationEvent, OperationOutcome } from "../../events/operation.ts"
import { operationStream } from "../../events/streams.ts"
import { claimCommand, type CommandKey } from "../../store/command-log.ts"
import { elapsedMs } from "../../store/elapsed.ts"
import { StoreUnavailable } from "../../store/errors.ts"
import type { EventLogShape } from "../../store/log/event-log.ts"
import { operationNamed, recordedInput } from "../../whatsapp/operations/catalog.ts"
import {
  AskedTooOften,
  type Connection,
  NoAnswer,
  type NotConnected,
  type OperationFailure
} from "../../whatsapp/whatsapp.ts"
import type { DeviceRef } from "../device-ref.ts"
import { type AskFailure, DeviceBusy, DeviceNotReady } from "./answers.ts"
import type { Asked, Operate } from "./commands.ts"
import type { Socket } from "./connection/socket.ts"
import type { DeviceSnapshot } from "./machine.ts"

export interface OperationsParts {
  readonly ref: DeviceRef
  readonly log: EventLogShape
  readonly socket: Pick<Socket, "connection" | "ended">
  readonly snapshot: () => DeviceSnapshot
  /** Fails while a fact waits to be written. */
  readonly storeIsHere: Effect.Effect<void, StoreUnavailable>
  readonly hear: (operated: Operated) => void
}

/** A change that WhatsApp answered, or did not, for the log. */
export interface Operated {
  readonly data: OperationEvent["data"]
  readonly origin: Origin
  /** Claimed with the event, where there is an outcome. */
  readonly key: CommandKey | undefined
  readonly recorded: Deferred.Deferred<void>
}

type Output = Readonly<Record<string, unknown>>
type Failure = AskFailure<"Operate">

/** Operations of one device that wait for WhatsApp. */
const UNDER_WAY_MAX = 20
const ANSWER_MAX_MS = 30_000
/** After WhatsApp's 429 nothing is asked for so long; doubled with each that follows. */
const PAUSE_FIRST_MS = 5_000
const PAUSE_CAP_MS = 300_000
/** A change whose record waits longer for the store is answered before it is recorded. */
const RECORD_MAX_MS = 15_000
/** Of a longer result the lists are recorded as empty: a repeat with the same key still finds what was created, such as a group. */
const RESULT_CHARACTERS_MAX = 16_384

export class Operations {
  readonly #parts: OperationsParts
  #underWay = 0
  /** In elapsed time. */
  #pausedUntil = 0
  #pauseMs = 0

  constructor(parts: OperationsParts) {
    this.#parts = parts
  }

  /** A change goes on to its record, whatever becomes of the caller. */
  run(asked: Asked<Operate>): Effect.Effect<Output, Failure> {
    const { name } = asked.command
    if (operationNamed(name).kind === "read")
      return Effect.flatMap(this.#connectionFor(asked.command), (it) => this.#ask(it, asked.command))
    const changed = Effect.gen({ self: this }, function* () {
      const { storeIsHere, log } = this.#parts
      yield* storeIsHere
      yield* log.writable
      const connection = yield* this.#connectionFor(asked.command)
      return yield* this.#ask(connection, asked.command).pipe(
        Effect.tap((result) => this.#record(asked, { status: "done", ...withResult(result) })),
        Effect.tapError((failure) => {
          const outcome = outcomeOf(failure)
          return outcome ? this.#record(asked, outcome) : Effect.void
        })
      )
    })
    return Effect.flatMap(Effect.forkDetach(changed), (fiber) => Effect.uninterruptible(Fiber.join(fiber)))
  }

  /** Writes what became of a change; in the actor's turn. */
  record({ data, origin, key, recorded }: Operated): Effect.Effect<void, StoreUnavailable> {
    const { log, ref } = this.#parts
    const stream = operationStream(ref.id)
    return Effect.gen(function* () {
      const version = yield* log.streamVersion(stream)
      const events = [{ type: "operation.performed", data }]
      const append = { stream, device: ref.deviceNumber, expected: version, events, origin }
      // A repeat finds the event by its version.
      const subject = String(version + 1)
      const claims = key === undefined ? [] : [claimCommand(key, subject, yield* Clock.currentTimeMillis)]
      const alone = log.commit({ appends: [append] })
      yield* log.commit({ appends: [append], statements: claims }).pipe(
        // Another process claimed the key: what was done is recorded all the same.
        Effect.catchTag("DuplicateKey", () => alone),
        Effect.catchTags({ StreamConflict: Effect.die, DuplicateKey: Effect.die })
      )
      yield* Deferred.succeed(recorded, undefined)
    })
  }

  #record({ command, origin, key }: Asked<Operate>, outcome: OperationOutcome): Effect.Effect<void, StoreUnavailable> {
    return Effect.suspend(() => {
      const { name } = command
      const recorded = Deferred.makeUnsafe<void>()
      const isOutcome = outcome.status === "done"
      const data = { operation: name, input: recordedInput(name, command.input as never), outcome }
      this.#parts.hear({ data, origin, key: isOutcome ? key : undefined, recorded })
      return Effect.timeoutOrElse(Deferred.await(recorded), {
        duration: RECORD_MAX_MS,
        orElse: () => Effect.fail(new StoreUnavailable({ reason: "the operation was done, and is not recorded yet" }))
      })
    })
  }

  #ask(
    connection: Connection,
    { name, input }: Operate
  ): Effect.Effect<Output, OperationFailure | DeviceBusy | DeviceNotReady> {
    const asked = `for ${name}`
    return Effect.gen({ self: this }, function* () {
      if (this.#underWay >= UNDER_WAY_MAX) {
        return yield* new DeviceBusy({ reason: `${this.#underWay} operations wait for WhatsApp` })
      }
      if ((yield* elapsedMs) < this.#pausedUntil) return yield* new AskedTooOften({ asked })
      const answer: Effect.Effect<Output, OperationFailure> = connection.operate(name, input)
      const output = yield* Effect.acquireUseRelease(
        Effect.sync(() => this.#underWay++),
        () =>
          answer.pipe(
            Effect.timeoutOrElse({ duration: ANSWER_MAX_MS, orElse: () => Effect.fail(new NoAnswer({ asked })) }),
            Effect.raceFirst(Effect.andThen(this.#parts.socket.ended, this.#cutOff(asked))),
            Effect.catchTag("NotConnected", (): Effect.Effect<never, NotConnected | DeviceNotReady> => this.#notReady)
          ),
        () => Effect.sync(() => this.#underWay--)
      ).pipe(Effect.tapError((failure) => (failure._tag === "AskedTooOften" ? this.#pause : Effect.void)))
      this.#pauseMs = 0
      return output
    })
  }

  /** The connection ended amid the question: it may have been done. */
  #cutOff(asked: string): Effect.Effect<never, NoAnswer> {
    return Effect.fail(new NoAnswer({ asked }))
  }

  get #pause(): Effect.Effect<void> {
    return Effect.map(elapsedMs, (now) => {
      if (now < this.#pausedUntil) return
      this.#pauseMs = Math.min(PAUSE_CAP_MS, Math.max(PAUSE_FIRST_MS, 2 * this.#pauseMs))
      this.#pausedUntil = now + this.#pauseMs
    })
  }

  /** Fails in the states in which the operation is not possible. */
  #connectionFor({ name }: Operate): Effect.Effect<Connection, DeviceNotReady> {
    return Effect.suspend(() => {
      const { connection } = this.#parts.socket
      const isPossible = operationNamed(name).states.includes(this.#parts.snapshot().value)
      return connection && isPossible ? Effect.succeed(connection) : this.#notReady
    })
  }

  get #notReady(): Effect.Effect<never, DeviceNotReady> {
    return Effect.suspend(() => Effect.fail(new DeviceNotReady({ state: this.#parts.snapshot().value })))
  }
}

/** Undefined where nothing was asked of WhatsApp. */
const outcomeOf = (failure: Failure): OperationOutcome | undefined => {
  switch (failure._tag) {
    case "OperationRefused":
      return { status: "refused", code: failure.whatsappCode, text: failure.reason }
    case "AskedTooOften":
      return { status: "refused", code: 429, text: "this account has asked too often" }
    case "NoAnswer":
      return { status: "unanswered" }
    default:
      return undefined
  }
}

const withResult = (result: Output) => {
  if (Object.keys(result).length === 0) return {}
  const recorded = [result, withoutLists(result)].find((each) => JSON.stringify(each).length <= RESULT_CHARACTERS_MAX)
  return recorded === undefined
    ? {}
    : { result: recorded as Extract<OperationOutcome, { readonly status: "done" }>["result"] & object }
}

const withoutLists = (value: unknown): unknown => {
  if (Array.isArray(value)) return []
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutLists(inner)]))
}

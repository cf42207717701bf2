/**
 * Hands accepted messages to the connection, and again to the next one until WhatsApp has acknowledged them. Keeps OUT-4 and OUT-5.
 *
 * Messages of one chat go one after the other in the order of acceptance; a few chats are served at the same time. A message
 * leaves the outbox when it is settled. What cannot be sent at all is reported, not decided here.
 */
import { Effect, Fiber, Semaphore } from "effect"
import { elapsedMs } from "../../../store/elapsed.ts"
import type { Connection, OutgoingMessage, SendFailed } from "../../../whatsapp/whatsapp.ts"

export interface OutboxEntry extends OutgoingMessage {
  /** Position of its `message.queued`: the order of acceptance. */
  readonly position: number
  /** When it is given up, in elapsed time. */
  readonly endsAt: number
}

interface Waiting {
  readonly entry: OutboxEntry
  /** Handed to the present connection; its ack is awaited. */
  handed: boolean
  failures: number
}

export interface OutboxOptions {
  /** Chats served at the same time. */
  readonly lanesMax: number
  /** How often a message is tried that cannot be built. */
  readonly triesMax: number
  /** Between two messages, at least, whichever chats they go to. */
  readonly pacingMs: number
  /** Called for a message that is not tried any more. */
  readonly gaveUp: (messageId: string, failure: SendFailed) => void
}

export class Outbox {
  readonly #options: OutboxOptions
  readonly #permits: Semaphore.Semaphore
  /** In order of acceptance. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #lanes = new Map<string, Fiber.Fiber<void>>()
  #connection: Connection | undefined
  #nextAt = 0

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#permits = Semaphore.makeUnsafe(options.lanesMax)
  }

  get size(): number {
    return this.#waiting.size
  }

  /** When the oldest waiting message ends, in elapsed time; undefined when none waits. */
  get firstEnd(): number | undefined {
    const [oldest] = this.#waiting.values()
    return oldest?.entry.endsAt
  }

  endedAt(elapsed: number): readonly string[] {
    return [...this.#waiting.values()]
      .filter(({ entry }) => entry.endsAt <= elapsed)
      .map(({ entry }) => entry.messageId)
  }

  add(entry: OutboxEntry): Effect.Effect<void> {
    this.#waiting.set(entry.messageId, { entry, handed: false, failures: 0 })
    return this.#serve(entry.chat)
  }

  settle(messageId: string): void {
    this.#waiting.delete(messageId)
  }

  /** A connection is open: everything that is not settled is handed to it, the oldest first. */
  resume(connection: Connection): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* this.pause
      this.#connection = connection
      const chats = new Set<string>()
      for (const waiting of this.#waiting.values()) {
        waiting.handed = false
        chats.add(waiting.entry.chat)
      }
      for (const chat of chats) yield* this.#serve(chat)
    })
  }

  /** The connection is gone. */
  get pause(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#connection = undefined
      const lanes = [...this.#lanes.values()]
      this.#lanes.clear()
      return Fiber.interruptAll(lanes)
    })
  }

  #serve(chat: string): Effect.Effect<void> {
    if (this.#connection === undefined || this.#lanes.has(chat)) return Effect.void
    const lane = Effect.forkDetach(this.#lane(chat, this.#connection))
    return Effect.map(lane, (fiber) => void this.#lanes.set(chat, fiber))
  }

  #lane(chat: string, connection: Connection): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (let next = this.#nextOf(chat); next !== undefined; next = this.#nextOf(chat)) {
        const isConnected = yield* this.#permits.withPermits(1)(this.#hand(next, connection))
        if (!isConnected) break
      }
      // Nothing is awaited since the last look: a message that is added from now on starts a new lane.
      if (this.#connection === connection) this.#lanes.delete(chat)
    })
  }

  #nextOf(chat: string): Waiting | undefined {
    for (const waiting of this.#waiting.values()) if (waiting.entry.chat === chat && !waiting.handed) return waiting
    return undefined
  }

  /** Answers false when the connection is gone and the lane has to wait for the next one. */
  #hand(waiting: Waiting, connection: Connection): Effect.Effect<boolean> {
    const { entry } = waiting
    return this.#paced.pipe(
      Effect.andThen(connection.send(entry)),
      Effect.as(true),
      Effect.tap(() => Effect.sync(() => (waiting.handed = true))),
      Effect.catchTag("NotConnected", () => Effect.succeed(false)),
      Effect.catchTag("SendFailed", (failure) => {
        waiting.failures++
        if (waiting.failures < this.#options.triesMax) return Effect.as(Effect.sleep(1_000 * waiting.failures), true)
        waiting.handed = true
        this.#options.gaveUp(entry.messageId, failure)
        return Effect.succeed(true)
      })
    )
  }

  /** Waits for its turn; the next caller gets a later one. */
  get #paced(): Effect.Effect<void> {
    const { pacingMs } = this.#options
    if (pacingMs === 0) return Effect.void
    return Effect.flatMap(elapsedMs, (now) => {
      const at = Math.max(now, this.#nextAt)
      this.#nextAt = at + pacingMs
      return Effect.sleep(at - now)
    })
  }
}

/**
 * The one connection a device may have, in generations. Keeps DEV-3.
 *
 * A new connection is opened only after the one before was closed. What a given-up connection still says about itself is
 * dropped; what it says about messages is not. One that says nothing while it opens is given up by a watchdog, since Baileys
 * reports nothing at all in some cases (an upgrade that is refused, for one).
 */
import { Deferred, Effect, Fiber } from "effect"
import { elapsedMs } from "../../../store/elapsed.ts"
import { CloseCode } from "../../../whatsapp/codes.ts"
import type { Connection, LifecycleSignal, OpenRequest, Signal, WhatsAppShape } from "../../../whatsapp/whatsapp.ts"

const CLOSING_MAX_MS = 5_000
const UNLINK_MS = 5_000

export interface SocketOptions {
  readonly whatsapp: WhatsAppShape
  readonly device: OpenRequest["device"]
  /** Until a QR, a login or an end is heard of a connection that opens; and from the login until it is open. */
  readonly openingTimeoutMs: number
  readonly known: OpenRequest["known"]
  /** Signals in order, with the generation they came from. */
  readonly offer: (signal: Signal, generation: number) => void
  readonly heard: () => void
  readonly seen: OpenRequest["seen"]
}

export class Socket {
  readonly #options: SocketOptions
  #generation = 0
  #connection: Connection | undefined
  /** Done when the present connection is given up. */
  #ended = Deferred.makeUnsafe<void>()
  #watchdog: Fiber.Fiber<void> | undefined
  /** In elapsed time, as is `#startedAt`. */
  #openedAt: number | undefined
  #startedAt = 0

  constructor(options: SocketOptions) {
    this.#options = options
  }

  get connection(): Connection | undefined {
    return this.#connection
  }

  /** Resolves when the connection that is the present one now is given up. */
  get ended(): Effect.Effect<void> {
    return Deferred.await(this.#ended)
  }

  /** Grows with every opening and every closing: what carries an older one comes from a connection that was given up. */
  get generation(): number {
    return this.#generation
  }

  /** For how many whole milliseconds the present connection has been open; undefined when it never was. */
  get openMs(): Effect.Effect<number | undefined> {
    const openedAt = this.#openedAt
    return Effect.map(elapsedMs, (now) => (openedAt === undefined ? undefined : Math.floor(now - openedAt)))
  }

  /** How many milliseconds ago the present connection was begun, whether it is open or not. */
  get ageMs(): Effect.Effect<number> {
    return Effect.map(elapsedMs, (now) => now - this.#startedAt)
  }

  open(refreshVersion: boolean): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* this.close
      this.#startedAt = yield* elapsedMs
      const generation = this.#generation
      const offer = (signal: Signal) => this.#options.offer(signal, generation)
      const { whatsapp, device, known, heard, seen } = this.#options
      this.#connection = yield* whatsapp.open({ device, known, heard, seen, refreshVersion, emit: offer }).pipe(
        Effect.catchTag("StoreUnavailable", () => {
          offer({ type: "closed", code: CloseCode.unavailable })
          return Effect.succeed(undefined)
        })
      )
      yield* this.#watch
    })
  }

  /** Everything heard so far is handed over before this resolves. */
  get close(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* this.#unwatch
      const connection = this.#connection
      yield* Deferred.succeed(this.#ended, undefined)
      this.#ended = Deferred.makeUnsafe()
      this.#connection = undefined
      this.#openedAt = undefined
      this.#generation++
      if (connection) yield* connection.close.pipe(Effect.timeoutOption(CLOSING_MAX_MS), Effect.asVoid)
    })
  }

  /** Tells WhatsApp that the link ends; answers whether it said yes. */
  get unlink(): Effect.Effect<boolean> {
    if (!this.#connection) return Effect.succeed(false)
    return this.#connection.unlink.pipe(
      Effect.as(true),
      Effect.timeoutOrElse({ duration: UNLINK_MS, orElse: () => Effect.succeed(false) }),
      Effect.orElseSucceed(() => false)
    )
  }

  /** To be told of every signal of the present connection: each step of the opening has its own time. */
  progressed(signal: LifecycleSignal): Effect.Effect<void> {
    switch (signal.type) {
      case "login_started":
      case "paired":
        return this.#watch
      case "progressed":
      case "reachout":
      case "new_chats":
        return Effect.void
      case "opened":
        return Effect.flatMap(elapsedMs, (now) => {
          this.#openedAt = now
          return this.#unwatch
        })
      default:
        return this.#unwatch
    }
  }

  get #watch(): Effect.Effect<void> {
    const generation = this.#generation
    return this.#unwatch.pipe(
      Effect.andThen(
        Effect.sleep(this.#options.openingTimeoutMs).pipe(
          Effect.andThen(
            Effect.sync(() => this.#options.offer({ type: "closed", code: CloseCode.timedOut }, generation))
          ),
          Effect.forkDetach
        )
      ),
      Effect.map((fiber) => {
        this.#watchdog = fiber
      })
    )
  }

  get #unwatch(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const watchdog = this.#watchdog
      this.#watchdog = undefined
      return watchdog ? Fiber.interrupt(watchdog) : Effect.void
    })
  }
}

/**
 * The life of one socket: it opens, a watchdog looks at it every second, and it ends with the signal `closed`.
 *
 * Baileys emits into a buffer and destroys the buffer when the socket closes; the senders of messages in it already have their
 * receipts. So the buffer is flushed before every end.
 */
import type { ConnectionState, WASocket } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { CloseCode } from "../codes.ts"
import type { OpenRequest } from "../whatsapp.ts"
import type { SignalQueue } from "./signal-queue.ts"
import { closeReason } from "./socket/close-reason.ts"
import { terminate } from "./socket/terminate.ts"
import type { Watchdog } from "./socket/watchdog.ts"

export interface LifecycleOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly watchdog: Watchdog
  readonly emit: OpenRequest["emit"]
  /** Whether the credentials are those of a linked device: the socket then logs in instead of pairing. */
  readonly isLinked: () => boolean
  /** Called when the login is over. */
  readonly opened: () => void
  /** Called before the end, unless the connection failed: whatever waits is handed over. */
  readonly ending: () => void
  /** Called when the connection is over, whatever ended it: no signal comes any more. */
  readonly over: () => void
  readonly warn: (text: string) => void
}

/** A server that does not answer the closing handshake is cut off after this. */
const CLOSE_HANDSHAKE_MS = 2_000
/** rc14 can forget to flush its own event buffer: a delayed flush that finds nothing buffered blocks all later ones. */
const TICK_MS = 1_000

export class Lifecycle {
  readonly #options: LifecycleOptions
  readonly #ticking: NodeJS.Timeout

  constructor(options: LifecycleOptions) {
    this.#options = options
    const { socket, signals, isLinked, warn } = options
    socket.ev.on("connection.update", (update) => this.#hear(update))
    socket.ws.on("open", () => {
      if (isLinked()) signals.emit({ type: "login_started" })
    })
    // Baileys listens to this event and does nothing, so the gateway would never learn that the connection is refused.
    socket.ws.on("unexpected-response", (_request: unknown, response: { statusCode?: number }) => {
      warn(`WhatsApp refused the connection with HTTP ${response.statusCode}`)
      this.#giveUp(CloseCode.unavailable)
    })
    this.#ticking = setInterval(() => this.#tick(), TICK_MS)
  }

  /** Hands over everything heard so far and closes the socket. No signal comes after it. */
  get close(): Effect.Effect<void> {
    const { socket, signals, ending } = this.#options
    return Effect.promise(async () => {
      if (signals.isClosed) return
      socket.ev.flush()
      ending()
      this.#over()
      const cutOff = setTimeout(() => terminate(socket), CLOSE_HANDSHAKE_MS)
      await socket.end(undefined)
      clearTimeout(cutOff)
      await signals.drained
    })
  }

  /** A signal could not be completed or handed over. That ends this connection, and nothing else of the process. */
  failed(failure: unknown): void {
    const { socket, signals, emit, warn } = this.#options
    warn(`a connection failed: ${failure instanceof Error ? failure.message : String(failure)}`)
    if (signals.isClosed) return
    this.#over()
    emit({ type: "closed", code: CloseCode.badSession })
    terminate(socket)
  }

  #hear({ connection, lastDisconnect }: Partial<ConnectionState>): void {
    const { socket, signals, opened } = this.#options
    if (connection === "open") opened()
    if (connection === "close" && !signals.isClosed) {
      socket.ev.flush()
      this.#ended(closeReason(lastDisconnect?.error, Date.now()))
    }
  }

  #tick(): void {
    const { socket, watchdog, warn } = this.#options
    socket.ev.flush()
    const { problem } = watchdog
    if (problem === undefined) return
    warn(`${problem}; the gateway opens a new connection`)
    this.#giveUp(CloseCode.timedOut)
  }

  /** Ends a connection that Baileys takes for alive. */
  #giveUp(code: number): void {
    this.#ended({ code })
    terminate(this.#options.socket)
  }

  #ended(reason: { readonly code: number; readonly endsAt?: number }): void {
    const { signals, ending } = this.#options
    if (signals.isClosed) return
    ending()
    signals.emit({ type: "closed", ...reason })
    this.#over()
  }

  #over(): void {
    clearInterval(this.#ticking)
    this.#options.signals.close()
    this.#options.over()
  }
}

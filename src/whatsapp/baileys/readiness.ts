/** What can be done with a socket now: nothing before it is connected, and only some requests before the login is over. */
import type { WASocket } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { NotConnected } from "../whatsapp.ts"
import type { SignalQueue } from "./signal-queue.ts"

export class Readiness {
  readonly #socket: WASocket
  readonly #signals: SignalQueue
  #hasOpened = false

  constructor(socket: WASocket, signals: SignalQueue) {
    this.#socket = socket
    this.#signals = signals
  }

  /** The login is over. */
  opened(): void {
    this.#hasOpened = true
  }

  /** The connection is not over, and its WebSocket is open. */
  get isConnected(): boolean {
    return !this.#signals.isClosed && this.#socket.ws.isOpen
  }

  /** It is connected, and the login is over. */
  get isOpen(): boolean {
    return this.isConnected && this.#hasOpened
  }

  /** Before that, Baileys would write what it is given into the handshake, unencrypted, and so end the connection. */
  onceOpened<A, E>(work: Effect.Effect<A, E>): Effect.Effect<A, E | NotConnected> {
    return Effect.suspend((): Effect.Effect<A, E | NotConnected> => (this.#hasOpened ? work : new NotConnected()))
  }
}

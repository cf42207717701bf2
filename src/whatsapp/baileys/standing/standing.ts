/**
 * What WhatsApp lets the account do: whether it may write to new people, and how many new chats it may begin.
 *
 * WhatsApp tells of changes itself; it is asked when a connection opens, and when it has refused a message with 463. That code says one
 * of two things: the message lacked the token of its recipient, or the account may write to no new people (evolution-go#50). So such a
 * refusal is held until WhatsApp has said which, or for as long as it may take to answer.
 */
import type { BaileysEventMap, ConnectionState, WASocket } from "@whiskeysockets/baileys"
import { AckError } from "../../codes.ts"
import type { MessageSignal, ReachoutLock } from "../../whatsapp.ts"
import type { SignalQueue } from "../signal-queue.ts"
import { capOf, lockOf } from "./translate-standing.ts"

type Refused = Extract<MessageSignal, { type: "refused" }>

export interface StandingOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly warn: (text: string) => void
}

const ANSWER_MS = 5_000

export class Standing {
  readonly #options: StandingOptions
  readonly #held = new Set<Refused>()
  /** One answer serves the refusals that come while it is awaited. */
  #asked: Promise<ReachoutLock | null | undefined> | undefined

  constructor(options: StandingOptions) {
    this.#options = options
    const { ev } = options.socket
    ev.on("connection.update", ({ reachoutTimeLock }: Partial<ConnectionState>) => {
      if (reachoutTimeLock) this.#emitLock(lockOf(reachoutTimeLock, Date.now()))
    })
    ev.on("message-capping.update", (info: BaileysEventMap["message-capping.update"]) => this.#emitCap(info))
  }

  /** To be called when the connection is open. */
  opened(): void {
    void this.#askAll()
  }

  /** Passes a refusal on: at once, or once it is known why. */
  refused(refused: Refused): void {
    if (refused.code !== AckError.reachoutRestricted) {
      this.#options.signals.emit(refused)
      return
    }
    this.#held.add(refused)
    void this.#askAll().then((lock) => {
      if (this.#held.delete(refused))
        this.#options.signals.emit(
          lock === undefined ? refused : { ...refused, cause: lock === null ? "no_token" : "timelock" }
        )
    })
  }

  /** The connection ends: what is held leaves as it is, or its message would be sent again. */
  handOver(): void {
    for (const refused of this.#held) this.#options.signals.emit(refused)
    this.#held.clear()
  }

  /** The lock; undefined when WhatsApp does not say. */
  #askAll(): Promise<ReachoutLock | null | undefined> {
    if (this.#asked === undefined) {
      void this.#askCap()
      this.#asked = this.#askLock().finally(() => (this.#asked = undefined))
    }
    return this.#asked
  }

  /** Baileys raises the answer as if WhatsApp had told it unasked. */
  async #askLock(): Promise<ReachoutLock | null | undefined> {
    const answer = await this.#ask("may write to new people", () => this.#options.socket.fetchAccountReachoutTimelock())
    return answer && lockOf(answer, Date.now())
  }

  async #askCap(): Promise<void> {
    const info = await this.#ask("may begin new chats", () => this.#options.socket.fetchNewChatMessageCap())
    if (info) this.#emitCap(info)
  }

  async #ask<A>(what: string, question: () => Promise<A>): Promise<A | undefined> {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error("WhatsApp did not answer")), ANSWER_MS)
    try {
      return await Promise.race([question(), late])
    } catch (failure) {
      const { signals, warn } = this.#options
      if (!signals.isClosed) warn(`WhatsApp did not say whether the account ${what}: ${String(failure)}`)
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }

  #emitLock(lock: ReachoutLock | null): void {
    this.#options.signals.emit({ type: "reachout", lock })
  }

  #emitCap(info: BaileysEventMap["message-capping.update"]): void {
    const cap = capOf(info)
    if (cap) this.#options.signals.emit({ type: "new_chats", cap })
  }
}

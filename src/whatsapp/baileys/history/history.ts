/** The phone's history as signals, each part in its turn. */
import type { WASocket } from "@whiskeysockets/baileys"
import type { Incoming, PastMessage } from "../../whatsapp.ts"
import type { Reading } from "../receiving/reading.ts"
import type { SignalQueue } from "../signal-queue.ts"
import type { HistoryPart, HistoryParts } from "./history-parts.ts"

export interface HistoryOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly reading: Reading
  readonly parts: HistoryParts
}

export class History {
  readonly #options: HistoryOptions

  constructor(options: HistoryOptions) {
    this.#options = options
    options.socket.ev.on("messaging-history.set", (event) => {
      const part = options.parts.raised(event)
      this.#hear(part)
      if (part.progress !== null) options.signals.emit({ type: "progressed", percent: part.progress })
    })
  }

  /** To be called when the connection is open: fetches the parts that earlier connections left. */
  async fetchUnfinished(): Promise<void> {
    await this.#options.parts.fetchUnfinished((part) => this.#hear(part))
  }

  /** Messages go as history, oldest first. What was done to messages and stands by itself (an edit, a pin) follows them. */
  #hear({ messages, progress, recorded }: HistoryPart): void {
    const { signals, reading } = this.#options
    const past = messages
      .flatMap((message) => reading.beginPast(message) ?? [])
      .toSorted((one, other) => one.sentAt - other.sentAt)
    const said = past.filter((each): each is PastMessage => each.type === "message")
    const done = past.filter((each): each is Incoming => each.type !== "message")
    if (past.length === 0) recorded()
    if (said.length > 0)
      signals.emitLater(async () => ({
        type: "history",
        messages: await reading.finishAll(said),
        progress,
        ...(done.length === 0 ? { recorded } : {})
      }))
    if (done.length > 0)
      signals.emitLater(async () => ({ type: "received", messages: await reading.finishAll(done), recorded }))
  }
}

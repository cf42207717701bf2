/** The phone's history as signals, each part in its turn. */
import type { WAMessage, WASocket } from "@whiskeysockets/baileys"
import type { ReceivedMessage } from "../../whatsapp.ts"
import type { Identities } from "../identities.ts"
import { type Self, selfOf } from "../jid.ts"
import { translateMessage } from "../receiving/translate.ts"
import type { SignalQueue } from "../signal-queue.ts"
import type { HistoryPart, HistoryParts } from "./history-parts.ts"

export interface HistoryOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly identities: Identities
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

  #hear({ messages, progress, recorded }: HistoryPart): void {
    const { socket, signals, identities } = this.#options
    const past = pastOf(messages, selfOf(socket))
    if (past.length === 0) recorded()
    else
      signals.emitLater(async () => ({
        type: "history",
        messages: await identities.completeAll(past),
        progress,
        recorded
      }))
  }
}

/** The messages of a part, oldest first, without edits, reactions and revocations. */
const pastOf = (messages: readonly WAMessage[], self: Self): readonly ReceivedMessage[] =>
  messages
    .flatMap((message) => translateMessage(message, self, true) ?? [])
    .filter((incoming) => incoming.type === "message")
    .toSorted((a, b) => a.sentAt - b.sentAt)

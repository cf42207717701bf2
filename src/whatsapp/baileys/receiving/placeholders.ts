/**
 * Messages that came without readable content: nothing that arrives leaves no trace. Keeps DEV-4.
 *
 * WhatsApp gives some messages to the phone only (view once), some without content that the phone then sends again (advertisements that
 * lead to a chat), and some cannot be decrypted, so that their sender is asked to send them again. What may still come is waited for; the
 * message is kept in the store meanwhile, since it is confirmed to WhatsApp. Baileys asks the phone for it; so does the next
 * connection, when this one ends too early. What has not come by then is recorded as unavailable; when its content comes later, the actor
 * records that as well.
 */
import type { WAMessage } from "@whiskeysockets/baileys"
import type { ReceivedMessage } from "../../whatsapp.ts"
import type { KeptParts } from "../auth/kept-parts.ts"
import { boundedName, type Self } from "../jid.ts"
import { translateUnavailable } from "./translate.ts"

type Reason = Parameters<typeof translateUnavailable>[1]

export interface PlaceholdersOptions {
  readonly kept: KeptParts
  readonly self: () => Self
  /** Resolves when the message is in the log; rejects when the connection ends before that. */
  readonly record: (message: ReceivedMessage) => Promise<void>
  /** Asks the phone to send a message again. */
  readonly askPhone: (message: Placeholder["message"]) => Promise<unknown>
  /** How long a message waits for its content. */
  readonly waitMs: number
  readonly warn: (text: string) => void
}

/** What is needed to record it. */
export interface Placeholder {
  readonly message: Pick<WAMessage, "key" | "pushName" | "messageTimestamp">
  readonly reason: Reason
  readonly offline: boolean
}

/** Far more than wait in practice. What is beyond is recorded at once. */
const WAITING_MAX = 5_000

/** Phones send no older ones again (PLACEHOLDER_MAX_AGE_SECONDS in Baileys). */
const ASKED_FOR_S = 14 * 86_400

export class Placeholders {
  readonly #options: PlaceholdersOptions
  readonly #waiting = new Map<string, NodeJS.Timeout>()
  #isOver = false

  constructor(options: PlaceholdersOptions) {
    this.#options = options
  }

  /** Resolves when the message is in the log as unavailable. Its content does not come. */
  async record(message: WAMessage, reason: Reason, offline: boolean): Promise<void> {
    const unavailable = translateUnavailable(message, reason, this.#options.self(), offline)
    if (unavailable) await this.#options.record(unavailable)
  }

  /** Resolves when the message is kept. Its content may come (`came`). */
  async wait({ key, pushName, messageTimestamp }: WAMessage, reason: Reason, offline: boolean): Promise<void> {
    const id = boundedName(key.id ?? "")
    const message = { key, pushName: pushName ?? null, messageTimestamp: Number(messageTimestamp ?? 0) }
    if (this.#waiting.has(id) || this.#isOver) return
    const placeholder: Placeholder = { message, reason, offline }
    if (this.#waiting.size >= WAITING_MAX) return this.record(message, reason, offline)
    this.#start(id, placeholder)
    await this.#options.kept.put(id, Buffer.from(JSON.stringify(placeholder)))
  }

  /** The same for a message that Baileys does not ask for. */
  async waitForPhone(message: WAMessage, reason: Reason, offline: boolean): Promise<void> {
    await this.wait(message, reason, offline)
    this.#ask({ message, reason, offline })
  }

  /** The content of these messages, as far as they waited for it, is in the log. */
  came(ids: readonly string[]): void {
    for (const id of ids) if (this.#stop(id)) this.#forget(id)
  }

  /** Messages for which an earlier connection waited begin to wait again: their content may come over this one. */
  async resume(): Promise<void> {
    try {
      for (const [id, bytes] of await this.#options.kept.all()) {
        if (this.#isOver || this.#waiting.has(id)) continue
        const placeholder = JSON.parse(Buffer.from(bytes).toString()) as Placeholder
        this.#start(id, placeholder)
        this.#ask(placeholder)
      }
    } catch (failure) {
      this.#options.warn(`messages that wait for their content could not be read: ${String(failure)}`)
    }
  }

  /** The connection is over; the next one goes on. */
  giveUp(): void {
    this.#isOver = true
    for (const timer of this.#waiting.values()) clearTimeout(timer)
    this.#waiting.clear()
  }

  #start(id: string, placeholder: Placeholder): void {
    this.#waiting.set(
      id,
      setTimeout(() => void this.#ended(id, placeholder), this.#options.waitMs)
    )
  }

  /** A phone that does not answer is as good as none: the wait goes on, and ends. */
  #ask({ message }: Placeholder): void {
    const { askPhone, warn } = this.#options
    if (Date.now() / 1_000 - Number(message.messageTimestamp) > ASKED_FOR_S) return
    askPhone(message).catch((failure: unknown) => {
      if (!this.#isOver) warn(`the phone could not be asked for a message: ${String(failure)}`)
    })
  }

  #stop(id: string): boolean {
    clearTimeout(this.#waiting.get(id))
    return this.#waiting.delete(id)
  }

  async #ended(id: string, { message, reason, offline }: Placeholder): Promise<void> {
    try {
      await this.record(message, reason, offline)
      if (this.#stop(id)) this.#forget(id)
    } catch {
      // The connection is over: the next one finds it in the store.
    }
  }

  #forget(id: string): void {
    this.#options.kept
      .delete(id)
      .catch((failure: unknown) =>
        this.#options.warn(
          `a message that has its content could not be deleted among those that wait: ${String(failure)}`
        )
      )
  }
}

/**
 * Parts of the phone's history that may not be in the log yet. Keeps DEV-4.
 *
 * The phone announces each part in a message. Baileys confirms that message, fetches the part, and raises its messages afterwards. If
 * the process or the connection ends in between, messages are confirmed and lost. So an announcement is stored before it can be
 * confirmed, and deleted when what Baileys raised is recorded. The next connection fetches the parts that an earlier one left; the
 * actor knows messages that came before by their ids.
 */
import {
  type BaileysEventMap,
  type LIDMapping,
  processHistoryMessage,
  proto,
  type WAMessage
} from "@whiskeysockets/baileys"
import type { KeptParts } from "../auth/kept-parts.ts"
import type { Announcement } from "./announcement.ts"
import { type FetchFile, readPart } from "./part-file.ts"

export interface HistoryPart {
  readonly messages: readonly WAMessage[]
  /** Percent; null when unknown. */
  readonly progress: number | null
  /** To be called when all of it is in the log. */
  readonly recorded: () => void
}

export interface HistoryPartsOptions {
  readonly kept: KeptParts
  readonly fetchFile: FetchFile
  /** Called with the names of people that a part brings, before the part is used. */
  readonly learn: (names: readonly LIDMapping[]) => Promise<void>
  readonly warn: (text: string) => void
}

export class HistoryParts {
  readonly #options: HistoryPartsOptions
  /** Parts that Baileys was given on this connection and has not raised yet. */
  readonly #awaited = new Map<string, Announcement>()

  constructor(options: HistoryPartsOptions) {
    this.#options = options
  }

  /** Resolves when the announcement is durable. */
  async keep(id: string, announcement: Announcement): Promise<void> {
    await this.#options.kept.put(id, proto.Message.HistorySyncNotification.encode(announcement).finish())
    this.#awaited.set(id, announcement)
  }

  /**
   * What Baileys has raised. When Baileys puts several parts together, its event has the marks of the last part. The other parts stay
   * stored, and the next connection fetches them once more.
   */
  raised({ messages, progress, syncType, chunkOrder }: BaileysEventMap["messaging-history.set"]): HistoryPart {
    const isIt = (part: Announcement) => part.syncType === syncType && (part.chunkOrder ?? 0) === (chunkOrder ?? 0)
    const [id] = [...this.#awaited].find(([, part]) => isIt(part)) ?? []
    if (id === undefined) return { messages, progress: percentOf(progress), recorded: () => {} }
    this.#awaited.delete(id)
    return this.#part(id, messages, progress)
  }

  /** Calls `use` with each part that earlier connections left, one after another. A part that cannot be fetched now stays stored. */
  async fetchUnfinished(use: (part: HistoryPart) => void): Promise<void> {
    try {
      for (const [id, bytes] of await this.#options.kept.all()) {
        if (!this.#awaited.has(id)) await this.#fetchAgain(id, bytes, use)
      }
    } catch (failure) {
      this.#options.warn(`the stored announcements of the phone's history could not be read: ${String(failure)}`)
    }
  }

  async #fetchAgain(id: string, bytes: Uint8Array, use: (part: HistoryPart) => void): Promise<void> {
    try {
      const part = await readPart(proto.Message.HistorySyncNotification.decode(bytes), this.#options.fetchFile)
      const { messages, progress, lidPnMappings } = processHistoryMessage(part)
      await this.#options.learn(lidPnMappings)
      use(this.#part(id, messages, progress))
    } catch (failure) {
      const { _tag, message } = failure as { readonly _tag?: string; readonly message?: string }
      this.#options.warn(`a part of the phone's history could not be fetched again: ${message ?? String(failure)}`)
      if (_tag !== "NoAnswer") await this.#options.kept.delete(id)
    }
  }

  #part(id: string, messages: readonly WAMessage[], progress: unknown): HistoryPart {
    const { kept, warn } = this.#options
    const recorded = () => {
      kept
        .delete(id)
        .catch((failure: unknown) =>
          warn(`the announcement of a part of the history could not be deleted: ${String(failure)}`)
        )
    }
    return { messages, progress: percentOf(progress), recorded }
  }
}

const percentOf = (progress: unknown): number | null =>
  typeof progress === "number" ? Math.min(100, Math.max(0, Math.round(progress))) : null

/**
 * Parts of the phone's history that may not be in the log yet. Keeps DEV-4.
 *
 * The phone announces each part in a message. Baileys confirms that, fetches the part, and raises its messages afterwards: what
 * dies in between has confirmed messages that nobody kept. So an announcement is kept before it can be confirmed, until what
 * Baileys raised is recorded. What an earlier connection has left is fetched again; messages that came are known by their ids.
 */
import { promisify } from "node:util"
import { inflate } from "node:zlib"
import {
  type BaileysEventMap,
  getHistoryMsg,
  type LIDMapping,
  processHistoryMessage,
  proto,
  type WAMessage
} from "@whiskeysockets/baileys"
import { Effect } from "effect"
import type { KeptParts } from "../auth/device-auth.ts"
import type { Download, RemoteFile } from "../receiving/download.ts"

export type FetchFile = (file: RemoteFile) => Effect.Effect<Download, { readonly _tag: string }>

type Announcement = proto.Message.IHistorySyncNotification

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
  /** Told of the names of people that a part brings, before the part is used. */
  readonly learn: (names: readonly LIDMapping[]) => Promise<void>
  readonly warn: (text: string) => void
}

/** Those that bring messages, and that Baileys fetches unasked. */
const kinds = new Set<number | null | undefined>([
  proto.Message.HistorySyncType.INITIAL_BOOTSTRAP,
  proto.Message.HistorySyncType.RECENT
])

/** Far more than a phone puts into one part; a part beyond is left out. */
const PART_BYTES_MAX = 256 * 1024 * 1024

const inflated = promisify(inflate)

/** The part that a message announces; undefined for every other message, and for what somebody else calls our history. */
export const announcedPart = ({ key, message }: WAMessage): Announcement | undefined => {
  const announcement = key.fromMe && message ? getHistoryMsg(message) : undefined
  return announcement && kinds.has(announcement.syncType) ? announcement : undefined
}

export class HistoryParts {
  readonly #options: HistoryPartsOptions
  /** Those that Baileys has been given on this connection and has not raised yet. */
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
   * What Baileys has raised. Where it put several parts together it has the marks of the last one; the others stay, and are
   * fetched once more by the next connection.
   */
  raised({ messages, progress, syncType, chunkOrder }: BaileysEventMap["messaging-history.set"]): HistoryPart {
    const isIt = (part: Announcement) => part.syncType === syncType && (part.chunkOrder ?? 0) === (chunkOrder ?? 0)
    const [id] = [...this.#awaited].find(([, part]) => isIt(part)) ?? []
    if (id === undefined) return { messages, progress: percentOf(progress), recorded: () => {} }
    this.#awaited.delete(id)
    return this.#part(id, messages, progress)
  }

  /** What earlier connections have left, one after the other. A part that is not to be had now stays for the next one. */
  async fetchLeftBehind(use: (part: HistoryPart) => void): Promise<void> {
    try {
      for (const [id, bytes] of await this.#options.kept.all()) {
        if (!this.#awaited.has(id)) await this.#fetchAgain(id, bytes, use)
      }
    } catch (failure) {
      this.#options.warn(`the phone's history cannot be looked after: ${String(failure)}`)
    }
  }

  async #fetchAgain(id: string, bytes: Uint8Array, use: (part: HistoryPart) => void): Promise<void> {
    try {
      const part = await this.#fetch(proto.Message.HistorySyncNotification.decode(bytes))
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
      kept.delete(id).catch((failure: unknown) => warn(`a part of the history stays noted: ${String(failure)}`))
    }
    return { messages, progress: percentOf(progress), recorded }
  }

  async #fetch(announcement: Announcement): Promise<proto.HistorySync> {
    const { initialHistBootstrapInlinePayload: inline } = announcement
    const deflated = inline?.length
      ? inline
      : await whole(await Effect.runPromise(this.#options.fetchFile(fileOf(announcement))))
    return proto.HistorySync.decode(await inflated(deflated, { maxOutputLength: PART_BYTES_MAX }))
  }
}

const fileOf = ({ directPath, mediaKey }: Announcement): RemoteFile => ({
  kind: "md-msg-hist",
  remote: {
    directPath: directPath || null,
    url: null,
    mediaKey: mediaKey?.length ? Buffer.from(mediaKey).toString("base64") : null
  }
})

const whole = async (pieces: Download): Promise<Buffer> => {
  const all: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > PART_BYTES_MAX) throw new Error("it is too long")
    all.push(piece)
  }
  return Buffer.concat(all)
}

const percentOf = (progress: unknown): number | null =>
  typeof progress === "number" ? Math.min(100, Math.max(0, Math.round(progress))) : null

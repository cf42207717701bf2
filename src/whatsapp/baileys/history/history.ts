/**
 * The phone's history. Keeps DEV-4.
 *
 * The phone announces each part in a message; the part lies on WhatsApp's servers for a while. Baileys would fetch it at once, confirm
 * the message, and raise all of it together: whatever is not recorded then is lost with the process. So Baileys is told to leave the
 * history alone. An announcement is stored before it is confirmed; parts are fetched one after another, and read in slices, the next one
 * when the slice before is recorded; then the announcement is deleted. Announcements may come in any order: those that waited for the
 * connection are decrypted while others arrive. What an earlier connection left is read by the next one, which
 * records again only what is not known.
 */
import { AsyncResource } from "node:async_hooks"
import { type AuthenticationState, proto } from "@whiskeysockets/baileys"
import type { KeptParts } from "../auth/kept-parts.ts"
import type { Identities } from "../names/identities.ts"
import type { Reading } from "../receiving/reading.ts"
import { completeChanges, namedIn } from "../roster/complete-changes.ts"
import { connectionOver, type SignalQueue } from "../signal-queue.ts"
import type { Signal } from "../../whatsapp.ts"
import type { Announcement } from "./announcement.ts"
import { type FetchFile, fetchPart } from "./part-file.ts"
import { storeTokens } from "./privacy-tokens.ts"
import { type Slice, slicesOf } from "./slices.ts"

export interface HistoryOptions {
  readonly signals: SignalQueue
  readonly reading: Pick<Reading, "beginPast" | "finishAll">
  readonly identities: Pick<Identities, "learn" | "named">
  readonly kept: KeptParts
  /** With Baileys' memory, which knows the list of tokens. */
  readonly keys: AuthenticationState["keys"]
  readonly fetchFile: FetchFile
  readonly warn: (text: string) => void
}

/** Chats whose last message is remembered, for app state (roster/hear-roster.ts). */
const REMEMBERED_MAX = 10_000
const ASKED_MAX = 100

interface RecordedPart {
  readonly id: string
  readonly place: number
  /** Percent; null when the part does not say it. */
  readonly progress: number | null
}

export class History {
  readonly #options: HistoryOptions
  /** Announced parts that are not read yet. */
  readonly #waiting = new Map<string, Announcement>()
  readonly #lastReceived = new Map<string, number>()
  /** Requests to the phone that it has not answered. */
  readonly #asked = new Map<string, (messages: number) => void>()
  /** Begun from a message that is decrypted; it must not run in that message's transaction. */
  readonly #start: () => void
  /** Parts that are recorded, though an earlier one still waits. The next connection reads them again if this one ends before that. */
  #recorded: readonly RecordedPart[] = []
  #isReading = false
  #giveUp: ((reason: Error) => void) | undefined
  #read = Promise.withResolvers<void>()

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#start = AsyncResource.bind(() => void this.#readAll())
  }

  /** Resolves when the announcement is durable. Its part is read after the earlier ones. */
  async keep(id: string, announcement: Announcement): Promise<void> {
    await this.#options.kept.put(id, proto.Message.HistorySyncNotification.encode(announcement).finish())
    this.#waiting.set(id, announcement)
    this.#start()
  }

  /** To be called when the connection is open: reads the parts that earlier connections left. */
  async readUnfinished(): Promise<void> {
    const { kept, warn } = this.#options
    try {
      for (const [id, bytes] of await kept.all()) {
        if (!this.#waiting.has(id)) this.#waiting.set(id, proto.Message.HistorySyncNotification.decode(bytes))
      }
      this.#start()
    } catch (failure) {
      warn(`the stored announcements of the phone's history could not be read: ${String(failure)}`)
    }
  }

  /** The connection is over; what is not read stays stored. */
  giveUp(): void {
    this.#waiting.clear()
    this.#giveUp?.(connectionOver)
  }

  /** Resolves when the part that answers this request is recorded, with the number of messages in it. It may never come. */
  answerTo(requestId: string): Promise<number> {
    const answer = Promise.withResolvers<number>()
    this.#asked.set(requestId, answer.resolve)
    const [oldest] = this.#asked.keys()
    if (this.#asked.size > ASKED_MAX && oldest !== undefined) this.#asked.delete(oldest)
    return answer.promise
  }

  /** Resolves when a part of the history was recorded on this connection. */
  get hasBegun(): Promise<void> {
    return this.#read.promise
  }

  /** Seconds: when others wrote last in this chat, as the parts said that were read on this connection. */
  lastReceived(chat: string): number | undefined {
    return this.#lastReceived.get(chat)
  }

  async #readAll(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    for (;;) {
      const next = firstOf(this.#waiting)
      if (next === undefined || this.#options.signals.isClosed) break
      const [id, announcement] = next
      await this.#readPart(id, announcement)
    }
    this.#isReading = false
  }

  async #readPart(id: string, announcement: Announcement): Promise<void> {
    const { fetchFile, kept, reading, warn } = this.#options
    try {
      const bytes = await fetchPart(announcement, fetchFile)
      let progress: number | null = null
      let messages = 0
      const isAnswer = announcement.syncType === proto.Message.HistorySyncType.ON_DEMAND
      for (const slice of slicesOf(bytes, (message) => reading.beginPast(message), isAnswer)) {
        await this.#record(slice)
        progress = slice.progress
        messages += slice.messages.length + slice.deeds.length
      }
      this.#answered(announcement, messages)
      this.#read.resolve()
      this.#recorded = [...this.#recorded, { id, place: placeOf(announcement), progress }]
    } catch (failure) {
      if (failure === connectionOver) return
      const { _tag, message } = failure as { readonly _tag?: string; readonly message?: string }
      warn(`a part of the phone's history could not be fetched: ${message ?? String(failure)}`)
      if (_tag !== "NoAnswer") await kept.delete(id).catch(() => {})
    } finally {
      this.#waiting.delete(id)
    }
    await this.#finish()
  }

  #answered({ peerDataRequestSessionId: requestId }: Announcement, messages: number): void {
    if (!requestId) return
    this.#asked.get(requestId)?.(messages)
    this.#asked.delete(requestId)
  }

  /** Reports the progress of recorded parts that follow no waiting part, and deletes their announcements. */
  async #finish(): Promise<void> {
    const { kept, signals, warn } = this.#options
    const first = firstOf(this.#waiting)
    const end = first === undefined ? Infinity : placeOf(first[1])
    const finished = this.#recorded.filter(({ place }) => place <= end)
    this.#recorded = this.#recorded.filter(({ place }) => place > end)
    const progress = Math.max(...finished.map((part) => part.progress ?? -1))
    if (progress >= 0) signals.emit({ type: "progressed", percent: progress })
    for (const { id } of finished)
      await kept.delete(id).catch((failure) => warn(`an announcement of history was not deleted: ${String(failure)}`))
  }

  async #record({ changes: given, messages: past, deeds, chats, lastReceived, progress }: Slice): Promise<void> {
    const { identities, keys, reading } = this.#options
    const lookUp = (jids: readonly string[]) => identities.named(jids)
    await identities.learn(namedIn(given))
    await storeTokens(keys, chats, lookUp)
    for (const [chat, at] of lastReceived)
      if (this.#lastReceived.size < REMEMBERED_MAX) this.#lastReceived.set(chat, at)
    const changes = await completeChanges(given, lookUp)
    if (changes.length > 0) await this.#emit((recorded) => ({ type: "roster", changes, told: "history", recorded }))
    const messages = await reading.finishAll(past)
    if (messages.length > 0) await this.#emit((recorded) => ({ type: "history", messages, progress, recorded }))
    const done = await reading.finishAll(deeds)
    if (done.length > 0) await this.#emit((recorded) => ({ type: "received", messages: done, recorded }))
  }

  /** Resolves when the signal is recorded; rejects when the connection ends before that. */
  #emit(signal: (recorded: () => void) => Signal): Promise<void> {
    const { signals } = this.#options
    return new Promise((resolve, reject) => {
      if (signals.isClosed) {
        reject(connectionOver)
        return
      }
      this.#giveUp = reject
      signals.emit(signal(resolve))
    })
  }
}

const firstOf = (waiting: ReadonlyMap<string, Announcement>): readonly [string, Announcement] | undefined =>
  [...waiting].reduce<readonly [string, Announcement] | undefined>(
    (first, each) => (first === undefined || placeOf(each[1]) < placeOf(first[1]) ? each : first),
    undefined
  )

/** Where a part stands in the history, as far as its announcement says. The order in which announcements are stored says nothing. */
const placeOf = ({ syncType, progress }: Announcement): number =>
  syncType === proto.Message.HistorySyncType.INITIAL_BOOTSTRAP ? -1 : (progress ?? 0)

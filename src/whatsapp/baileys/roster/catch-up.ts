/**
 * Asks WhatsApp how things are, where the log may not know: groups, blocked people, and the account's app state (archived chats, names of
 * contacts, labels). WhatsApp tells a connected device what changes, and queues it for one that is away; a device that was linked just
 * now, or whose gateway was killed, has to ask.
 */
import { ALL_WA_PATCH_NAMES, type AuthenticationState, type WAPatchName, type WASocket } from "@whiskeysockets/baileys"
import type { HeldVersions } from "../auth/held-versions.ts"
import type { UpToDate } from "../auth/up-to-date.ts"
import { boundedName } from "../jid.ts"
import { personIn } from "../names/people.ts"
import type { SignalQueue } from "../signal-queue.ts"
import type { RosterFeed } from "./roster-feed.ts"

export interface CatchUpOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly feed: RosterFeed
  readonly keys: AuthenticationState["keys"]
  readonly versions: HeldVersions
  readonly upToDate: UpToDate
  /** Resolves when a part of the history is recorded: app state says of its chats what has changed since. */
  readonly historyHasBegun: () => Promise<void>
  readonly warn: (text: string) => void
}

/** Baileys raises what a version brought right after it was stored. */
const RAISED_AFTER_MS = 500
/** The phone may have no history to hand over. */
const HISTORY_MAX_MS = 10_000

export class CatchUp {
  readonly #options: CatchUpOptions
  /** As far as it is known: questions that WhatsApp did not answer, or has not answered yet. */
  #unanswered = 0
  #hasOpened = false
  #reading: Promise<void> = Promise.resolve()
  #releasing: NodeJS.Timeout | undefined

  constructor(options: CatchUpOptions) {
    this.#options = options
    options.versions.changed = () => this.#releaseLater()
    options.socket.ev.on("creds.update", ({ myAppStateKeyId }) => {
      if (myAppStateKeyId) this.#readLater()
    })
  }

  /** To be called when the connection is open. */
  async opened(): Promise<void> {
    this.#hasOpened = true
    if (!this.#options.upToDate.wasMarked) {
      await this.#ask("its groups", () => this.#readGroups())
      await this.#ask("blocked people", () => this.#readBlocked())
    }
    this.#readLater()
  }

  /** The connection is over. Marks the log as up to date once everything that came is recorded. */
  async over(): Promise<void> {
    clearTimeout(this.#releasing)
    const { feed, upToDate, warn } = this.#options
    const isUpToDate = this.#hasOpened ? this.#unanswered === 0 : upToDate.wasMarked
    try {
      await feed.recorded
      await this.#release()
      if (isUpToDate) await upToDate.mark()
    } catch (failure) {
      warn(`the next connection asks WhatsApp for groups and contacts again: ${String(failure)}`)
    }
  }

  async #readGroups(): Promise<void> {
    const { socket, feed } = this.#options
    // Baileys emits each of them as well.
    const groups = await socket.groupFetchAllParticipating()
    feed.add([{ type: "groups", groups: Object.keys(groups).map(boundedName) }], "listed")
  }

  async #readBlocked(): Promise<void> {
    const { socket, feed } = this.#options
    const jids = await socket.fetchBlocklist()
    feed.add([{ type: "blocked", people: jids.flatMap((jid) => personIn(jid) ?? []) }], "listed")
  }

  #readLater(): void {
    this.#reading = this.#reading.then(() => this.#ask("its app state", () => this.#readAppState()))
  }

  /** What is new since the versions that are stored; all of it where none is. Not before the phone has sent the key for it. */
  async #readAppState(): Promise<void> {
    const { socket, keys, historyHasBegun, upToDate } = this.#options
    if (!this.#hasOpened || !socket.authState.creds.myAppStateKeyId) return
    const known = await keys.get("app-state-sync-version", [...ALL_WA_PATCH_NAMES])
    const isKnown = (name: WAPatchName) => known[name] !== undefined
    const begun = ALL_WA_PATCH_NAMES.filter(isKnown)
    const fresh = ALL_WA_PATCH_NAMES.filter((name) => !isKnown(name))
    if (begun.length > 0 && !upToDate.wasMarked) {
      await this.#ask("what changed in its chats", () => socket.resyncAppState(begun, false))
    }
    if (fresh.length === 0) return
    await Promise.race([historyHasBegun(), sleep(HISTORY_MAX_MS)])
    await this.#ask("its chats and contacts", () => socket.resyncAppState(fresh, true))
  }

  async #ask(what: string, question: () => Promise<unknown>): Promise<void> {
    const { signals, warn } = this.#options
    if (signals.isClosed) return
    this.#unanswered++
    try {
      await question()
      this.#unanswered--
    } catch (failure) {
      if (!signals.isClosed) warn(`WhatsApp could not be asked for ${what}: ${String(failure)}`)
    }
  }

  #releaseLater(): void {
    clearTimeout(this.#releasing)
    this.#releasing = setTimeout(() => void this.#release().catch(() => {}), RAISED_AFTER_MS).unref()
  }

  /** Stores the versions that are held, once what they brought is recorded. */
  async #release(): Promise<void> {
    const { feed, versions } = this.#options
    const { held } = versions
    if (held.size === 0) return
    await feed.recorded
    await versions.store(held)
  }
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })

/**
 * Calls that ring. Baileys puts an offer into a cache before it confirms the offer to WhatsApp, and waits for that: so the offer is
 * recorded there first. The end of a call is recorded as it comes.
 */
import { type CacheStore, type WACallEvent, type WASocket } from "@whiskeysockets/baileys"
import { LRUCache } from "lru-cache"
import type { RosterFeed } from "./roster-feed.ts"
import { call } from "./translate-roster.ts"

const RINGING_MAX = 20

export class Calls {
  readonly #ringing = new LRUCache<string, WACallEvent>({ max: RINGING_MAX })
  readonly #feed: () => RosterFeed

  constructor(feed: () => RosterFeed) {
    this.#feed = feed
  }

  hear(socket: WASocket): void {
    socket.ev.on("call", (calls) => this.#feed().add(calls.filter(({ status }) => status !== "offer").flatMap(call)))
  }

  get cache(): CacheStore {
    return {
      get: <T>(id: string) => this.#ringing.get(id) as T | undefined,
      set: async (id, offer) => {
        this.#ringing.set(id, offer as WACallEvent)
        const feed = this.#feed()
        feed.add(call(offer as WACallEvent))
        await feed.recorded
      },
      del: (id) => void this.#ringing.delete(id),
      flushAll: () => this.#ringing.clear()
    }
  }
}

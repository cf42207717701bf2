/**
 * Which chats clients watch for presence. WhatsApp is asked once per connection, and again on the next one, while a client watches.
 * Nothing of it is recorded, and a chat that cannot be watched now is watched with the next connection.
 */
import { Effect } from "effect"
import { elapsedMs } from "../../../store/elapsed.ts"
import type { Connection } from "../../../whatsapp/whatsapp.ts"
import type { WatchPresence } from "../commands.ts"

type Chat = WatchPresence["chats"][number]

interface Watched extends Chat {
  /** In elapsed time. */
  until: number
  /** The connection that WhatsApp was asked on. */
  asked: Connection | undefined
}

/** Of one device; those whose time ends first make room. */
const CHATS_MAX = 200

export class PresenceWatch {
  readonly #chats = new Map<string, Watched>()

  watch({ chats, forMs, isNew }: WatchPresence, connection: Connection | undefined): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const until = (yield* elapsedMs) + forMs
      for (const each of chats) {
        const known = this.#chats.get(each.chat)
        // The last in the map is the last to end.
        this.#chats.delete(each.chat)
        this.#chats.set(each.chat, {
          ...each,
          until: Math.max(until, known?.until ?? 0),
          asked: isNew ? undefined : known?.asked
        })
        const [first] = this.#chats.keys()
        if (this.#chats.size > CHATS_MAX && first !== undefined) this.#chats.delete(first)
      }
      if (connection) yield* this.resume(connection)
    })
  }

  /** A connection is open: WhatsApp is asked for everything that is watched. */
  resume(connection: Connection): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const now = yield* elapsedMs
      for (const watched of this.#chats.values()) {
        if (watched.until <= now) this.#chats.delete(watched.chat)
        else if (watched.asked !== connection) {
          watched.asked = connection
          yield* Effect.ignore(connection.watchPresence(watched.chat, watched.chatAlt))
        }
      }
    })
  }
}

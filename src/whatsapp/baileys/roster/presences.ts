/** Who is online and who types, as WhatsApp tells it for chats that are watched. */
import type { BaileysEventMap, PresenceData, WASocket } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { type OpenRequest, NotConnected } from "../../whatsapp.ts"
import type { Presence } from "../../roster.ts"
import type { Identities } from "../names/identities.ts"
import { chatIn, personIn } from "../names/people.ts"
import type { Readiness } from "../readiness.ts"
import { secondsAt } from "./amounts.ts"

export interface PresencesOptions {
  readonly socket: WASocket
  readonly identities: Identities
  readonly readiness: Readiness
  readonly seen: OpenRequest["seen"]
}

/** So many may wait for their names; more is left out, since what people do now is soon over. */
const WAITING_MAX = 100

export class Presences {
  readonly #options: PresencesOptions
  #waiting = 0
  #last: Promise<void> = Promise.resolve()

  constructor(options: PresencesOptions) {
    this.#options = options
    options.socket.ev.on("presence.update", (update) => this.#hear(update))
  }

  /** WhatsApp tells it only to accounts that show themselves online. */
  watch(chat: string, chatAlt: string | null): Effect.Effect<void, NotConnected> {
    const { socket, readiness } = this.#options
    return readiness.onceOpened(
      Effect.suspend(() =>
        readiness.isOpen
          ? Effect.ignore(Effect.tryPromise(() => socket.presenceSubscribe(chatAlt ?? chat)))
          : new NotConnected()
      )
    )
  }

  #hear({ id, presences }: BaileysEventMap["presence.update"]): void {
    if (this.#waiting >= WAITING_MAX) return
    this.#waiting++
    this.#last = this.#last.then(async () => {
      for (const [participant, data] of Object.entries(presences)) await this.#tell(id, participant, data)
      this.#waiting--
    })
  }

  async #tell(id: string, participant: string, { lastKnownPresence, lastSeen }: PresenceData): Promise<void> {
    const { identities, seen } = this.#options
    const person = personIn(...(await identities.bothNames(personJid(participant), null)))
    if (person === null) return
    const names = await identities.bothNames(personJid(id), null)
    const presence: Presence = lastKnownPresence === "paused" ? "available" : lastKnownPresence
    seen({ ...chatIn(...names), person, presence, lastSeen: secondsAt(lastSeen) ?? null })
  }
}

/** Without its device. */
const personJid = (jid: string): string => jid.replace(/:\d+@/, "@")

/**
 * What a message to a group needs to know of it: its members, how they are addressed, and when its messages disappear. Baileys asks
 * WhatsApp for it with each message, which then answers 429 to accounts that write much to groups (Baileys#1983).
 *
 * A group is forgotten when WhatsApp announces any change of it, before Baileys reads the announcement.
 */
import type { BinaryNode, GroupMetadata, WASocket } from "@whiskeysockets/baileys"
import { LRUCache } from "lru-cache"

/** Of all groups of a connection together; about 100 bytes each. */
const MEMBERS_MAX = 10_000
/** In case that an announcement is lost. */
const KNOWN_MS = 3_600_000

export class SentGroups {
  readonly #ask: (group: string) => Promise<GroupMetadata>
  readonly #known = new LRUCache<string, GroupMetadata>({
    maxSize: MEMBERS_MAX,
    sizeCalculation: ({ participants }) => 1 + participants.length,
    ttl: KNOWN_MS
  })
  /** Questions that WhatsApp has not answered. */
  readonly #asked = new Map<string, Promise<GroupMetadata>>()

  /** `ask`: asks WhatsApp for a group. */
  constructor(ask: (group: string) => Promise<GroupMetadata>) {
    this.#ask = ask
  }

  hear(socket: Pick<WASocket, "ws">): void {
    socket.ws.on("CB:notification,type:w:gp2", ({ attrs }: BinaryNode) => this.forget(attrs.from ?? ""))
  }

  /** Rejects as WhatsApp's answer does. */
  async metadata(group: string): Promise<GroupMetadata> {
    const known = this.#known.get(group)
    if (known !== undefined) return known
    const asked = this.#asked.get(group) ?? this.#lookUp(group)
    return asked
  }

  /** An answer to a question that was asked before is given to who waits for it, and not kept. */
  forget(group: string): void {
    this.#known.delete(group)
    this.#asked.delete(group)
  }

  #lookUp(group: string): Promise<GroupMetadata> {
    const answer = this.#ask(group)
      .then(essential)
      .then((metadata) => {
        if (this.#asked.get(group) === answer) this.#known.set(group, metadata)
        return metadata
      })
      .finally(() => {
        if (this.#asked.get(group) === answer) this.#asked.delete(group)
      })
    this.#asked.set(group, answer)
    return answer
  }
}

/** What Baileys reads of it when it sends (messages-send.js relayMessage). */
const essential = ({ id, addressingMode, ephemeralDuration, participants }: GroupMetadata): GroupMetadata => ({
  id,
  ...(addressingMode === undefined ? {} : { addressingMode }),
  ...(ephemeralDuration === undefined ? {} : { ephemeralDuration }),
  subject: "",
  owner: undefined,
  participants: participants.map((member) => ({ id: member.id }))
})

/**
 * Who may delete the messages of others in a group. WhatsApp's server cannot see whose message is deleted, so each client looks for itself
 * whether the sender is an administrator.
 */
import type { WASocket } from "@whiskeysockets/baileys"
import { LRUCache } from "lru-cache"
import { accountOf } from "../jid.ts"

const GROUPS_MAX = 500
const KNOWN_MS = 300_000
const ANSWER_MS = 10_000

export class Administrators {
  readonly #socket: WASocket
  readonly #warn: (text: string) => void
  /** Accounts, by group. */
  readonly #known = new LRUCache<string, ReadonlySet<string>>({ max: GROUPS_MAX, ttl: KNOWN_MS })

  constructor(socket: WASocket, warn: (text: string) => void) {
    this.#socket = socket
    this.#warn = warn
    socket.ev.on("group-participants.update", ({ id }) => this.#known.delete(id))
  }

  /** Whether a member with one of these names is an administrator; false also when WhatsApp does not say. */
  async include(group: string, names: readonly (string | null)[]): Promise<boolean> {
    const administrators = this.#known.get(group) ?? (await this.#lookUp(group))
    return names.some((name) => name !== null && administrators.has(name))
  }

  async #lookUp(group: string): Promise<ReadonlySet<string>> {
    try {
      const { participants } = await withinTime(this.#socket.groupMetadata(group))
      const administrators = participants.filter(({ admin }) => admin)
      const accounts = new Set(
        administrators.flatMap(({ id, lid, phoneNumber }) =>
          [id, lid, phoneNumber].flatMap((jid) => (jid ? accountOf(jid) : []))
        )
      )
      this.#known.set(group, accounts)
      return accounts
    } catch (failure) {
      this.#warn(`the administrators of a group could not be looked up: ${String(failure)}`)
      return new Set()
    }
  }
}

const withinTime = <A>(answer: Promise<A>): Promise<A> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error("WhatsApp did not answer")), ANSWER_MS)
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer))
}

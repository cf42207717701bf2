/**
 * Baileys' table of people's names (`lid-mapping` in the authentication state), for many of them at once.
 *
 * Baileys keeps each name that goes through its own functions in memory for days, and a phone hands over thousands. So they are read
 * and written here beside Baileys' memory: it finds them in the store when it needs them.
 */
import { type AuthenticationState, isLidUser, isPnUser, jidDecode, type LIDMapping } from "@whiskeysockets/baileys"
import type { PersonName } from "../../../events/contact.ts"
import { boundedName } from "../jid.ts"

type Keys = AuthenticationState["keys"]

/** Rows that are read or written at once. */
const ROWS_MAX = 200
const REVERSE = "_reverse"

export class NameTable {
  readonly #keys: Keys

  /** `keys`: without a memory of their own. */
  constructor(keys: Keys) {
    this.#keys = keys
  }

  /** Both names of people who are known by at least one of these jids, by jid. */
  async find(jids: readonly string[]): Promise<ReadonlyMap<string, PersonName>> {
    const wanted = [...new Set(jids)].flatMap((jid) => {
      const key = keyOf(jid)
      return key === undefined ? [] : [{ jid, key }]
    })
    const others = await this.#read(wanted.map(({ key }) => key))
    return new Map(wanted.map(({ jid, key }) => [jid, bothNames(jid, others.get(key))]))
  }

  /** Adds the pairs that are not there. Answers those whose number had another LID: Baileys has to be told of them. */
  async add(pairs: readonly LIDMapping[]): Promise<readonly LIDMapping[]> {
    const users = pairs.map((pair) => ({ pair, pn: userOf(pair.pn), lid: userOf(pair.lid) }))
    const known = await this.#read(users.map(({ pn }) => pn))
    const added = users.filter(({ pn }) => !known.has(pn))
    for (let from = 0; from < added.length; from += ROWS_MAX) {
      const rows = added
        .slice(from, from + ROWS_MAX)
        .flatMap(({ pn, lid }) => [[pn, lid] as const, [`${lid}${REVERSE}`, pn] as const])
      await this.#keys.set({ "lid-mapping": Object.fromEntries(rows) })
    }
    return users.flatMap(({ pair, pn, lid }) => (known.has(pn) && known.get(pn) !== lid ? [pair] : []))
  }

  async #read(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    for (let from = 0; from < keys.length; from += ROWS_MAX) {
      const rows = await this.#keys.get("lid-mapping", keys.slice(from, from + ROWS_MAX))
      for (const [key, value] of Object.entries(rows)) found.set(key, value)
    }
    return found
  }
}

const userOf = (jid: string): string => jidDecode(jid)?.user ?? ""

const keyOf = (jid: string): string | undefined =>
  isLidUser(jid) ? `${userOf(jid)}${REVERSE}` : isPnUser(jid) ? userOf(jid) : undefined

const bothNames = (jid: string, other: string | undefined): PersonName =>
  isLidUser(jid)
    ? { lid: boundedName(jid), number: other ?? null }
    : { lid: other === undefined ? null : `${other}@lid`, number: userOf(jid) }

/**
 * The two names of a person: LID and telephone number.
 *
 * WhatsApp addresses people more and more by LID, while clients know them by number. So everything that arrives carries both names where
 * both are known, the number first. The table of pairs is Baileys' own (`lid-mapping` in the authentication state). Each device has its
 * own and it is encrypted, because an account may not see every number that another account sees. Baileys fills the table from messages
 * and queries. The pairs in the history, in contacts and in members of groups are added by the code that reads those.
 */
import {
  isLidUser,
  isPnUser,
  jidDecode,
  jidNormalizedUser,
  type LIDMapping,
  type WASocket
} from "@whiskeysockets/baileys"
import type { MessageContext, PersonNames } from "../../../events/context.ts"
import type { PersonName } from "../../../events/contact.ts"
import type { Incoming, PastMessage } from "../../whatsapp.ts"
import type { NameTable } from "./name-table.ts"

export class Identities {
  readonly #socket: WASocket
  readonly #table: NameTable
  readonly #warn: (text: string) => void

  constructor(socket: WASocket, table: NameTable, warn: (text: string) => void) {
    this.#socket = socket
    this.#table = table
    this.#warn = warn
  }

  /** The LID of a number's jid; null when it has none. Asks WhatsApp when the table does not have it. */
  async lidOf(jid: string): Promise<string | null> {
    const lid = await this.#socket.signalRepository.lidMapping.getLIDForPN(jid)
    return lid ? jidNormalizedUser(lid) : null
  }

  /** The same with both names of everyone in it, as far as the table has them; does not ask WhatsApp. */
  async complete<M extends Incoming | PastMessage>(incoming: M): Promise<M> {
    const found = new Map<string, BothNames>()
    for (const [jid, alt] of namesIn(incoming)) found.set(`${jid} ${alt}`, await this.bothNames(jid, alt))
    return renamed(incoming, (jid, alt) => found.get(`${jid} ${alt}`) ?? [jid, alt])
  }

  /** The same for many messages, in one look-up. */
  async completeAll<M extends Incoming | PastMessage>(incoming: readonly M[]): Promise<readonly M[]> {
    const names = await this.named(incoming.flatMap(namesIn).map(([jid]) => jid))
    return incoming.map((each) => renamed(each, (jid, alt) => completed(names, jid, alt)))
  }

  /** Both names of people, by each of these jids; nothing for one that is not a person's. An empty answer when the store has none. */
  async named(jids: readonly string[]): Promise<ReadonlyMap<string, PersonName>> {
    try {
      return await this.#table.find(jids)
    } catch (failure) {
      this.#warn(`identities could not be looked up: ${String(failure)}`)
      return new Map()
    }
  }

  /** Number first, LID second. A jid that is not a person's, or cannot be looked up now, stays as it is. */
  async bothNames(jid: string, alt: string | null): Promise<readonly [string, string | null]> {
    try {
      if (isLidUser(jid)) {
        const pn = alt ?? (await this.#socket.signalRepository.lidMapping.getPNForLID(jid))
        return pn ? [jidNormalizedUser(pn), jid] : [jid, null]
      }
      return [jid, alt ?? (await this.lidKnownOf(jid))]
    } catch (failure) {
      this.#warn(`an identity could not be looked up: ${String(failure)}`)
      return [jid, alt]
    }
  }

  /** The LID that the table has for a number's jid; null where it has none, and for another jid. */
  async lidKnownOf(jid: string): Promise<string | null> {
    if (!isPnUser(jid)) return null
    const user = jidDecode(jid)?.user ?? ""
    const { [user]: lid } = await this.#socket.authState.keys.get("lid-mapping", [user])
    return lid ? `${lid}@lid` : null
  }

  /** Adds pairs to the table. */
  async learn(people: readonly PersonName[]): Promise<void> {
    const pairs = people.flatMap(({ lid, number }): readonly LIDMapping[] =>
      lid === null || number === null ? [] : [{ lid, pn: `${number}@s.whatsapp.net` }]
    )
    if (pairs.length === 0) return
    try {
      const changed = await this.#table.add(pairs)
      if (changed.length > 0) await this.#socket.signalRepository.lidMapping.storeLIDPNMappings([...changed])
    } catch (failure) {
      this.#warn(`identities could not be stored: ${String(failure)}`)
    }
  }
}

/** A jid, and the other name of the same person. */
type BothNames = readonly [string, string | null]

/** Everyone in it: its chat, its sender, and whom it names besides. */
const namesIn = (incoming: Incoming | PastMessage): readonly BothNames[] => {
  const names: BothNames[] = []
  renamed(incoming, (jid, alt) => {
    names.push([jid, alt])
    return [jid, alt]
  })
  return names
}

const renamed = <M extends Incoming | PastMessage>(
  incoming: M,
  by: (jid: string, alt: string | null) => BothNames
): M => {
  const named = <P extends PersonNames>(person: P): P => {
    const [jid, alt] = by(person.jid, person.alt)
    return { ...person, jid, alt }
  }
  const [chat, chatAlt] = by(incoming.chat, incoming.chatAlt)
  const [sender, senderAlt] = by(incoming.sender, incoming.senderAlt)
  const changed: Record<string, unknown> = { ...incoming, chat, chatAlt, sender, senderAlt }
  if ("author" in incoming && incoming.author) changed.author = named(incoming.author)
  if ("context" in incoming && incoming.context) changed.context = contextWith(incoming.context, named)
  for (const deeds of ["reactions", "votes", "answers"] as const) {
    const given = (incoming as Partial<PastMessage>)[deeds]
    if (given) changed[deeds] = given.map(named)
  }
  return changed as M
}

const contextWith = (context: MessageContext, named: <P extends PersonNames>(person: P) => P): MessageContext => {
  const { quoted, mentions } = context
  return {
    ...context,
    ...(quoted ? { quoted: { ...quoted, sender: quoted.sender ? named(quoted.sender) : null } } : {}),
    ...(mentions ? { mentions: mentions.map(named) } : {})
  }
}

/** Number first, LID second, as far as the table has them; what came with both stays. */
const completed = (names: ReadonlyMap<string, PersonName>, jid: string, alt: string | null): BothNames => {
  const name = names.get(jid)
  if (isPnUser(jid)) return [jid, alt ?? name?.lid ?? null]
  const pn = isLidUser(jid) ? (alt ?? numberJid(name?.number)) : null
  return pn === null ? [jid, alt] : [jidNormalizedUser(pn), jid]
}

const numberJid = (number: string | null | undefined): string | null => (number ? `${number}@s.whatsapp.net` : null)

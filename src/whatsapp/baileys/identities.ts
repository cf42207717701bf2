/**
 * The two names of a person: LID and telephone number.
 *
 * WhatsApp addresses people more and more by LID, while clients know them by number. So everything that arrives carries both names where
 * both are known, the number first. The table of pairs is Baileys' own (`lid-mapping` in the authentication state). Each device has its
 * own and it is encrypted, because an account may not see every number that another account sees. Baileys fills the table from messages,
 * queries and history. It ignores the pairs in contacts and in members of groups; this file adds those.
 */
import {
  type BaileysEventMap,
  isLidUser,
  isPnUser,
  jidDecode,
  jidNormalizedUser,
  type LIDMapping,
  type WASocket
} from "@whiskeysockets/baileys"
import type { MessageContext, PersonNames } from "../../events/context.ts"
import type { Incoming, PastMessage } from "../whatsapp.ts"

export class Identities {
  readonly #socket: WASocket
  readonly #warn: (text: string) => void

  constructor(socket: WASocket, warn: (text: string) => void) {
    this.#socket = socket
    this.#warn = warn
    const { ev } = socket
    ev.on("contacts.upsert", (contacts) =>
      this.learn(contacts.map(({ lid, phoneNumber, id }) => pairOf(lid, phoneNumber ?? id)))
    )
    ev.on("contacts.update", (contacts) =>
      this.learn(contacts.map(({ lid, phoneNumber, id }) => pairOf(lid, phoneNumber ?? id)))
    )
    ev.on("groups.upsert", (groups) => this.learn(groups.flatMap(({ participants }) => participants.map(memberPair))))
    ev.on("group-participants.update", ({ participants }: BaileysEventMap["group-participants.update"]) =>
      this.learn(participants.map(memberPair))
    )
  }

  /** The LID of a number's jid; null when it has none. Asks WhatsApp when the table does not have it. */
  async lidOf(jid: string): Promise<string | null> {
    const lid = await this.#socket.signalRepository.lidMapping.getLIDForPN(jid)
    return lid ? jidNormalizedUser(lid) : null
  }

  /** The same with both names of everyone in it, as far as the table has them; does not ask WhatsApp. */
  async complete<M extends Incoming | PastMessage>(incoming: M): Promise<M> {
    const [chat, chatAlt] = await this.bothNames(incoming.chat, incoming.chatAlt)
    const [sender, senderAlt] = await this.bothNames(incoming.sender, incoming.senderAlt)
    const completed: Record<string, unknown> = { ...incoming, chat, chatAlt, sender, senderAlt }
    if ("author" in incoming && incoming.author) completed.author = await this.#named(incoming.author)
    if ("context" in incoming && incoming.context) completed.context = await this.#completeContext(incoming.context)
    for (const deeds of ["reactions", "votes", "answers"] as const) {
      const given = (incoming as Partial<PastMessage>)[deeds]
      if (given) completed[deeds] = await Promise.all(given.map((deed) => this.#named(deed)))
    }
    return completed as M
  }

  async #completeContext(context: MessageContext): Promise<MessageContext> {
    const { quoted, mentions } = context
    const sender = quoted?.sender ? await this.#named(quoted.sender) : null
    return {
      ...context,
      ...(quoted ? { quoted: { ...quoted, sender } } : {}),
      ...(mentions ? { mentions: await Promise.all(mentions.map((each) => this.#named(each))) } : {})
    }
  }

  async #named<P extends PersonNames>(person: P): Promise<P> {
    const [jid, alt] = await this.bothNames(person.jid, person.alt)
    return { ...person, jid, alt }
  }

  /** Number first, LID second. A jid that is not a person's, or cannot be looked up now, stays as it is. */
  async bothNames(jid: string, alt: string | null): Promise<readonly [string, string | null]> {
    try {
      if (isLidUser(jid)) {
        const pn = alt ?? (await this.#socket.signalRepository.lidMapping.getPNForLID(jid))
        return pn ? [jidNormalizedUser(pn), jid] : [jid, null]
      }
      return isPnUser(jid) ? [jid, alt ?? (await this.#knownLid(jid))] : [jid, alt]
    } catch (failure) {
      this.#warn(`an identity could not be looked up: ${String(failure)}`)
      return [jid, alt]
    }
  }

  async #knownLid(jid: string): Promise<string | null> {
    const user = jidDecode(jid)?.user ?? ""
    const { [user]: lid } = await this.#socket.authState.keys.get("lid-mapping", [user])
    return lid ? `${lid}@lid` : null
  }

  /** Adds pairs to the table. */
  async learn(pairs: readonly (LIDMapping | undefined)[]): Promise<void> {
    const known = pairs.filter((pair) => pair !== undefined)
    if (known.length === 0) return
    try {
      await this.#socket.signalRepository.lidMapping.storeLIDPNMappings(known)
    } catch (failure) {
      this.#warn(`identities could not be stored: ${String(failure)}`)
    }
  }
}

const pairOf = (lid: string | null | undefined, pn: string | null | undefined): LIDMapping | undefined =>
  isLidUser(lid ?? undefined) && isPnUser(pn ?? undefined) ? { lid: lid as string, pn: pn as string } : undefined

/** A member's `id` is one of the two names, and the other name is beside it. */
const memberPair = (member: { id: string; lid?: string | undefined; phoneNumber?: string | undefined }) =>
  pairOf(member.lid ?? member.id, member.phoneNumber ?? member.id)

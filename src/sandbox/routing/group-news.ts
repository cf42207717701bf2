/**
 * Tells accounts about a change of a group: a `<notification type="w:gp2">` with one child that names the change (messages-recv.js
 * handleGroupNotification). Every companion is told, those of the author too.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Group } from "../state/groups.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"
import { groupNode, participantNode } from "./group-stanzas.ts"
import { isAdmin } from "./group-rights.ts"

/** The news of every group. */
export class GroupNews {
  readonly #accounts: Accounts
  readonly #delivery: Delivery

  constructor(accounts: Accounts, delivery: Delivery) {
    this.#accounts = accounts
    this.#delivery = delivery
  }

  /** Tells the members, and accounts that are members no longer. */
  tell(author: Account, group: Group, change: BinaryNode, alsoTo: readonly Account[] = []): void {
    this.#send(author, group, change, [...this.#members(group), ...alsoTo])
  }

  /** Tells the admins, and the account whose request it is. */
  tellAdmins(author: Account, group: Group, change: BinaryNode, requester: Account): void {
    const admins = this.#members(group).filter((member) => isAdmin(member, group))
    this.#send(author, group, change, [...admins, requester])
  }

  /** Tells the members that the group exists. `key` is that of the query that created it. */
  created(author: Account, group: Group, key?: string): void {
    this.tell(author, group, element("create", { type: "new", key }, [groupNode(this.#accounts, group)]))
  }

  /** Tells new members of the group that they are in now, and every member who was added. */
  added(author: Account, group: Group, members: readonly Account[]): void {
    this.#send(author, group, element("create", { type: "invite" }, [groupNode(this.#accounts, group)]), members)
    this.members(author, group, "add", members)
  }

  /** Tells the members, and those who are concerned, which members were added, removed, promoted or demoted. */
  members(author: Account, group: Group, change: string, concerned: readonly Account[]): void {
    const nodes = concerned.map((member) => participantNode(member))
    this.tell(author, group, element(change, {}, nodes), concerned)
  }

  #members(group: Group): Account[] {
    return [...group.members.keys()].flatMap((number) => this.#accounts.find(number) ?? [])
  }

  #send(author: Account, group: Group, change: BinaryNode, to: readonly Account[]): void {
    const attrs = {
      from: group.id,
      type: "w:gp2",
      id: serverStanzaId(),
      t: unixSeconds(),
      participant: lidJid(author),
      participant_pn: pnJid(author),
      addressing_mode: "lid",
      notify: author.name
    }
    const notification = element("notification", attrs, [change])
    for (const account of new Set(to)) {
      for (const companion of this.#accounts.companions(account)) this.#delivery.deliver(companion, notification)
    }
  }
}

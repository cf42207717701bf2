/** Block lists: a change, from a client or from the phone, is told to the other companions of the account. */
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { element } from "../wire/stanza.ts"
import { tellCompanions } from "./account-sync.ts"
import type { Delivery } from "./delivery.ts"

/** Every block list of the network. */
export class BlockLists {
  readonly #accounts: Accounts
  readonly #delivery: Delivery

  constructor(accounts: Accounts, delivery: Delivery) {
    this.#accounts = accounts
    this.#delivery = delivery
  }

  /** Blocks an account for the owner of a device, or unblocks it. */
  set(author: Device, target: Account, isBlocked: boolean): void {
    const { account } = author
    if (isBlocked) account.blocked.add(target.number)
    else account.blocked.delete(target.number)
    this.#accounts.save(account)
    const item = element("item", {
      action: isBlocked ? "block" : "unblock",
      jid: lidJid(target),
      pn_jid: pnJid(target)
    })
    const parts = { accounts: this.#accounts, delivery: this.#delivery }
    tellCompanions(parts, account, author, element("blocklist", {}, [item]))
  }
}

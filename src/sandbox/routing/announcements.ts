/** News of an account for the clients that know it: those that asked for its device list. A client that is away hears them later. */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import { jidOf } from "../state/jid.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"

/** The account's phone has another identity key (messages-recv.js handleEncryptNotification). */
export function announceIdentity(accounts: Accounts, delivery: Delivery, account: Account): void {
  announce(accounts, delivery, account, "encrypt", element("identity"))
}

/** The account has another about text: `<notification type=status notify><set>`. */
export function announceAbout(accounts: Accounts, delivery: Delivery, account: Account): void {
  announce(accounts, delivery, account, "status", element("set", {}, Buffer.from(account.about)))
}

function announce(accounts: Accounts, delivery: Delivery, account: Account, type: string, news: BinaryNode): void {
  const { name: notify } = account
  for (const [key, addressings] of account.watchers) {
    const watcher = accounts.deviceByKey(key)
    if (watcher === undefined || watcher.account === account) continue
    for (const addressing of addressings) {
      const attrs = { from: jidOf(addressing, account), type, notify, id: serverStanzaId(), t: unixSeconds() }
      delivery.deliver(watcher, element("notification", attrs, [news]))
    }
  }
}

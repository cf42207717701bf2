/** News of an account for the clients that know it: those that asked for its device list. A client that is away hears them later. */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import { jidOf, pnJid } from "../state/jid.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"
import { isShown, type PrivacyCategory } from "./visibility.ts"

/** The account's phone has another identity key (messages-recv.js handleEncryptNotification). */
export function announceIdentity(accounts: Accounts, delivery: Delivery, account: Account): void {
  announce(accounts, delivery, account, "encrypt", element("identity"))
}

/** The account has another about text: `<notification type=status notify><set>`. */
export function announceAbout(accounts: Accounts, delivery: Delivery, account: Account): void {
  announce(accounts, delivery, account, "status", element("set", {}, Buffer.from(account.about)), "status")
}

/** The account has another picture or none. Its own companions are told too. */
export function announcePicture(accounts: Accounts, delivery: Delivery, account: Account, news: BinaryNode): void {
  announce(accounts, delivery, account, "picture", news, "profile")
  const attrs = { from: pnJid(account), type: "picture", id: serverStanzaId(), t: unixSeconds() }
  for (const companion of accounts.companions(account))
    delivery.deliver(companion, element("notification", attrs, [news]))
}

/** Tells those who know the account; those only to whom it shows the category, if there is one. */
function announce(
  accounts: Accounts,
  delivery: Delivery,
  account: Account,
  type: string,
  news: BinaryNode,
  category?: PrivacyCategory
): void {
  const { name: notify } = account
  for (const [key, addressings] of account.watchers) {
    const watcher = accounts.deviceByKey(key)
    if (watcher === undefined || watcher.account === account) continue
    if (category !== undefined && !isShown(account, category, watcher.account)) continue
    for (const addressing of addressings) {
      const attrs = { from: jidOf(addressing, account), type, notify, id: serverStanzaId(), t: unixSeconds() }
      delivery.deliver(watcher, element("notification", attrs, [news]))
    }
  }
}

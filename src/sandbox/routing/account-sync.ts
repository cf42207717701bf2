/** Tells the companions of an account what another device of it has changed: `<notification type=account_sync>`. */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { pnJid } from "../state/jid.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"

/** Tells the companions of the account, but for the author of the change. */
export function tellCompanions(
  { accounts, delivery }: { readonly accounts: Accounts; readonly delivery: Delivery },
  account: Account,
  author: Device,
  change: BinaryNode
): void {
  for (const companion of accounts.companions(account)) {
    if (companion === author) continue
    const attrs = { from: pnJid(account), type: "account_sync", id: serverStanzaId(), t: unixSeconds() }
    delivery.deliver(companion, element("notification", attrs, [change]))
  }
}

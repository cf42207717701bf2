/**
 * Privacy tokens: an account issues one to another account, and only holders may send a first message to an account that
 * is restricted. The server tells the holder's companions of a token in `<notification type=privacy_token>`.
 */
import { randomBytes } from "node:crypto"
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"

/** What issuing a token needs. */
export interface PrivacyTokenParts {
  readonly accounts: Accounts
  readonly delivery: Delivery
}

/** Issues a token to an account, unless it holds one already. */
export function issuePrivacyToken({ accounts, delivery }: PrivacyTokenParts, issuer: Account, holder: Account): void {
  if (issuer.tokensIssued.has(holder.number)) return
  const token = randomBytes(16)
  issuer.tokensIssued.set(holder.number, token)
  accounts.save(issuer)
  for (const companion of accounts.companions(holder))
    delivery.deliver(companion, tokenNotification(issuer, companion, token))
}

/** Whether this token is the one that the issuer has issued to the holder. */
export function holdsToken(holder: Account, issuer: Account, token: BinaryNode | undefined): boolean {
  const issued = issuer.tokensIssued.get(holder.number)
  return issued !== undefined && token?.content instanceof Uint8Array && Buffer.from(issued).equals(token.content)
}

function tokenNotification(issuer: Account, holder: Device, token: Uint8Array): BinaryNode {
  const t = unixSeconds()
  const attrs = { from: pnJid(issuer), sender_lid: lidJid(issuer), type: "privacy_token", id: serverStanzaId(), t }
  const jid = pnJid(holder.account, holder.id)
  const content = [element("token", { jid, t, type: "trusted_contact" }, token)]
  return element("notification", attrs, [element("tokens", {}, content)])
}

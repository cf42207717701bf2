/** The privacy settings of accounts, and after how long messages in their new chats disappear. A change is told to the other companions. */
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { IqRefusal } from "../request-errors.ts"
import { element, unixSeconds } from "../wire/stanza.ts"
import { tellCompanions } from "./account-sync.ts"
import type { Delivery } from "./delivery.ts"
import { isPrivacySetting, PRIVACY_VALUES, type PrivacyCategory, privacyOf } from "./visibility.ts"

/** What these settings need. */
export interface PrivacyParts {
  readonly accounts: Accounts
  readonly delivery: Delivery
}

/** Every setting of an account. */
export function privacySettings(account: Account): [category: PrivacyCategory, value: string][] {
  const categories = Object.keys(PRIVACY_VALUES) as PrivacyCategory[]
  return categories.map((category) => [category, privacyOf(account, category)])
}

/** Changes one setting. A category or a value that WhatsApp does not know is refused with 400. */
export function setPrivacy(parts: PrivacyParts, author: Device, category: string, value: string): void {
  if (!isPrivacySetting(category, value)) throw new IqRefusal("400", "bad-request")
  const { account } = author
  account.privacy = (account.privacy ?? new Map<string, string>()).set(category, value)
  parts.accounts.save(account)
  tellCompanions(parts, account, author, element("privacy", {}, [element("category", { name: category, value })]))
}

/** Sets after how many seconds messages in new chats disappear; 0: never. */
export function setDisappearing(parts: PrivacyParts, author: Device, seconds: number): void {
  if (!Number.isInteger(seconds) || seconds < 0) throw new IqRefusal("400", "bad-request")
  const { account } = author
  const t = unixSeconds()
  account.disappearing = { seconds, at: Number(t) }
  parts.accounts.save(account)
  tellCompanions(parts, account, author, element("disappearing_mode", { duration: String(seconds), t }))
}

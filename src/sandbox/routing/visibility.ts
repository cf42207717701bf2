/**
 * What an account shows to another one: its privacy settings, its address book and its block list decide. `contacts` means the people
 * whom its owner has saved. This network keeps no list of exceptions, so `contact_blacklist` counts as `contacts`.
 */
import { type Account, EVERY_SENDER } from "../state/account.ts"

/** What has a privacy setting, and the values that WhatsApp knows for it (Baileys Types/Chat, whatsmeow types/user.go). */
export const PRIVACY_VALUES = {
  readreceipts: ["all", "none"],
  last: ["all", "contacts", "contact_blacklist", "none"],
  status: ["all", "contacts", "contact_blacklist", "none"],
  profile: ["all", "contacts", "contact_blacklist", "none"],
  groupadd: ["all", "contacts", "contact_blacklist", "none"],
  online: ["all", "match_last_seen"],
  calladd: ["all", "known"],
  messages: ["all", "contacts"]
} as const satisfies Record<string, readonly string[]>

/** What a privacy setting is about. */
export type PrivacyCategory = keyof typeof PRIVACY_VALUES

/** Whether this is a category, and the value is one of its values. */
export function isPrivacySetting(category: string | undefined, value: string | undefined): category is PrivacyCategory {
  const known: readonly string[] | undefined = PRIVACY_VALUES[category as PrivacyCategory]
  return value !== undefined && (known ?? []).includes(value)
}

/** The setting of an account; `all` until it is changed. */
export function privacyOf({ privacy }: Account, category: PrivacyCategory): string {
  return privacy?.get(category) ?? "all"
}

/** Whether the other account gets to see this, or may do it. */
export function isShown(account: Account, category: PrivacyCategory, other: Account): boolean {
  if (account === other) return true
  if (hasBlocked(account, other)) return false
  const setting = privacyOf(account, category)
  if (setting === "all") return true
  return setting !== "none" && account.people?.some((p) => p.number === other.number && p.name !== undefined) === true
}

/** Whether an account has blocked another one. */
export function hasBlocked({ blocked }: Account, other: Account): boolean {
  return blocked.has(EVERY_SENDER) || blocked.has(other.number)
}

/** Queries about profiles: about texts and bots. Pictures are in pictures.ts, businesses in business-profile.ts. */
import { announceAbout } from "../routing/announcements.ts"
import type { Delivery } from "../routing/delivery.ts"
import type { Accounts } from "../state/accounts.ts"
import { element, textOf, unixSeconds } from "../wire/stanza.ts"
import type { IqRegistry } from "./registry.ts"

/** What profiles need. */
export interface ProfileParts {
  readonly accounts: Accounts
  readonly delivery: Delivery
}

/** Registers the handlers of status and bot. */
export function registerProfileQueries(registry: IqRegistry, { accounts, delivery }: ProfileParts): void {
  registry.on("status", ({ device, first, answer }) => {
    device.account.about = textOf(first)
    device.account.aboutAt = Number(unixSeconds())
    accounts.save(device.account)
    answer()
    announceAbout(accounts, delivery, device.account)
    return true
  })
  registry.on("bot", ({ answer }) => {
    answer([element("bot", {}, [])])
    return true
  })
}

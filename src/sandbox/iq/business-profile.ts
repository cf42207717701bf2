/** Queries about the profiles of businesses (xmlns w:biz; chats.js getBusinessProfile, business.js updateBussinesProfile). */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { BusinessProfile } from "../state/business-profile.ts"
import { pnJid } from "../state/jid.ts"
import { child, children, element, textOf } from "../wire/stanza.ts"
import type { IqRegistry } from "./registry.ts"

const TEXTS = ["description", "address", "email"] as const

/** Registers the handler of w:biz. An account that is no business has no profile. */
export function registerBusinessProfiles(registry: IqRegistry, { accounts }: { readonly accounts: Accounts }): void {
  registry.on("w:biz", ({ device, isSet, first, answer }) => {
    if (first.tag !== "business_profile") return false
    if (isSet) {
      device.account.business = { ...device.account.business, ...changesIn(first) }
      accounts.save(device.account)
      answer()
      return true
    }
    const profiles = children(first, "profile").flatMap(({ attrs }) => {
      const account = accounts.find(attrs["jid"])
      return account?.business === undefined ? [] : [profileNode(account, account.business)]
    })
    answer([element("business_profile", {}, profiles)])
    return true
  })
}

function changesIn(node: BinaryNode): BusinessProfile {
  const texts = TEXTS.flatMap((field) => {
    const named = child(node, field)
    return named === undefined ? [] : [[field, textOf(named)]]
  })
  const websites = children(node, "website").map((website) => textOf(website))
  const hours = child(node, "business_hours")
  const days = children(hours, "business_hours_config").map(({ attrs }) => ({
    day: attrs["day_of_week"] ?? "",
    mode: attrs["mode"] ?? "",
    opensAt: attrs["open_time"],
    closesAt: attrs["close_time"]
  }))
  return {
    ...(Object.fromEntries(texts) as BusinessProfile),
    ...(websites.length === 0 ? {} : { websites }),
    ...(hours === undefined ? {} : { hours: { timezone: hours.attrs["timezone"] ?? "", days } })
  }
}

function profileNode(account: Account, profile: BusinessProfile): BinaryNode {
  const text = (tag: string, value: string | undefined): BinaryNode[] =>
    value === undefined ? [] : [element(tag, {}, Buffer.from(value))]
  const { category, hours, websites = [] } = profile
  const days = hours?.days.map(({ day, mode, opensAt, closesAt }) =>
    element("business_hours_config", { day_of_week: day, mode, open_time: opensAt, close_time: closesAt })
  )
  return element("profile", { jid: pnJid(account) }, [
    ...TEXTS.flatMap((field) => text(field, profile[field])),
    ...websites.flatMap((website) => text("website", website)),
    ...(category === undefined ? [] : [element("categories", {}, text("category", category))]),
    ...(hours === undefined ? [] : [element("business_hours", { timezone: hours.timezone }, days)])
  ])
}

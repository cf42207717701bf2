/**
 * Queries about privacy: settings, privacy tokens, block lists, and after how long messages in new chats disappear.
 */
import type { BlockLists } from "../routing/block-list.ts"
import { privacySettings, setDisappearing, setPrivacy } from "../routing/privacy-settings.ts"
import { type PrivacyTokenParts, issuePrivacyToken } from "../routing/privacy-tokens.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { children, element } from "../wire/stanza.ts"
import { IqRefusal } from "../request-errors.ts"
import { type IqRegistry, type IqRequest } from "./registry.ts"

/** What these queries need. */
export interface PrivacyQueryParts extends PrivacyTokenParts {
  readonly blockLists: BlockLists
}

/** Registers the handlers of privacy, blocklist and disappearing_mode. */
export function registerPrivacyQueries(registry: IqRegistry, parts: PrivacyQueryParts): void {
  registry.on("privacy", (request) => answerPrivacy(parts, request))
  registry.on("blocklist", (request) => answerBlocklist(parts, request))
  registry.on("disappearing_mode", ({ device, first, answer }) => {
    setDisappearing(parts, device, Number(first.attrs["duration"]))
    answer()
    return true
  })
}

function answerPrivacy(parts: PrivacyTokenParts, { device, isSet, first, answer }: IqRequest): boolean {
  if (first.tag !== "tokens") {
    const changes = isSet ? children(first, "category") : []
    for (const { attrs } of changes) setPrivacy(parts, device, attrs["name"] ?? "", attrs["value"] ?? "")
    const settings = privacySettings(device.account)
    answer([
      element(
        "privacy",
        {},
        settings.map(([name, value]) => element("category", { name, value }))
      )
    ])
    return true
  }
  answer([element("tokens", {}, [])])
  for (const { attrs } of children(first, "token")) {
    const holder = parts.accounts.find(attrs["jid"])
    if (holder !== undefined) issuePrivacyToken(parts, device.account, holder)
  }
  return true
}

function answerBlocklist(
  { accounts, blockLists }: PrivacyQueryParts,
  { device, isSet, first, answer }: IqRequest
): boolean {
  const { blocked } = device.account
  if (isSet) {
    const account = accounts.find(first.attrs["jid"])
    if (account === undefined) throw new IqRefusal("404", "item-not-found")
    blockLists.set(device, account, first.attrs["action"] === "block")
  }
  const listed = [...blocked].flatMap((number) => accounts.find(number) ?? [])
  answer([
    element(
      "list",
      {},
      listed.map((account) => element("item", { jid: lidJid(account), pn_jid: pnJid(account) }))
    )
  ])
  return true
}

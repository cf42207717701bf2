/**
 * Queries about privacy: settings, privacy tokens and block lists. Every setting is "all"; the server accepts a
 * change and ignores it.
 */
import type { BlockLists } from "../routing/block-list.ts"
import { type PrivacyTokenParts, issuePrivacyToken } from "../routing/privacy-tokens.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { children, element } from "../wire/stanza.ts"
import { IqRefusal } from "../request-errors.ts"
import { type IqRegistry, type IqRequest } from "./registry.ts"

const PRIVACY_CATEGORIES = ["readreceipts", "last", "status", "profile", "groupadd", "online", "calladd", "messages"]

/** What these queries need. */
export interface PrivacyQueryParts extends PrivacyTokenParts {
  readonly blockLists: BlockLists
}

/** Registers the handlers of privacy, blocklist and disappearing_mode. */
export function registerPrivacyQueries(registry: IqRegistry, parts: PrivacyQueryParts): void {
  registry.on("privacy", (request) => answerPrivacy(parts, request))
  registry.on("blocklist", (request) => answerBlocklist(parts, request))
  registry.on("disappearing_mode", ({ answer }) => {
    answer()
    return true
  })
}

function answerPrivacy(parts: PrivacyTokenParts, { device, isSet, first, answer }: IqRequest): boolean {
  if (!isSet) {
    const categories = PRIVACY_CATEGORIES.map((name) => element("category", { name, value: "all" }))
    answer([element("privacy", {}, categories)])
    return true
  }
  if (first.tag !== "tokens") {
    answer()
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

/**
 * Queries about people: privacy settings and tokens, block lists, pictures, about texts, business profiles, bots, and
 * the account's standing with WhatsApp.
 */
import { randomBytes } from "node:crypto"
import { type BinaryNode, QueryIds, XWAPaths } from "@whiskeysockets/baileys"
import { lidJid, pnJid, userOf } from "../state/jid.ts"
import type { Delivery } from "../routing/delivery.ts"
import { children, element, serverStanzaId, textOf, unixSeconds } from "../wire/stanza.ts"
import type { Account, Device, World } from "../state/accounts.ts"
import { type IqRegistry, IqRefusal, type IqRequest } from "./registry.ts"

/** What queries about people work with. */
export interface ProfileQueryParts {
  readonly world: World
  readonly delivery: Delivery
}

const PRIVACY_CATEGORIES = ["readreceipts", "last", "status", "profile", "groupadd", "online", "calladd", "messages"]

/** Registers who answers privacy, blocklist, w:profile:picture, status, disappearing_mode, bot, w:biz and w:mex. */
export function registerProfileQueries(registry: IqRegistry, parts: ProfileQueryParts): void {
  registry.on("privacy", (request) => answerPrivacy(parts, request))
  registry.on("blocklist", (request) => answerBlocklist(parts, request))
  registry.on("w:profile:picture", (request) => answerPicture(parts, request))
  registry.on("status", ({ device, first, answer }) => {
    device.account.about = textOf(first)
    parts.world.saveAccount(device.account)
    answer()
    return true
  })
  registry.on("disappearing_mode", ({ answer }) => {
    answer()
    return true
  })
  registry.on("bot", ({ answer }) => {
    answer([element("bot", {}, [])])
    return true
  })
  registry.on("w:biz", ({ first, answer }) => {
    if (first.tag !== "business_profile") return false
    answer([element("business_profile", {}, [])])
    return true
  })
  registry.on("w:mex", answerStanding)
}

/** Gives somebody a privacy token of the issuer, unless that was done; the holder's companions are told. */
export function issuePrivacyToken({ world, delivery }: ProfileQueryParts, issuer: Account, holder: Account): void {
  if (issuer.tokensIssued.has(holder.number)) return
  const token = randomBytes(16)
  issuer.tokensIssued.set(holder.number, token)
  world.saveAccount(issuer)
  for (const device of world.devices(holder)) {
    if (device.id !== 0) delivery.deliver(device, tokenNotification(issuer, device, token))
  }
}

function tokenNotification(issuer: Account, holder: Device, token: Uint8Array): BinaryNode {
  const t = unixSeconds()
  const attrs = { from: pnJid(issuer), sender_lid: lidJid(issuer), type: "privacy_token", id: serverStanzaId(), t }
  const jid = pnJid(holder.account, holder.id)
  const content = [element("token", { jid, t, type: "trusted_contact" }, token)]
  return element("notification", attrs, [element("tokens", {}, content)])
}

function answerPrivacy(parts: ProfileQueryParts, { device, isSet, first, answer }: IqRequest): boolean {
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
    const holder = parts.world.account(attrs["jid"])
    if (holder !== undefined) issuePrivacyToken(parts, device.account, holder)
  }
  return true
}

function answerBlocklist({ world }: ProfileQueryParts, { device, isSet, first, answer }: IqRequest): boolean {
  const { blocked } = device.account
  if (isSet) {
    const account = world.account(first.attrs["jid"])
    if (account === undefined) throw new IqRefusal("404", "item-not-found")
    if (first.attrs["action"] === "block") blocked.add(account.number)
    else blocked.delete(account.number)
    world.saveAccount(device.account)
  }
  const accounts = [...blocked].flatMap((number) => world.account(number) ?? [])
  answer([
    element(
      "list",
      {},
      accounts.map((account) => element("item", { jid: lidJid(account), pn_jid: pnJid(account) }))
    )
  ])
  return true
}

/** Pictures have an id and no bytes: nothing here can show one. */
function answerPicture({ world }: ProfileQueryParts, { device, stanza, isSet, first, answer }: IqRequest): boolean {
  const { target } = stanza.attrs
  if (isSet) {
    const isRemoval = first.tag !== "picture"
    if (target === undefined) {
      device.account.pictureId = isRemoval ? undefined : serverStanzaId()
      world.saveAccount(device.account)
    }
    answer(isRemoval ? [] : [element("picture", { id: device.account.pictureId ?? serverStanzaId() })])
    return true
  }
  const pictureId = world.account(userOf(target ?? ""))?.pictureId
  if (pictureId === undefined) throw new IqRefusal("404", "item-not-found")
  const url = `https://pps.whatsapp.net/sandbox/${pictureId}.jpg`
  answer([element("picture", { id: pictureId, type: first.attrs["type"], url })])
  return true
}

/** The account is neither restricted nor near a limit (chats.js, socket.js fetchAccountReachoutTimelock). */
function answerStanding({ first, answer }: IqRequest): boolean {
  const data = STANDING.get(first.attrs["query_id"] ?? "")
  if (data === undefined) return false
  answer([element("result", {}, Buffer.from(JSON.stringify({ data })))])
  return true
}

const STANDING = new Map<string, object>([
  [QueryIds.REACHOUT_TIMELOCK, { [XWAPaths.xwa2_fetch_account_reachout_timelock]: { is_active: false } }],
  [
    QueryIds.MESSAGE_CAPPING_INFO,
    {
      [XWAPaths.xwa2_message_capping_info]: {
        total_quota: 1000,
        used_quota: 0,
        cycle_start_timestamp: "0",
        cycle_end_timestamp: "0",
        server_sent_timestamp: "0",
        ote_status: "NOT_ELIGIBLE",
        mv_status: "NOT_ELIGIBLE",
        capping_status: "NONE"
      }
    }
  ]
])

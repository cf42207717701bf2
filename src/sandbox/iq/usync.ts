/**
 * Queries for users (xmlns usync): whether a number is on WhatsApp, its LID, its devices. A query names users and
 * protocols; the answer has, for each user, one child per protocol (WAUSync/Protocols). A user that the client queried by
 * LID gets no `<lid>`, because Baileys would store a mapping from LID to LID. A device other than 0 needs `key-index`;
 * without it Baileys skips the device.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { watchDeviceList } from "../routing/device-list.ts"
import { isShown } from "../routing/visibility.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { addressingOf, lidJid, userOf } from "../state/jid.ts"
import { formsOf } from "../state/phone-number.ts"
import { child, children, element, textOf, unixSeconds } from "../wire/stanza.ts"
import type { IqRegistry } from "./registry.ts"

/** Registers the handler of usync. */
export function registerUsync(registry: IqRegistry, accounts: Accounts): void {
  registry.on("usync", ({ device, first, answer }) => {
    const protocols = children(child(first, "query")).map(({ tag }) => tag)
    const users = children(child(first, "list"), "user").map((user) => userNode(accounts, device, user, protocols))
    const result = element(
      "result",
      {},
      protocols.map((protocol) => element(protocol))
    )
    answer([element("usync", {}, [result, element("list", {}, users)])])
    return true
  })
}

function userNode(accounts: Accounts, requester: Device, user: BinaryNode, protocols: string[]): BinaryNode {
  const phone = textOf(child(user, "contact")).replace("+", "")
  const requested = user.attrs["jid"] ?? `${phone}@s.whatsapp.net`
  const known = user.attrs["jid"] === undefined ? formsOf(phone).find((form) => accounts.find(form)) : undefined
  const jid = known === undefined ? requested : `${known}@s.whatsapp.net`
  const account = accounts.find(userOf(jid))
  if (account === undefined) {
    return element("user", { jid }, protocols.includes("contact") ? [contactNode("out", user)] : [])
  }
  return element(
    "user",
    { jid },
    protocols.flatMap((protocol) =>
      protocol === "contact" ? [contactNode("in", user)] : protocolNode(accounts, requester, account, jid, protocol)
    )
  )
}

function protocolNode(
  accounts: Accounts,
  requester: Device,
  account: Account,
  jid: string,
  protocol: string
): BinaryNode[] {
  switch (protocol) {
    case "lid":
      return addressingOf(jid) === "lid" ? [] : [element("lid", { val: lidJid(account) })]
    case "devices":
      watchDeviceList(accounts, requester, account, addressingOf(jid))
      return [deviceList(accounts, account)]
    case "status":
      return [about(account, requester.account)]
    case "disappearing_mode": {
      const { seconds, at } = account.disappearing ?? { seconds: 0, at: 0 }
      return [element("disappearing_mode", { duration: String(seconds), t: String(at) })]
    }
    default:
      return []
  }
}

/** Whether a number has an account; with the number as the client gave it (whatsmeow, IsOnWhatsApp). */
function contactNode(type: "in" | "out", user: BinaryNode): BinaryNode {
  const given = textOf(child(user, "contact"))
  return element("contact", { type }, given === "" ? undefined : Buffer.from(given))
}

/** The about text; without a text, and with code 401, when the account hides it (USyncStatusProtocol.js). */
function about(account: Account, viewer: Account): BinaryNode {
  if (!isShown(account, "status", viewer)) return element("status", { code: "401", type: "fail" })
  return element("status", { t: String(account.aboutAt ?? 0) }, Buffer.from(account.about))
}

function deviceList(accounts: Accounts, account: Account): BinaryNode {
  const devices = accounts
    .devices(account)
    .map(({ id, keyIndex }) =>
      element("device", { id: String(id), "key-index": id === 0 ? undefined : String(keyIndex) })
    )
  return element("devices", {}, [element("device-list", {}, devices), element("key-index-list", { ts: unixSeconds() })])
}

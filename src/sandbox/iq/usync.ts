/**
 * usync: who is on WhatsApp, under which LID, with which devices. One query names users and protocols; the answer has
 * one child a protocol for each user (WAUSync/Protocols). A user that was asked by LID gets no `<lid>`: Baileys would
 * take the pair for a mapping from LID to LID. Devices other than 0 need `key-index`, or Baileys skips them.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { addressingOf, formsOf, lidJid, userOf } from "../state/jid.ts"
import { watchDeviceList } from "../routing/device-list.ts"
import { child, children, element, textOf, unixSeconds } from "../wire/stanza.ts"
import type { Account, Device, World } from "../state/accounts.ts"
import type { IqRegistry } from "./registry.ts"

/** Registers who answers usync. */
export function registerUsync(registry: IqRegistry, world: World): void {
  registry.on("usync", ({ device, first, answer }) => {
    const protocols = children(child(first, "query")).map(({ tag }) => tag)
    const users = children(child(first, "list"), "user").map((user) => userNode(world, device, user, protocols))
    const result = element(
      "result",
      {},
      protocols.map((protocol) => element(protocol))
    )
    answer([element("usync", {}, [result, element("list", {}, users)])])
    return true
  })
}

function userNode(world: World, asker: Device, user: BinaryNode, protocols: string[]): BinaryNode {
  const phone = textOf(child(user, "contact")).replace("+", "")
  const asked = user.attrs["jid"] ?? `${phone}@s.whatsapp.net`
  const known = user.attrs["jid"] === undefined ? formsOf(phone).find((form) => world.account(form)) : undefined
  const jid = known === undefined ? asked : `${known}@s.whatsapp.net`
  const account = world.account(userOf(jid))
  if (account === undefined) {
    return element("user", { jid }, protocols.includes("contact") ? [element("contact", { type: "out" })] : [])
  }
  return element(
    "user",
    { jid },
    protocols.flatMap((protocol) => protocolNode(world, asker, account, jid, protocol))
  )
}

function protocolNode(world: World, asker: Device, account: Account, jid: string, protocol: string): BinaryNode[] {
  switch (protocol) {
    case "contact":
      return [element("contact", { type: "in" })]
    case "lid":
      return addressingOf(jid) === "lid" ? [] : [element("lid", { val: lidJid(account) })]
    case "devices":
      watchDeviceList(world, asker, account, addressingOf(jid))
      return [deviceList(world, account)]
    case "status":
      return [element("status", { t: unixSeconds() }, Buffer.from(account.about))]
    case "disappearing_mode":
      return [element("disappearing_mode", { duration: "0", t: unixSeconds() })]
    default:
      return []
  }
}

function deviceList(world: World, account: Account): BinaryNode {
  const devices = world
    .devices(account)
    .map(({ id, keyIndex }) =>
      element("device", { id: String(id), "key-index": id === 0 ? undefined : String(keyIndex) })
    )
  return element("devices", {}, [element("device-list", {}, devices), element("key-index-list", { ts: unixSeconds() })])
}

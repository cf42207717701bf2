/**
 * The key server (xmlns encrypt): uploads of prekeys, their count, and key bundles for clients that start a session. A
 * bundle carries a one-time prekey if one is left; each is given out once. The server notifies the owner when fewer than
 * five are left, as WhatsApp does (messages-recv.js handleEncryptNotification).
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { KEY_BUNDLE_TYPE } from "@whiskeysockets/baileys"
import type { Delivery } from "../routing/delivery.ts"
import type { Settings } from "../settings.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device, KeyBundle, PublicKey } from "../state/device.ts"
import { bytesOf, child, children, element, SERVER, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { IqRegistry, IqRequest } from "./registry.ts"

const KEYS_LOW = 5

/** What the key server needs. */
export interface PrekeyParts {
  readonly accounts: Accounts
  readonly delivery: Delivery
  readonly settings: Settings
}

/** Registers the handler of encrypt. */
export function registerPrekeys(registry: IqRegistry, parts: PrekeyParts): void {
  registry.on("encrypt", (request) => (request.isSet ? setKeys(parts, request) : getKeys(parts, request)))
}

function getKeys(parts: PrekeyParts, { device, first, answer }: IqRequest): boolean {
  switch (first.tag) {
    case "count": {
      const count = parts.settings.prekeyCount ?? device.oneTimeKeys.length
      answer([element("count", { value: String(count) })])
      return true
    }
    case "digest":
      answer([digestNode(device)])
      return true
    case "key":
      answer([
        element(
          "list",
          {},
          children(first, "user").map(({ attrs }) => bundleOf(parts, attrs["jid"] ?? ""))
        )
      ])
      return true
    default:
      return false
  }
}

function setKeys({ accounts }: PrekeyParts, { device, first, stanza, answer }: IqRequest): boolean {
  if (first.tag === "rotate") {
    device.bundle = { ...device.bundle, signedPreKey: signedKeyOf(child(first, "skey")) }
    accounts.saveDevice(device)
  } else {
    device.bundle = {
      registrationId: bytesOf(stanza, "registration"),
      identity: bytesOf(stanza, "identity"),
      signedPreKey: signedKeyOf(child(stanza, "skey"))
    }
    accounts.saveDevice(device)
    device.oneTimeKeys.push(...children(child(stanza, "list"), "key").map((key) => keyOf(key)))
    accounts.saveOneTimeKeys(device)
  }
  answer()
  return true
}

function bundleOf(parts: PrekeyParts, jid: string): BinaryNode {
  const device = parts.accounts.deviceByJid(jid)
  if (device === undefined) return element("user", { jid }, [element("error", { code: "404", text: "item-not-found" })])
  const oneTimeKey = parts.accounts.takeOneTimeKey(device)
  if (oneTimeKey !== undefined && device.oneTimeKeys.length < KEYS_LOW && parts.settings.prekeyCount === undefined)
    notifyKeysLow(parts, device)
  const key = oneTimeKey === undefined ? [] : [keyNode("key", oneTimeKey)]
  return element("user", { jid, t: unixSeconds() }, [...bundleNodes(device.bundle), ...key])
}

function notifyKeysLow({ delivery }: PrekeyParts, device: Device): void {
  const attrs = { from: SERVER, type: "encrypt", id: serverStanzaId(), t: unixSeconds() }
  const count = element("count", { value: String(device.oneTimeKeys.length) })
  delivery.deliver(device, element("notification", attrs, [count]))
}

function digestNode({ bundle, oneTimeKeys }: Device): BinaryNode {
  const ids = oneTimeKeys.map(({ id }) => element("id", {}, id))
  return element("digest", {}, [
    ...bundleNodes(bundle),
    element("list", {}, ids),
    // Baileys checks only that there is a digest, so the hash is empty.
    element("hash", {}, Buffer.alloc(20))
  ])
}

function bundleNodes({ registrationId, identity, signedPreKey }: KeyBundle): BinaryNode[] {
  const signature = element("signature", {}, signedPreKey.signature)
  return [
    element("registration", {}, registrationId),
    element("type", {}, KEY_BUNDLE_TYPE),
    element("identity", {}, identity),
    keyNode("skey", signedPreKey, [signature])
  ]
}

function keyNode(tag: string, { id, value }: PublicKey, more: BinaryNode[] = []): BinaryNode {
  return element(tag, {}, [element("id", {}, id), element("value", {}, value), ...more])
}

function keyOf(node: BinaryNode | undefined): PublicKey {
  return { id: bytesOf(node, "id"), value: bytesOf(node, "value") }
}

function signedKeyOf(node: BinaryNode | undefined): KeyBundle["signedPreKey"] {
  return { ...keyOf(node), signature: bytesOf(node, "signature") }
}

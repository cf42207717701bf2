/**
 * The key server: uploads of prekeys, their count, and bundles for whoever wants to start a session. A bundle carries a
 * one-time prekey while there are any; each is given away once. When few are left the owner is told, as WhatsApp does
 * (messages-recv.js handleEncryptNotification).
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { KEY_BUNDLE_TYPE } from "@whiskeysockets/baileys"
import type { Delivery } from "../routing/delivery.ts"
import type { Settings } from "../settings.ts"
import { bytesOf, child, children, element, SERVER, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Device, KeyBundle, PublicKey, World } from "../state/accounts.ts"
import type { IqRegistry, IqRequest } from "./registry.ts"

const LOW_WATER = 5

/** What the key server works with. */
export interface EncryptQueryParts {
  readonly world: World
  readonly delivery: Delivery
  readonly settings: Settings
}

/** Registers who answers encrypt. */
export function registerEncryptQueries(registry: IqRegistry, parts: EncryptQueryParts): void {
  registry.on("encrypt", (request) => (request.isSet ? setKeys(parts, request) : getKeys(parts, request)))
}

function getKeys(parts: EncryptQueryParts, { device, first, answer }: IqRequest): boolean {
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

function setKeys({ world }: EncryptQueryParts, { device, first, stanza, answer }: IqRequest): boolean {
  if (first.tag === "rotate") {
    device.bundle = { ...device.bundle, signedPreKey: signedKeyOf(child(first, "skey")) }
    world.saveDevice(device)
  } else {
    device.bundle = {
      registrationId: bytesOf(stanza, "registration"),
      identity: bytesOf(stanza, "identity"),
      signedPreKey: signedKeyOf(child(stanza, "skey"))
    }
    world.saveDevice(device)
    device.oneTimeKeys.push(...children(child(stanza, "list"), "key").map((key) => keyOf(key)))
    world.saveOneTimeKeys(device)
  }
  answer()
  return true
}

function bundleOf(parts: EncryptQueryParts, jid: string): BinaryNode {
  const device = parts.world.deviceByJid(jid)
  if (device === undefined) return element("user", { jid }, [element("error", { code: "404", text: "item-not-found" })])
  const oneTimeKey = parts.world.takeOneTimeKey(device)
  if (oneTimeKey !== undefined && device.oneTimeKeys.length < LOW_WATER && parts.settings.prekeyCount === undefined)
    tellOfLowWater(parts, device)
  const key = oneTimeKey === undefined ? [] : [keyNode("key", oneTimeKey)]
  return element("user", { jid, t: unixSeconds() }, [...bundleNodes(device.bundle), ...key])
}

function tellOfLowWater({ delivery }: EncryptQueryParts, device: Device): void {
  const attrs = { from: SERVER, type: "encrypt", id: serverStanzaId(), t: unixSeconds() }
  const count = element("count", { value: String(device.oneTimeKeys.length) })
  delivery.deliver(device, element("notification", attrs, [count]))
}

function digestNode({ bundle, oneTimeKeys }: Device): BinaryNode {
  const ids = oneTimeKeys.map(({ id }) => element("id", {}, id))
  return element("digest", {}, [
    ...bundleNodes(bundle),
    element("list", {}, ids),
    // Baileys asks only whether there is a digest.
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

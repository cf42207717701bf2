/**
 * Where a receipt goes: to the devices of whoever sent the message, and, when it says "read", to the reader's own other
 * devices. A retry receipt goes to the one device that sent the message, and counts as permission to send it again.
 *
 * Types (messages-recv.js, messages-send.js sendReceipt): none = delivered, `inactive` = delivered to a device that is
 * not in the foreground, `read`, `read-self`, `played`, `sender` = a copy reached another own device, `retry`,
 * `peer_msg` and `hist_sync` (for the server alone), `server-error` (asks the own phone to upload media again).
 */
import { type BinaryNode, isJidGroup, isJidStatusBroadcast, jidNormalizedUser } from "@whiskeysockets/baileys"
import { addressingOf, jidOf, pnJid } from "../state/jid.ts"
import type { Delivery } from "./delivery.ts"
import { children, element, unixSeconds } from "../wire/stanza.ts"
import type { Counters, MessageIdLedger } from "../state/counters.ts"
import { type Account, type Device, deviceKey, type World } from "../state/accounts.ts"

/** What routing works with. */
export interface ReceiptRouterParts {
  readonly world: World
  readonly delivery: Delivery
  readonly counters: Counters
  readonly ledger: MessageIdLedger
}

/** Receipts that say "this message has arrived here", and so take it out of the device's queue. */
const ARRIVAL = new Set([undefined, "inactive", "sender", "peer_msg"])
/** Receipts that end at the server. */
const FOR_THE_SERVER = new Set<string | undefined>(["peer_msg", "hist_sync"])
const READ = new Set<string | undefined>(["read", "read-self", "played"])

/** Takes every receipt of the network, of clients, phones and contacts alike. */
export class ReceiptRouter {
  readonly #parts: ReceiptRouterParts

  constructor(parts: ReceiptRouterParts) {
    this.#parts = parts
  }

  /** Takes a receipt from a device and hands it on. */
  submit(from: Device, receipt: BinaryNode): void {
    const { counters, delivery } = this.#parts
    const { type, to, participant } = receipt.attrs
    counters.receipts++
    if (ARRIVAL.has(type)) {
      for (const id of messageIds(receipt)) delivery.acknowledge(from, { tag: "message", id })
    }
    if (FOR_THE_SERVER.has(type)) return
    if (type === "server-error") {
      this.#askPhone(from, receipt)
      return
    }
    const inGroup = isJidGroup(to) === true || isJidStatusBroadcast(to ?? "")
    const target = inGroup ? participant : to
    const author = this.#parts.world.account(target)
    if (author === undefined) return
    if (type === "retry") this.#askAgain(from, receipt, target ?? "", inGroup)
    else if (type !== "read-self") this.#tellAuthor(from, receipt, author, target ?? "", inGroup)
    if (READ.has(type)) this.#tellOwnDevices(from, receipt, author, inGroup)
  }

  #tellAuthor(from: Device, receipt: BinaryNode, author: Account, target: string, inGroup: boolean): void {
    // Among own devices the asker is one device; towards others it is a person.
    const speaker = jidOf(addressingOf(target), from.account, author === from.account ? from.id : 0)
    const stanza = this.#receipt(receipt, speaker, inGroup)
    for (const device of this.#parts.world.devices(author)) {
      if (device !== from) this.#parts.delivery.deliver(device, stanza)
    }
  }

  #askAgain(from: Device, receipt: BinaryNode, target: string, inGroup: boolean): void {
    const { world, delivery, counters, ledger } = this.#parts
    counters.retryReceipts++
    const device = world.deviceByJid(target)
    if (device === undefined) return
    for (const id of messageIds(receipt)) ledger.retryRequested(deviceKey(device), id)
    delivery.deliver(device, this.#receipt(receipt, jidOf(addressingOf(target), from.account, from.id), inGroup))
  }

  #askPhone(from: Device, receipt: BinaryNode): void {
    const phone = this.#parts.world.device(from.account, 0)
    if (phone !== undefined)
      this.#parts.delivery.deliver(phone, this.#receipt(receipt, pnJid(from.account, from.id), false))
  }

  #tellOwnDevices(from: Device, receipt: BinaryNode, author: Account, inGroup: boolean): void {
    if (author === from.account) return
    const to = receipt.attrs["to"] ?? ""
    const speaker = jidOf(addressingOf(inGroup ? receipt.attrs["participant"] : to), from.account)
    const stanza = inGroup
      ? this.#receipt(receipt, speaker, true)
      : element(
          "receipt",
          { ...this.#receipt(receipt, speaker, false).attrs, recipient: jidNormalizedUser(to) },
          receipt.content
        )
    for (const device of this.#parts.world.devices(from.account)) {
      if (device !== from && device.id !== 0) this.#parts.delivery.deliver(device, stanza)
    }
  }

  #receipt(receipt: BinaryNode, speaker: string, inGroup: boolean): BinaryNode {
    const { id, type, recipient, to, t } = receipt.attrs
    const source = inGroup ? { from: to, participant: speaker } : { from: speaker }
    return element("receipt", { id, type, recipient, t: t ?? unixSeconds(), ...source }, receipt.content)
  }
}

/** Every message id that a receipt names: its own, and those of its `<list>`. */
export function messageIds(receipt: BinaryNode): string[] {
  const listed = children(receipt, "list").flatMap((list) => children(list, "item").map(({ attrs }) => attrs["id"]))
  return [receipt.attrs["id"], ...listed].filter((id) => id !== undefined)
}

/**
 * Routes receipts: to the devices of the message's sender. A "read" or "played" receipt also goes to the reader's other
 * devices. A retry receipt goes to the one device that sent the message, and allows it to send the message again.
 *
 * Types (messages-recv.js, messages-send.js sendReceipt): none = delivered, `inactive` = delivered to a device that is
 * not in the foreground, `read`, `read-self`, `played`, `sender` = a copy reached another device of the sender, `retry`,
 * `peer_msg` and `hist_sync` (for the server alone), `server-error` (asks the own phone to upload media again).
 */
import {
  type BinaryNode,
  isJidGroup,
  isJidNewsletter,
  isJidStatusBroadcast,
  jidNormalizedUser
} from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Counters } from "../state/counters.ts"
import { type Device, deviceKey } from "../state/device.ts"
import { addressingOf, jidOf, pnJid } from "../state/jid.ts"
import { children, element, unixSeconds } from "../wire/stanza.ts"
import type { ChannelPosts } from "./channel-posts.ts"
import type { Delivery } from "./delivery.ts"
import type { MessageIdLedger } from "./message-id-ledger.ts"

/** What routing of receipts needs. */
export interface ReceiptRouterParts {
  readonly accounts: Accounts
  readonly channelPosts: ChannelPosts
  readonly delivery: Delivery
  readonly counters: Counters
  readonly ledger: MessageIdLedger
}

/** Receipts that confirm the arrival of a message and so remove it from the device's queue. */
const ARRIVAL = new Set([undefined, "inactive", "sender", "peer_msg"])
/** Receipts that end at the server. */
const FOR_THE_SERVER = new Set<string | undefined>(["peer_msg", "hist_sync"])
const READ = new Set<string | undefined>(["read", "read-self", "played"])

/** Routes every receipt of the network, from clients, phones and contacts. */
export class ReceiptRouter {
  readonly #parts: ReceiptRouterParts

  constructor(parts: ReceiptRouterParts) {
    this.#parts = parts
  }

  /** Routes a receipt of a device. */
  submit(from: Device, receipt: BinaryNode): void {
    const { counters, delivery } = this.#parts
    const { type, to, participant } = receipt.attrs
    counters.receipts++
    if (ARRIVAL.has(type)) {
      for (const id of messageIds(receipt)) delivery.acknowledge(from, { tag: "message", id })
    }
    if (FOR_THE_SERVER.has(type)) return
    if (isJidNewsletter(to) === true) {
      this.#parts.channelPosts.view(from, receipt)
      return
    }
    if (type === "server-error") {
      this.#requestReupload(from, receipt)
      return
    }
    const inGroup = isJidGroup(to) === true || isJidStatusBroadcast(to ?? "")
    const target = inGroup ? participant : to
    const author = this.#parts.accounts.find(target)
    if (author === undefined) return
    if (type === "retry") this.#requestRetry(from, receipt, target ?? "", inGroup)
    else if (type !== "read-self") this.#notifyAuthor(from, receipt, author, target ?? "", inGroup)
    if (READ.has(type)) this.#notifyOwnCompanions(from, receipt, author, inGroup)
  }

  #notifyAuthor(from: Device, receipt: BinaryNode, author: Account, target: string, inGroup: boolean): void {
    // Own devices see which device gave the receipt. Other accounts see only the account.
    const giver = jidOf(addressingOf(target), from.account, author === from.account ? from.id : 0)
    const stanza = this.#receipt(receipt, giver, inGroup)
    for (const device of this.#parts.accounts.devices(author)) {
      if (device !== from) this.#deliver(device, stanza, inGroup)
    }
  }

  /** The receipts of several members wait for a device that is not connected as one. */
  #deliver(device: Device, receipt: BinaryNode, inGroup: boolean): void {
    const waiting = inGroup && device.receiver === undefined ? waitingFor(device, receipt) : undefined
    if (waiting === undefined) this.#parts.delivery.deliver(device, receipt)
    else {
      device.queue.remove(waiting.sequence)
      this.#parts.delivery.deliver(device, aggregated(waiting.receipt, receipt))
    }
  }

  #requestRetry(from: Device, receipt: BinaryNode, target: string, inGroup: boolean): void {
    const { accounts, delivery, counters, ledger } = this.#parts
    counters.retryReceipts++
    const device = accounts.deviceByJid(target)
    if (device === undefined) return
    for (const id of messageIds(receipt)) ledger.retryRequested(deviceKey(device), id)
    delivery.deliver(device, this.#receipt(receipt, jidOf(addressingOf(target), from.account, from.id), inGroup))
  }

  #requestReupload(from: Device, receipt: BinaryNode): void {
    const phone = this.#parts.accounts.device(from.account, 0)
    if (phone !== undefined)
      this.#parts.delivery.deliver(phone, this.#receipt(receipt, pnJid(from.account, from.id), false))
  }

  #notifyOwnCompanions(from: Device, receipt: BinaryNode, author: Account, inGroup: boolean): void {
    if (author === from.account) return
    const to = receipt.attrs["to"] ?? ""
    const giver = jidOf(addressingOf(inGroup ? receipt.attrs["participant"] : to), from.account)
    const stanza = inGroup
      ? this.#receipt(receipt, giver, true)
      : element(
          "receipt",
          { ...this.#receipt(receipt, giver, false).attrs, recipient: jidNormalizedUser(to) },
          receipt.content
        )
    for (const companion of this.#parts.accounts.companions(from.account)) {
      if (companion !== from) this.#parts.delivery.deliver(companion, stanza)
    }
  }

  #receipt(receipt: BinaryNode, giver: string, inGroup: boolean): BinaryNode {
    const { id, type, recipient, to, t } = receipt.attrs
    const source = inGroup ? { from: to, participant: giver } : { from: giver }
    return element("receipt", { id, type, recipient, t: t ?? unixSeconds(), ...source }, receipt.content)
  }
}

/** Every message id in a receipt: its own id, and the ids of its `<list>`. */
export function messageIds(receipt: BinaryNode): string[] {
  const listed = children(receipt, "list").flatMap((list) => children(list, "item").map(({ attrs }) => attrs["id"]))
  return [receipt.attrs["id"], ...listed].filter((id) => id !== undefined)
}

/** A receipt of another member for the same message that waits for this device. */
function waitingFor(device: Device, receipt: BinaryNode): { sequence: number; receipt: BinaryNode } | undefined {
  const { id, from, type } = receipt.attrs
  for (const [sequence, stanza] of device.queue.entries()) {
    const { attrs, tag } = stanza
    if (tag === "receipt" && attrs["id"] === id && attrs["from"] === from && attrs["type"] === type)
      return { sequence, receipt: stanza }
  }
  return undefined
}

/** `<receipt from=group><participants key=message><user jid t/>…` (whatsmeow receipt.go, whatsapp-rust receipt.rs). */
function aggregated(waiting: BinaryNode, receipt: BinaryNode): BinaryNode {
  const { participant: _member, ...attrs } = receipt.attrs
  const given = children(children(waiting, "participants")[0], "user")
  const users = [...(given.length > 0 ? given : [userOf(waiting)]), userOf(receipt)]
  return element("receipt", attrs, [element("participants", { key: attrs["id"] }, users)])
}

function userOf({ attrs }: BinaryNode): BinaryNode {
  return element("user", { jid: attrs["participant"], t: attrs["t"] })
}

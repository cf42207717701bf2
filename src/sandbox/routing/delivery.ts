/**
 * How a stanza reaches a device: into its queue first, from there to whoever takes it now, and out of the queue only
 * when the device acknowledges it. What a client had not acknowledged when its socket died comes again at its next
 * login, in order. A message is acknowledged by any receipt of the device for it, or by an `<ack>`; a receipt, a
 * notification and a call by an `<ack>` (stanza-ack.js buildAckStanza). Faults that lose, spoil, repeat or reorder
 * strike here.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Faults } from "../faults/armed-faults.ts"
import { children, element } from "../wire/stanza.ts"
import { type Device, deviceKey, type Receiver } from "../state/accounts.ts"

/** What a device says it has got. */
export interface Acknowledgement {
  readonly tag: string
  readonly id: string
  /** The `to` of the ack, the `from` of the stanza; missing when a receipt acknowledges a message. */
  readonly from?: string | undefined
  readonly type?: string | undefined
  readonly participant?: string | undefined
}

const HELD_RECEIPT_MS = 1000

/** Brings stanzas to devices, each once it is acknowledged or again until it is. */
export class Delivery {
  readonly #faults: Faults
  readonly #heldReceipts = new Map<string, { release: () => void; timer: NodeJS.Timeout }>()

  constructor(faults: Faults) {
    this.#faults = faults
  }

  /** Sends a stanza to a device, now or when it comes back. */
  deliver(device: Device, stanza: BinaryNode): void {
    if (stanza.tag === "message") this.#deliverMessage(device, stanza)
    else if (stanza.tag === "receipt") this.#deliverReceipt(device, stanza)
    else this.#enqueue(device, stanza)
  }

  /** Sends a stanza that is worth nothing later (typing, presence): only if the device is there. */
  deliverNow(device: Device, stanza: BinaryNode): boolean {
    device.receiver?.take(0, stanza)
    return device.receiver !== undefined
  }

  /** From now on the receiver takes what comes; what waits is returned, oldest first, and is the receiver's to work off. */
  attach(device: Device, receiver: Receiver): [sequence: number, stanza: BinaryNode][] {
    device.receiver = receiver
    return [...device.queue.entries()]
  }

  /** The receiver is gone. What it had not acknowledged stays. */
  detach(device: Device, receiver: Receiver): void {
    if (device.receiver === receiver) device.receiver = undefined
  }

  /** Takes the first matching stanza out of the queue. */
  acknowledge(device: Device, acknowledgement: Acknowledgement): void {
    for (const [sequence, stanza] of device.queue.entries()) {
      if (!isAcknowledged(stanza, acknowledgement)) continue
      device.queue.remove(sequence)
      return
    }
  }

  /** Lets go of every receipt that is held back. */
  stop(): void {
    for (const { release, timer } of this.#heldReceipts.values()) {
      clearTimeout(timer)
      release()
    }
    this.#heldReceipts.clear()
  }

  #enqueue(device: Device, stanza: BinaryNode): void {
    const sequence = device.queue.append(stanza)
    device.receiver?.take(sequence, stanza)
  }

  #deliverMessage(device: Device, stanza: BinaryNode): void {
    const { number, kind } = device.account
    // On its way to a phone's companions, or to a contact, who has none.
    const isTarget = kind === "contact" || device.id !== 0
    if (isTarget && this.#faults.strike("drop", number) !== undefined) return
    const tampered = isTarget && this.#faults.strike("tamper", number) !== undefined
    this.#enqueue(device, tampered ? withFlippedByte(stanza) : stanza)
  }

  #deliverReceipt(device: Device, stanza: BinaryNode): void {
    const key = deviceKey(device)
    const held = this.#heldReceipts.get(key)
    const { number } = device.account
    if (held === undefined && device.id !== 0 && this.#faults.strike("reorder_receipts", number) !== undefined) {
      this.#hold(key, () => this.#enqueue(device, stanza))
      return
    }
    this.#enqueue(device, stanza)
    if (device.id !== 0 && this.#faults.strike("duplicate_receipts", number) !== undefined)
      this.#enqueue(device, stanza)
    if (held !== undefined) {
      clearTimeout(held.timer)
      this.#heldReceipts.delete(key)
      held.release()
    }
  }

  #hold(key: string, release: () => void): void {
    const timer = setTimeout(() => {
      this.#heldReceipts.delete(key)
      release()
    }, HELD_RECEIPT_MS)
    this.#heldReceipts.set(key, { release, timer })
  }
}

function isAcknowledged({ tag, attrs }: BinaryNode, acknowledgement: Acknowledgement): boolean {
  if (tag !== acknowledgement.tag || attrs["id"] !== acknowledgement.id) return false
  if (tag === "message") return true
  return (
    attrs["from"] === acknowledgement.from &&
    attrs["type"] === acknowledgement.type &&
    attrs["participant"] === acknowledgement.participant
  )
}

/** From the end of any ciphertext this lands in a MAC, a signature or the encrypted text, never in a key or an id. */
const SPOILED_BYTE_FROM_END = 11

function withFlippedByte(stanza: BinaryNode): BinaryNode {
  const content = children(stanza).map((part) => {
    if (part.tag !== "enc" || !(part.content instanceof Uint8Array)) return part
    const spoiled = Buffer.from(part.content)
    const position = spoiled.length - SPOILED_BYTE_FROM_END
    spoiled[position] = (spoiled[position] ?? 0) ^ 1
    return element("enc", part.attrs, spoiled)
  })
  return { ...stanza, content }
}

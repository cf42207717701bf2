/**
 * Brings stanzas to devices. A stanza goes into the device's queue first, then to the device's receiver if it has one.
 * It leaves the queue when the device acknowledges it. At its next login a client gets, in order, what it had not
 * acknowledged when its socket closed. A device acknowledges a message with any receipt for it or with an `<ack>`; it
 * acknowledges a receipt, a notification and a call with an `<ack>` (stanza-ack.js buildAckStanza).
 * A status that a device refuses (an ack with an error) is not acknowledged: at the next login it comes first, and what waits behind it
 * only when it is acknowledged (Baileys PR#2779).
 * The faults `drop`, `tamper`, `duplicate_receipts` and `reorder_receipts` are triggered here.
 */
import { type BinaryNode, isJidStatusBroadcast } from "@whiskeysockets/baileys"
import type { ArmedFaults } from "../faults/armed-faults.ts"
import { type Device, deviceKey, type Receiver } from "../state/device.ts"
import { children, element } from "../wire/stanza.ts"

/** Which stanza a device acknowledges. */
export interface Acknowledgement {
  readonly tag: string
  readonly id: string
  /** The `to` of the ack, which is the `from` of the stanza. Missing when a receipt acknowledges a message. */
  readonly from?: string | undefined
  readonly type?: string | undefined
  readonly participant?: string | undefined
  /** The ack says that the device could not use the stanza. */
  readonly isRefusal?: boolean
}

const HELD_RECEIPT_MS = 1000

/** Delivers each stanza until the device has acknowledged it. */
export class Delivery {
  readonly #faults: ArmedFaults
  /** By their sequence numbers: statuses that a device has refused. */
  readonly #refused = new WeakMap<Device, Set<number>>()
  readonly #heldReceipts = new Map<string, { release: () => void; timer: NodeJS.Timeout }>()

  constructor(faults: ArmedFaults) {
    this.#faults = faults
  }

  /** Sends a stanza to a device: now, or when the device connects. */
  deliver(device: Device, stanza: BinaryNode): void {
    if (stanza.tag === "message") this.#deliverMessage(device, stanza)
    else if (stanza.tag === "receipt") this.#deliverReceipt(device, stanza)
    else this.#enqueue(device, stanza)
  }

  /** Sends a stanza that is of no use later (typing). Returns whether the device is connected; if not, nothing is sent. */
  deliverNow(device: Device, stanza: BinaryNode): boolean {
    device.receiver?.receive(0, stanza)
    return device.receiver !== undefined
  }

  /** Connects a device. The receiver gets every later stanza; the stanzas that wait are returned to it, oldest first. */
  attach(device: Device, receiver: Receiver): [sequence: number, stanza: BinaryNode][] {
    device.receiver = receiver
    const waiting = [...device.queue.entries()]
    const refused = waiting.filter(([sequence]) => this.#refused.get(device)?.has(sequence))
    return refused.length > 0 ? refused : waiting
  }

  /** Disconnects a device. What it has not acknowledged stays in its queue. */
  detach(device: Device, receiver: Receiver): void {
    if (device.receiver === receiver) device.receiver = undefined
  }

  /** Removes the first matching stanza from the queue. */
  acknowledge(device: Device, acknowledgement: Acknowledgement): void {
    for (const [sequence, stanza] of device.queue.entries()) {
      if (!isAcknowledged(stanza, acknowledgement)) continue
      if (acknowledgement.isRefusal === true && isJidStatusBroadcast(stanza.attrs["from"] ?? "")) {
        this.#refusedBy(device).add(sequence)
        return
      }
      device.queue.remove(sequence)
      if (this.#refusedBy(device).delete(sequence) && this.#refusedBy(device).size === 0) this.#release(device)
      return
    }
  }

  #refusedBy(device: Device): Set<number> {
    const refused = this.#refused.get(device) ?? new Set()
    this.#refused.set(device, refused)
    return refused
  }

  /** Nothing that waits is held back any more. */
  #release(device: Device): void {
    for (const [sequence, stanza] of device.queue.entries()) device.receiver?.receive(sequence, stanza)
  }

  /** Delivers every receipt that is held back. */
  stop(): void {
    for (const { release, timer } of this.#heldReceipts.values()) {
      clearTimeout(timer)
      release()
    }
    this.#heldReceipts.clear()
  }

  #enqueue(device: Device, stanza: BinaryNode): void {
    const sequence = device.queue.append(stanza)
    device.receiver?.receive(sequence, stanza)
  }

  #deliverMessage(device: Device, stanza: BinaryNode): void {
    const { number, kind } = device.account
    // A fault affects a phone's companions but not the phone. A contact has no companions, so it affects its device 0.
    const isTarget = kind === "contact" || device.id !== 0
    const isIts = (fault: { readonly device?: number }) => (fault.device ?? device.id) === device.id
    if (isTarget && this.#faults.trigger("drop", number, isIts) !== undefined) return
    const tampered = isTarget && this.#faults.trigger("tamper", number, isIts) !== undefined
    this.#enqueue(device, tampered ? withFlippedByte(stanza) : stanza)
  }

  #deliverReceipt(device: Device, stanza: BinaryNode): void {
    const key = deviceKey(device)
    const held = this.#heldReceipts.get(key)
    const { number } = device.account
    if (held === undefined && device.id !== 0 && this.#faults.trigger("reorder_receipts", number) !== undefined) {
      this.#hold(key, () => this.#enqueue(device, stanza))
      return
    }
    this.#enqueue(device, stanza)
    if (device.id !== 0 && this.#faults.trigger("duplicate_receipts", number) !== undefined)
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

/** At this distance from its end, a ciphertext has a MAC, a signature or encrypted text, but never a key or an id. */
const FLIPPED_BYTE_FROM_END = 11

function withFlippedByte(stanza: BinaryNode): BinaryNode {
  const content = children(stanza).map((part) => {
    if (part.tag !== "enc" || !(part.content instanceof Uint8Array)) return part
    const ciphertext = Buffer.from(part.content)
    const position = ciphertext.length - FLIPPED_BYTE_FROM_END
    ciphertext[position] = (ciphertext[position] ?? 0) ^ 1
    return element("enc", part.attrs, ciphertext)
  })
  return { ...stanza, content }
}

/**
 * A linked device of a contact, such as WhatsApp Web: it gets what the contact gets, confirms it, asks again for what it cannot
 * decrypt, and writes. What it got is kept in memory only; its keys survive.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { linkedIdentity, type SigningKeys } from "../login/adv.ts"
import type { Delivery } from "../routing/delivery.ts"
import type { MessageRouter } from "../routing/messages.ts"
import type { ReceiptRouter } from "../routing/receipts.ts"
import type { Settings } from "../settings.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device, Receiver } from "../state/device.ts"
import type { Groups } from "../state/groups.ts"
import { element, phoneMessageId, unixSeconds } from "../wire/stanza.ts"
import { decryptMessage, retryContent } from "./decryption.ts"
import { summarise } from "./message-summary.ts"
import { MessageEncryption } from "./message-encryption.ts"
import type { SignalIdentity } from "./signal-identity.ts"

export interface LinkedDeviceParts {
  readonly accounts: Accounts
  readonly groups: Groups
  readonly delivery: Delivery
  readonly messages: MessageRouter
  readonly receipts: ReceiptRouter
  readonly settings: Settings
}

export class LinkedDevice implements Receiver {
  readonly device: Device
  /** What it decrypted, oldest first. */
  readonly inbox: { readonly id: string; readonly from: string; readonly text: string | undefined }[] = []
  readonly #signal: SignalIdentity
  readonly #encryption: MessageEncryption
  readonly #identity: Uint8Array
  readonly #parts: LinkedDeviceParts
  #last: Promise<unknown> = Promise.resolve()

  /** `phone`: the keys of the account's phone, which signs for it. */
  constructor(device: Device, signal: SignalIdentity, phone: SigningKeys, parts: LinkedDeviceParts) {
    this.device = device
    this.#signal = signal
    this.#encryption = new MessageEncryption(device, signal, parts.accounts, parts.groups)
    this.#identity = linkedIdentity(phone, signal.creds.signedIdentityKey, device.keyIndex)
    this.#parts = parts
    for (const [sequence, stanza] of parts.delivery.attach(device, this)) this.receive(sequence, stanza)
  }

  get id(): number {
    return this.device.id
  }

  /** Handles a stanza of its queue. The stanza leaves the queue afterwards. */
  receive(sequence: number, stanza: BinaryNode): void {
    this.#last = this.#last.then(async () => {
      if (stanza.tag === "message") await this.#receiveMessage(stanza)
      this.device.queue.remove(sequence)
    })
  }

  /** Writes a text to an account, and returns its id. */
  send(to: string, text: string): Promise<string> {
    const sent = this.#last.then(async () => {
      const id = phoneMessageId()
      const outgoing = { id, to, type: "text", edit: undefined, message: { conversation: text } }
      const { content, ...stanza } = await this.#encryption.encrypt(outgoing)
      const identity = element("device-identity", {}, this.#identity)
      this.#parts.messages.submit(this.device, { ...stanza, content: [...(content as BinaryNode[]), identity] })
      return id
    })
    this.#last = sent
    return sent
  }

  /** Disconnects, and resolves when it has finished what it was doing. */
  async close(): Promise<void> {
    this.#parts.delivery.detach(this.device, this)
    await this.#last
    this.#signal.close()
  }

  async #receiveMessage(stanza: BinaryNode): Promise<void> {
    const { accounts, settings } = this.#parts
    const { id = "", from = "", participant, recipient } = stanza.attrs
    const author = accounts.deviceByJid(participant ?? from)
    if (author === undefined) return
    try {
      const message = await decryptMessage(this.#signal, accounts, stanza, author)
      // The contact reads on its phone, not here.
      const type = author.account === this.device.account ? "sender" : "inactive"
      this.#confirm({ id, to: from, participant, recipient, type })
      const summary = summarise(message)
      if (summary) this.inbox.push({ id, from: author.account.number, text: summary.text })
    } catch (error) {
      settings.log(
        `sandbox: a linked device of ${this.device.account.number} could not decrypt ${id}: ${String(error)}`
      )
      this.#confirm({ id, to: from, participant, type: "retry" }, retryContent(this.#signal, stanza))
    }
  }

  #confirm(attrs: Record<string, string | undefined>, content?: BinaryNode[]): void {
    this.#parts.receipts.submit(this.device, element("receipt", { t: unixSeconds(), ...attrs }, content))
  }
}

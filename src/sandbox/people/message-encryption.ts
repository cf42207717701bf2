/**
 * Encrypts the messages of a handset for every device that may read them, and builds the stanzas for the server.
 * routing/messages.ts routes them from there.
 */
import { type BinaryNode, isJidGroup, isJidNewsletter, isJidStatusBroadcast, proto } from "@whiskeysockets/baileys"
import { InvalidRequest } from "../request-errors.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import type { Groups } from "../state/groups.ts"
import { addressingOf, deviceOf, jidOf, lidJid, pnJid } from "../state/jid.ts"
import { element, phoneMessageId, unixSeconds } from "../wire/stanza.ts"
import type { SignalIdentity } from "./signal-identity.ts"

/** A message to encrypt. */
export interface OutgoingMessage {
  readonly id: string
  readonly to: string
  readonly type: string
  /** The `edit` attribute: 1 for an edit, 7 for a revoke, 8 for a revoke by an administrator. */
  readonly edit: string | undefined
  readonly message: proto.IMessage
  /** Encoded fields after the message's own, which Baileys' Message does not know. Recipients get them, own companions do not. */
  readonly extra?: Uint8Array
  /** Companions of the recipient get `<unavailable>` of this type in place of the content. */
  readonly withheld?: string
  /** The number of the post that a reaction in a channel is to. */
  readonly serverId?: string
}

/** The encryption of one handset. It starts Signal sessions as they are needed. */
export class MessageEncryption {
  readonly #account: Account
  readonly #device: Device
  readonly #signal: SignalIdentity
  readonly #accounts: Accounts
  readonly #groups: Groups

  constructor(device: Device, signal: SignalIdentity, accounts: Accounts, groups: Groups) {
    this.#account = device.account
    this.#device = device
    this.#signal = signal
    this.#accounts = accounts
    this.#groups = groups
  }

  /** Encrypts a message for every recipient and for the own companions. */
  async encrypt(outgoing: OutgoingMessage): Promise<BinaryNode> {
    const { id, to, type, edit } = outgoing
    if (isJidNewsletter(to) === true) return postStanza(outgoing)
    const content = isShared(to) ? await this.#forMany(outgoing) : await this.#forOne(outgoing)
    return element("message", { id, to, type, edit, addressing_mode: addressingModeOf(to) }, content)
  }

  /** Encrypts a message again, in a new session, for the one device that could not decrypt it. */
  async encryptResend(outgoing: OutgoingMessage, requester: Device, retryReceipt: BinaryNode): Promise<BinaryNode> {
    const { id, to, type, edit, message } = outgoing
    if (!(await this.#signal.startSessionFromRetry(requester, retryReceipt)))
      await this.#signal.startSession(requester, this.#accounts.takeOneTimeKey(requester))
    const isOwn = requester.account === this.#account
    const senderKey = isShared(to) ? await this.#signal.senderKey(to, lidJid(this.#account)) : {}
    const content = isOwn ? { deviceSentMessage: { destinationJid: to, message } } : { ...message, ...senderKey }
    const enc = await this.#signal.encrypt(requester, content, () => undefined)
    if (isShared(to)) {
      const participant = lidJid(requester.account, requester.id)
      return element("message", { id, to, type, edit, participant, addressing_mode: addressingModeOf(to) }, [enc])
    }
    const requestedBy = retryReceipt.attrs["from"]
    const requesterJid = jidOf(addressingOf(requestedBy), requester.account, deviceOf(requestedBy))
    return element("message", { id, to: requesterJid, type, edit, recipient: isOwn ? to : undefined }, [enc])
  }

  /**
   * Encrypts what a phone sends one of its companions: keys, history, answers. The stanza is for the companion itself, not
   * for the server.
   */
  async encryptForCompanion(companion: Device, protocolMessage: proto.Message.IProtocolMessage): Promise<BinaryNode> {
    const enc = await this.#signal.encrypt(companion, { protocolMessage }, () => undefined)
    const { name: notify } = this.#account
    const attrs = { id: phoneMessageId(), from: pnJid(this.#account), type: "text", category: "peer", notify }
    return element("message", { ...attrs, t: unixSeconds() }, [enc])
  }

  async #forOne({ to, message, extra, withheld }: OutgoingMessage): Promise<BinaryNode[]> {
    const target = this.#accounts.find(to)
    if (target === undefined) throw new InvalidRequest(`${to} is not on this network`)
    const copy: proto.IMessage = { deviceSentMessage: { destinationJid: to, message } }
    const recipients: BinaryNode[] = []
    for (const account of new Set([target, this.#account])) {
      const isOwn = account === this.#account
      for (const device of this.#accounts.devices(account).filter((each) => each !== this.#device)) {
        if (withheld !== undefined && !isOwn && device.id !== 0) recipients.push(withheldFrom(device, to, withheld))
        else recipients.push(await this.#encryptFor(device, isOwn ? copy : message, to, isOwn ? undefined : extra))
      }
    }
    return [element("participants", {}, recipients)]
  }

  /** One ciphertext for every device, and the own sender key for those that lack it. A status carries the key every time. */
  async #forMany({ to, message, extra }: OutgoingMessage): Promise<BinaryNode[]> {
    const { enc, senderKey } = await this.#signal.encryptForGroup(to, lidJid(this.#account), message, extra)
    const holders = isJidStatusBroadcast(to) ? new Set<string>() : await this.#signal.senderKeyHolders(to)
    const recipients: BinaryNode[] = []
    for (const device of this.#audience(to)) {
      const jid = lidJid(device.account, device.id)
      if (holders.has(jid)) continue
      recipients.push(await this.#encryptFor(device, senderKey, jid))
      holders.add(jid)
    }
    if (!isJidStatusBroadcast(to)) await this.#signal.rememberSenderKeyHolders(to, holders)
    return [element("participants", {}, recipients), enc]
  }

  /** The devices that a group message or a status goes to. A status goes to every phone of the network. */
  #audience(to: string): Device[] {
    const accounts = isJidStatusBroadcast(to)
      ? this.#accounts.all().filter(({ kind }) => kind === "phone")
      : [...(this.#groups.get(to)?.members.keys() ?? [])].flatMap((number) => this.#accounts.find(number) ?? [])
    return accounts.flatMap((account) => this.#accounts.devices(account)).filter((device) => device !== this.#device)
  }

  async #encryptFor(
    device: Device,
    message: proto.IMessage,
    addressedAs: string,
    extra?: Uint8Array
  ): Promise<BinaryNode> {
    const enc = await this.#signal.encrypt(device, message, () => this.#accounts.takeOneTimeKey(device), extra)
    return element("to", { jid: jidOf(addressingOf(addressedAs), device.account, device.id) }, [enc])
  }
}

/** What goes to a channel is not encrypted. A reaction is an attribute. */
function postStanza({ id, to, type, edit, message, serverId }: OutgoingMessage): BinaryNode {
  const { reactionMessage: reaction } = message
  if (reaction) {
    const code = reaction.text || undefined
    const attrs = { id, to, type: "reaction", edit: code === undefined ? "7" : undefined, server_id: serverId }
    return element("message", attrs, [element("reaction", { code })])
  }
  const plaintext = proto.Message.encode(proto.Message.fromObject(message)).finish()
  return element("message", { id, to, type, edit }, [element("plaintext", {}, plaintext)])
}

function withheldFrom(device: Device, addressedAs: string, type: string): BinaryNode {
  const unavailable = element("unavailable", type === "" ? {} : { type })
  return element("to", { jid: jidOf(addressingOf(addressedAs), device.account, device.id) }, [unavailable])
}

/** Whether one ciphertext serves every recipient. */
function isShared(to: string): boolean {
  return isJidGroup(to) === true || isJidStatusBroadcast(to)
}

/** Only group messages may carry an addressing mode. The server refuses a status that does with 479. */
function addressingModeOf(to: string): "lid" | undefined {
  return isJidGroup(to) === true ? "lid" : undefined
}

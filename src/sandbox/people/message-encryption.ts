/**
 * Encrypting what a handset sends, for every device that shall read it: the stanzas that go to the server. Where they go
 * from there is the routers' business.
 */
import { type BinaryNode, isJidGroup, isJidStatusBroadcast, type proto } from "@whiskeysockets/baileys"
import { addressingOf, deviceOf, jidOf, lidJid, pnJid } from "../state/jid.ts"
import type { Groups } from "../state/groups.ts"
import { InvalidRequest } from "../request-errors.ts"
import type { SignalIdentity } from "./signal-identity.ts"
import { element, phoneMessageId, unixSeconds } from "../wire/stanza.ts"
import type { Account, Device, World } from "../state/accounts.ts"

/** A message on its way out. */
export interface OutgoingMessage {
  readonly id: string
  readonly to: string
  readonly type: string
  /** The `edit` attribute: 1 for an edit, 7 for a revoke. */
  readonly edit: string | undefined
  readonly message: proto.IMessage
}

/** Seals for one handset. Sessions are started as they are needed. */
export class MessageSealer {
  readonly #account: Account
  readonly #device: Device
  readonly #signal: SignalIdentity
  readonly #world: World
  readonly #groups: Groups

  constructor(device: Device, signal: SignalIdentity, world: World, groups: Groups) {
    this.#account = device.account
    this.#device = device
    this.#signal = signal
    this.#world = world
    this.#groups = groups
  }

  /** Seals a message for everybody it is meant for, the own companions included. */
  async seal({ id, to, type, edit, message }: OutgoingMessage): Promise<BinaryNode> {
    const content = isShared(to) ? await this.#forMany(to, message) : await this.#forOne(to, message)
    return element("message", { id, to, type, edit, addressing_mode: addressingModeOf(to) }, content)
  }

  /** Seals a message once more for the one device that could not read it, in a new session. */
  async sealAgain(outgoing: OutgoingMessage, asker: Device, retryReceipt: BinaryNode): Promise<BinaryNode> {
    const { id, to, type, edit, message } = outgoing
    if (!(await this.#signal.startSessionFromRetry(asker, retryReceipt)))
      await this.#signal.startSession(asker, this.#world.takeOneTimeKey(asker))
    const isOwn = asker.account === this.#account
    const senderKey = isShared(to) ? await this.#signal.senderKey(to, lidJid(this.#account)) : {}
    const content = isOwn ? { deviceSentMessage: { destinationJid: to, message } } : { ...message, ...senderKey }
    const enc = await this.#signal.encrypt(asker, content, () => undefined)
    if (isShared(to)) {
      const participant = lidJid(asker.account, asker.id)
      return element("message", { id, to, type, edit, participant, addressing_mode: addressingModeOf(to) }, [enc])
    }
    const asked = retryReceipt.attrs["from"]
    const askerJid = jidOf(addressingOf(asked), asker.account, deviceOf(asked))
    return element("message", { id, to: askerJid, type, edit, recipient: isOwn ? to : undefined }, [enc])
  }

  /** Seals what a phone tells one of its companions: keys, history, answers. It goes straight to that companion. */
  async sealForCompanion(companion: Device, protocolMessage: proto.Message.IProtocolMessage): Promise<BinaryNode> {
    const enc = await this.#signal.encrypt(companion, { protocolMessage }, () => undefined)
    const { name: notify } = this.#account
    const attrs = { id: phoneMessageId(), from: pnJid(this.#account), type: "text", category: "peer", notify }
    return element("message", { ...attrs, t: unixSeconds() }, [enc])
  }

  async #forOne(to: string, message: proto.IMessage): Promise<BinaryNode[]> {
    const target = this.#world.account(to)
    if (target === undefined) throw new InvalidRequest(`${to} is not on WhatsApp`)
    const copy: proto.IMessage = { deviceSentMessage: { destinationJid: to, message } }
    const recipients: BinaryNode[] = []
    for (const account of new Set([target, this.#account])) {
      const content = account === this.#account ? copy : message
      for (const device of this.#world.devices(account)) {
        if (device !== this.#device) recipients.push(await this.#sealed(device, content, to))
      }
    }
    return [element("participants", {}, recipients)]
  }

  /** One ciphertext for all, and our sender key for those who do not have it. A status sends it along every time. */
  async #forMany(to: string, message: proto.IMessage): Promise<BinaryNode[]> {
    const { enc, senderKey } = await this.#signal.encryptForGroup(to, lidJid(this.#account), message)
    const holders = isJidStatusBroadcast(to) ? new Set<string>() : await this.#signal.senderKeyHolders(to)
    const recipients: BinaryNode[] = []
    for (const device of this.#audience(to)) {
      const jid = lidJid(device.account, device.id)
      if (holders.has(jid)) continue
      recipients.push(await this.#sealed(device, senderKey, jid))
      holders.add(jid)
    }
    if (!isJidStatusBroadcast(to)) await this.#signal.rememberSenderKeyHolders(to, holders)
    return [element("participants", {}, recipients), enc]
  }

  /** The devices that a group message or a status reaches. A status goes to every phone of the network. */
  #audience(to: string): Device[] {
    const accounts = isJidStatusBroadcast(to)
      ? this.#world.accounts().filter(({ kind }) => kind === "phone")
      : [...(this.#groups.get(to)?.members.keys() ?? [])].flatMap((number) => this.#world.account(number) ?? [])
    return accounts.flatMap((account) => this.#world.devices(account)).filter((device) => device !== this.#device)
  }

  async #sealed(device: Device, message: proto.IMessage, addressedAs: string): Promise<BinaryNode> {
    const enc = await this.#signal.encrypt(device, message, () => this.#world.takeOneTimeKey(device))
    return element("to", { jid: jidOf(addressingOf(addressedAs), device.account, device.id) }, [enc])
  }
}

/** Whether one ciphertext serves many readers there. */
function isShared(to: string): boolean {
  return isJidGroup(to) === true || isJidStatusBroadcast(to)
}

/** Groups say how members are addressed; nothing else may (a status that does is refused with 479). */
function addressingModeOf(to: string): "lid" | undefined {
  return isJidGroup(to) === true ? "lid" : undefined
}

/**
 * The simulated phone of an account, which is its device 0. It decrypts what arrives, keeps an inbox, sends the receipts
 * that a phone sends, sends messages, and answers retry receipts and the requests of its companions. How a contact
 * reacts to a message is in behaviour.ts; pairing is in login/.
 */
import {
  type BinaryNode,
  isJidGroup,
  isJidNewsletter,
  isJidStatusBroadcast,
  proto,
  sha256,
  type WAPatchCreate
} from "@whiskeysockets/baileys"
import type { SigningKeys } from "../login/adv.ts"
import type { PairingPhone } from "../login/pairing-phone.ts"
import type { PasskeyCredential } from "../login/passkey-assertion.ts"
import type { MediaClient } from "../media/client.ts"
import { InvalidRequest } from "../request-errors.ts"
import type { AppStateRouter } from "../routing/app-state.ts"
import type { Delivery } from "../routing/delivery.ts"
import type { MessageRouter } from "../routing/messages.ts"
import { messageIds, type ReceiptRouter } from "../routing/receipts.ts"
import type { Settings } from "../settings.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import { BoundedLog } from "../state/bounded-log.ts"
import type { Counters } from "../state/counters.ts"
import type { Device, Receiver } from "../state/device.ts"
import type { Groups } from "../state/groups.ts"
import { addressingOf, jidOf, lidJid, pnJid } from "../state/jid.ts"
import type { State } from "../state/store.ts"
import { child, element, phoneMessageId, unixSeconds } from "../wire/stanza.ts"
import { AppStateAuthor } from "./app-state-author.ts"
import { Authenticator } from "./authenticator.ts"
import { bootstrapMessages } from "./companion-bootstrap.ts"
import { decryptMessage, retryContent } from "./decryption.ts"
import { announcementOf, laterParts } from "./history-sync.ts"
import { Inbox, type InboxMessage } from "./inbox.ts"
import { mediaRetryAnswer } from "./media-retry.ts"
import { mediaOf } from "./message-content.ts"
import { type MessageSummary, summarise } from "./message-summary.ts"
import { MessageEncryption, type OutgoingMessage } from "./message-encryption.ts"
import { answerPeerRequest } from "./peer-requests.ts"
import { openSealed } from "./sealed-content.ts"
import { SignalIdentity } from "./signal-identity.ts"

/** What a handset needs. */
export interface HandsetParts {
  readonly accounts: Accounts
  readonly groups: Groups
  readonly delivery: Delivery
  readonly messages: MessageRouter
  readonly receipts: ReceiptRouter
  readonly media: MediaClient
  readonly appState: AppStateRouter
  readonly state: State
  readonly settings: Settings
  readonly counters: Counters
}

/** What a contact does after a message of another account was delivered to its handset. */
export type Script = (handset: Handset, message: InboxMessage) => Promise<void>

/** A message to send. Fields that are left out have defaults. */
export type Submission = Pick<OutgoingMessage, "to" | "message"> &
  Partial<Pick<OutgoingMessage, "id" | "type" | "edit" | "extra" | "withheld" | "serverId">>

/** A message that a handset sent, kept so that it can send the message again after a retry receipt. */
type SentMessage = Omit<OutgoingMessage, "message" | "extra" | "withheld" | "serverId"> & { readonly raw: Uint8Array }

const SENT_MAX = 512

/** One handset. It handles one stanza at a time and sends one message at a time, each in order. */
export class Handset implements Receiver, PairingPhone {
  readonly account: Account
  readonly device: Device
  readonly inbox: Inbox
  script: Script | undefined
  /** Called with each new message, after its receipts were sent. */
  onMessage: ((message: InboxMessage) => void) | undefined
  readonly authenticator: Authenticator
  #signal: SignalIdentity
  #encryption: MessageEncryption
  readonly #parts: HandsetParts
  readonly #sent: BoundedLog<SentMessage>
  readonly #author: AppStateAuthor
  #closed = false
  #receiving: Promise<void> = Promise.resolve()
  #sending: Promise<unknown> = Promise.resolve()

  constructor(account: Account, device: Device, signal: SignalIdentity, parts: HandsetParts) {
    const { state, settings, counters } = parts
    this.account = account
    this.device = device
    this.authenticator = new Authenticator(account.number, parts.state)
    this.#signal = signal
    this.#encryption = new MessageEncryption(device, signal, parts.accounts, parts.groups)
    this.#parts = parts
    this.#author = new AppStateAuthor(device, parts.appState)
    this.inbox = new Inbox(account.number, state, settings, counters)
    this.#sent = new BoundedLog({ state, kind: "sent", owner: account.number, max: SENT_MAX, onDrop: () => undefined })
    if (account.online) this.#connect()
  }

  get signingKeys(): SigningKeys {
    return this.#signal.creds
  }

  get passkey(): PasskeyCredential {
    return this.authenticator.credential
  }

  /** What a new companion gets at once. The rest of a long history follows when it is uploaded. */
  bootstrapMessages(companion: Device): proto.Message.IProtocolMessage[] {
    const handedOver = this.#sending.then(() => this.#handOverHistory(companion))
    this.#sending = handedOver.catch((error: unknown) =>
      this.#parts.settings.log(`sandbox: ${this.account.number} could not hand over its history: ${String(error)}`)
    )
    return bootstrapMessages(this.#signal.creds.registrationId, companion)
  }

  /** Writes app state: what the owner does with chats and contacts. Resolves when the server has it. */
  writeAppState(changes: readonly WAPatchCreate[]): Promise<void> {
    return this.#author.write(changes)
  }

  encryptForCompanion(companion: Device, message: proto.Message.IProtocolMessage): Promise<BinaryNode> {
    return this.#encryption.encryptForCompanion(companion, message)
  }

  /** Switches the handset on or off. When switched on, it handles the stanzas that waited. */
  setOnline(online: boolean): void {
    if (online === this.account.online) return
    this.account.online = online
    this.#parts.accounts.save(this.account)
    if (online) this.#connect()
    else this.#parts.delivery.detach(this.device, this)
  }

  /** Handles a stanza of its queue. The stanza leaves the queue afterwards. */
  receive(sequence: number, stanza: BinaryNode): void {
    this.#receiving = this.#receiving.then(async () => {
      if (this.#closed) return
      if (sequence !== 0 && !this.device.queue.has(sequence)) return
      try {
        if (stanza.tag === "message") await this.#receiveMessage(stanza)
        else if (stanza.tag === "receipt") await this.#receiveReceipt(stanza)
        else if (stanza.tag === "presence" || stanza.tag === "chatstate") this.#seePresence(stanza)
      } catch (error) {
        this.#parts.settings.log(`sandbox: ${this.account.number} could not handle a <${stanza.tag}>: ${String(error)}`)
      }
      this.device.queue.remove(sequence)
    })
  }

  /** Sends a message to an account or a group, after every earlier one, and returns its id. Fails when the server refuses. */
  send(submission: Submission): Promise<string> {
    const sent = this.#sending.then(() => this.#send(submission))
    this.#sending = sent.catch(() => undefined)
    return sent
  }

  /**
   * Sends one receipt of this type for messages in the inbox, which are in the same chat and by the same sender. A receipt for posts of
   * a channel says that they were seen (whatsmeow newsletter.go NewsletterMarkViewed).
   */
  sendReceipt(type: string | undefined, message: InboxMessage, ...more: readonly InboxMessage[]): void {
    if (message.channel !== undefined) {
      const posts = [message, ...more].map(({ serverId }) => element("item", { server_id: serverId }))
      this.#submitReceipt({ id: phoneMessageId(), to: message.channel, type: "view" }, [element("list", {}, posts)])
      return
    }
    const author = this.#parts.accounts.find(message.from)
    if (author === undefined) return
    const participant = message.group === undefined ? undefined : lidJid(author)
    const items = more.map(({ id }) => element("item", { id }))
    this.#submitReceipt(
      { id: message.id, to: message.chat, participant, type },
      items.length === 0 ? undefined : [element("list", {}, items)]
    )
  }

  /** A message that this handset sent, by id. Only the last 512 are kept. */
  sentMessage(id: string): { to: string; message: proto.IMessage } | undefined {
    const sent = this.#sent.values().findLast((message) => message.id === id)
    return sent === undefined ? undefined : { to: sent.to, message: proto.Message.decode(sent.raw) }
  }

  /** The app is installed anew: it has other keys, no session, and nothing that it could send again. */
  async reinstall(): Promise<void> {
    await this.#receiving
    await this.#sending
    const { accounts, groups, state } = this.#parts
    this.#signal.close()
    SignalIdentity.forget(state, this.account.number)
    this.#signal = new SignalIdentity(state, this.account.number)
    this.#encryption = new MessageEncryption(this.device, this.#signal, accounts, groups)
    this.#sent.clear()
    this.device.bundle = this.#signal.bundle
    accounts.saveDevice(this.device)
  }

  /** Disconnects, and resolves when the handset has finished what it was doing. */
  async close(): Promise<void> {
    this.#parts.delivery.detach(this.device, this)
    this.#closed = true
    await this.#receiving
    await this.#sending
    this.#signal.close()
  }

  #connect(): void {
    for (const [sequence, stanza] of this.#parts.delivery.attach(this.device, this)) this.receive(sequence, stanza)
  }

  async #handOverHistory(companion: Device): Promise<void> {
    for (const part of laterParts(this.account)) {
      const media = await this.#parts.media.upload(part.content, "md-msg-hist")
      if (this.#closed) return
      this.#parts.delivery.deliver(companion, await this.encryptForCompanion(companion, announcementOf(part, media)))
    }
  }

  async #receiveMessage(stanza: BinaryNode): Promise<void> {
    const { id = "", from = "", participant, recipient } = stanza.attrs
    if (isJidNewsletter(from) === true) {
      await this.#receivePost(stanza)
      return
    }
    const author = this.#parts.accounts.deviceByJid(participant ?? from)
    if (author === undefined) return
    let message: proto.IMessage
    try {
      message = await decryptMessage(this.#signal, this.#parts.accounts, stanza, author)
    } catch (error) {
      // After a crash the queue may hold a message that was handled before the crash. Its keys are used up.
      if (this.inbox.find(id) === undefined) this.#requestRetry(stanza, error)
      return
    }
    const isOwn = author.account === this.account
    // For a copy from an own companion. This receipt makes Baileys raise SERVER_ACK.
    if (isOwn && recipient !== undefined) this.#submitReceipt({ id, to: from, recipient, type: "sender" })
    if (!isOwn) this.#submitReceipt({ id, to: from, participant })
    if (isOwn) await this.#answerCompanion(id, author, message)
    const kept = await this.#keep(stanza, author, message)
    if (kept === undefined) return
    if (!isOwn) await this.script?.(this, kept)
    this.onMessage?.(kept)
  }

  /** A post of a channel. It is not encrypted. */
  async #receivePost(stanza: BinaryNode): Promise<void> {
    const { id = "", from: channel = "", server_id: serverId, is_sender: isSender } = stanza.attrs
    const plaintext = child(stanza, "plaintext")?.content
    if (!(plaintext instanceof Uint8Array)) return
    const message = proto.Message.decode(plaintext)
    const numbered = serverId === undefined ? {} : { serverId }
    const whose = isSender === undefined ? {} : { fromMe: true as const }
    const kept = await this.#keepAs({ id, from: channel, chat: channel, channel, ...numbered, ...whose }, message)
    if (kept !== undefined) this.onMessage?.(kept)
  }

  /** Answers a request of an own companion (peer-requests.ts), if the message is one. */
  async #answerCompanion(requestId: string, companion: Device, message: proto.IMessage): Promise<void> {
    const request = message.protocolMessage?.peerDataOperationRequestMessage
    if (request === null || request === undefined) return
    const answer = answerPeerRequest(this, this.#parts.accounts, requestId, request)
    if (answer === undefined) return
    this.#parts.delivery.deliver(companion, await this.encryptForCompanion(companion, answer))
  }

  async #keep(stanza: BinaryNode, author: Device, message: proto.IMessage): Promise<InboxMessage | undefined> {
    const { id = "", from = "", recipient } = stanza.attrs
    const inGroup = isJidGroup(from) === true || isJidStatusBroadcast(from)
    const origin = {
      id,
      from: author.account.number,
      chat: inGroup ? from : (recipient ?? jidOf(addressingOf(from), author.account)),
      ...(inGroup ? { group: from } : {}),
      ...(author.account === this.account ? { fromMe: true as const } : {})
    }
    return this.#keepAs(
      origin,
      message,
      openSealed(message, author.account, (target) => this.#earlier(target))
    )
  }

  async #keepAs(
    origin: Pick<InboxMessage, "id" | "from" | "chat"> & Partial<InboxMessage>,
    message: proto.IMessage,
    opened: Partial<MessageSummary> = {}
  ): Promise<InboxMessage | undefined> {
    const summary = summarise(message)
    if (summary === undefined) return undefined
    const kept: InboxMessage = {
      ...origin,
      ...summary,
      ...opened,
      ...(await this.#downloaded(message)),
      at: new Date().toISOString(),
      raw: proto.Message.encode(message).finish()
    }
    return this.inbox.add(kept) ? kept : undefined
  }

  /** A message that this handset sent or received, and its author. */
  #earlier(id: string): { message: proto.IMessage; author: Account } | undefined {
    const own = this.sentMessage(id)
    if (own !== undefined) return { message: own.message, author: this.account }
    const received = this.inbox.find(id)
    const author = this.#parts.accounts.find(received?.from)
    return received === undefined || author === undefined
      ? undefined
      : { message: proto.Message.decode(received.raw), author }
  }

  async #downloaded(message: proto.IMessage): Promise<Pick<InboxMessage, "sha256" | "bytes" | "mediaError">> {
    const media = mediaOf(message)
    if (media === undefined) return {}
    try {
      const plain = await this.#parts.media.download(media)
      return { sha256: digestOf(plain), bytes: plain.length }
    } catch (error) {
      return { mediaError: String(error) }
    }
  }

  /** Sends a retry receipt for a message that could not be decrypted, with new keys for a new session. */
  #requestRetry(stanza: BinaryNode, error: unknown): void {
    const { id = "", from = "", participant } = stanza.attrs
    this.#parts.settings.log(
      `sandbox: ${this.account.number} could not decrypt message ${id} and sends a retry receipt: ${String(error)}`
    )
    this.#submitReceipt({ id, to: from, participant, type: "retry" }, retryContent(this.#signal, stanza))
  }

  #seePresence({ tag, attrs: { from = "", participant, type }, content }: BinaryNode): void {
    const author = this.#parts.accounts.find(participant ?? from)
    if (author === undefined) return
    const [first] = Array.isArray(content) ? content : []
    const typing = first?.attrs["media"] === "audio" ? "recording" : (first?.tag ?? "paused")
    const state = tag === "chatstate" ? typing : (type ?? "available")
    const group = participant === undefined ? {} : { group: from }
    this.inbox.addPresence({ from: author.number, state, ...group, at: new Date().toISOString() })
  }

  async #receiveReceipt(receipt: BinaryNode): Promise<void> {
    const { from = "", participant, type = "delivery", recipient } = receipt.attrs
    const reader = this.#parts.accounts.deviceByJid(participant ?? from)
    if (reader === undefined || recipient !== undefined) return
    if (type === "server-error") {
      await this.#uploadAgain(receipt, reader)
      return
    }
    const at = new Date().toISOString()
    for (const id of messageIds(receipt)) this.inbox.addReceipt({ id, from: reader.account.number, type, at })
    if (type !== "retry") return
    for (const id of messageIds(receipt)) await this.#resend(id, reader, receipt)
  }

  async #send({ id = phoneMessageId(), edit, type = "text", serverId, ...submission }: Submission): Promise<string> {
    const { to, message } = submission
    const stanza = await this.#encryption.encrypt({
      ...submission,
      id,
      type,
      edit,
      ...(serverId === undefined ? {} : { serverId })
    })
    const raw = proto.Message.encode(proto.Message.fromObject(message)).finish()
    this.#sent.append({ id, to, type, edit, raw })
    this.#submitMessage(stanza)
    return id
  }

  /** Answers a companion that could not download a file (media-retry.ts). */
  async #uploadAgain(receipt: BinaryNode, companion: Device): Promise<void> {
    const { id = "" } = receipt.attrs
    const { reuploads } = this.account
    if (reuploads === "silence") return
    const attrs = { id, type: "mediaretry", from: pnJid(this.account), t: unixSeconds() }
    const message = reuploads === "not_found" ? undefined : this.inbox.find(id)
    const content = await mediaRetryAnswer(receipt, message, (path) => this.#parts.media.uploadAgain(path))
    this.#parts.delivery.deliver(companion, element("notification", attrs, content))
  }

  async #resend(id: string, requester: Device, receipt: BinaryNode): Promise<void> {
    const sent = this.#sent.values().findLast((message) => message.id === id)
    if (sent === undefined) return
    const outgoing = { ...sent, message: proto.Message.decode(sent.raw) }
    this.#submitMessage(await this.#encryption.encryptResend(outgoing, requester, receipt))
  }

  #submitMessage(stanza: BinaryNode): void {
    const error = this.#parts.messages.submit(this.device, stanza)
    if (error !== undefined) throw new InvalidRequest(`the server refused the message with ack error ${error}`)
  }

  #submitReceipt(attrs: Record<string, string | undefined>, content?: BinaryNode[]): void {
    this.#parts.receipts.submit(this.device, element("receipt", { t: unixSeconds(), ...attrs }, content))
  }
}

function digestOf(bytes: Uint8Array): string {
  return sha256(Buffer.from(bytes)).toString("hex")
}

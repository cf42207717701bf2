/**
 * The simulated phone of an account, which is its device 0. It decrypts what arrives, keeps an inbox, sends the receipts
 * that a phone sends, sends messages, and answers retry receipts and the requests of its companions. How a contact
 * reacts to a message is in behaviour.ts; pairing is in login/.
 */
import { type BinaryNode, isJidNewsletter, proto, type WAPatchCreate } from "@whiskeysockets/baileys"
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
import { lidJid, pnJid } from "../state/jid.ts"
import type { State } from "../state/store.ts"
import { element, phoneMessageId, unixSeconds } from "../wire/stanza.ts"
import { AppStateAuthor } from "./app-state-author.ts"
import { AppStateReplica } from "./app-state-replica.ts"
import { viewOf } from "./app-state-view.ts"
import { Arrivals } from "./arrivals.ts"
import { Authenticator } from "./authenticator.ts"
import { bootstrapMessages } from "./companion-bootstrap.ts"
import { type ChatMessage, conversationWith } from "./conversation.ts"
import { decryptMessage, retryContent } from "./decryption.ts"
import { announcementOf, laterParts } from "./history-sync.ts"
import { Inbox, type InboxMessage } from "./inbox.ts"
import { mediaRetryAnswer } from "./media-retry.ts"
import { MessageEncryption, type OutgoingMessage } from "./message-encryption.ts"
import { answerPeerRequest } from "./peer-requests.ts"
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
type SentMessage = Omit<OutgoingMessage, "message" | "extra" | "withheld" | "serverId"> & {
  readonly raw: Uint8Array
  /** ISO 8601. Missing in older state folders. */
  readonly at?: string
}

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
  /** The app state that it has read. */
  readonly appState: AppStateReplica
  #signal: SignalIdentity
  #encryption: MessageEncryption
  readonly #parts: HandsetParts
  readonly #sent: BoundedLog<SentMessage>
  readonly #author: AppStateAuthor
  /** The last name that the account got from a companion. */
  #adoptedName: string | undefined
  readonly #arrivals: Arrivals
  #closed = false
  #receiving: Promise<void> = Promise.resolve()
  #sending: Promise<unknown> = Promise.resolve()

  constructor(account: Account, device: Device, signal: SignalIdentity, parts: HandsetParts) {
    const { state, settings, counters } = parts
    this.account = account
    this.device = device
    this.#adoptedName = state.get("adopted-name", account.number) as string | undefined
    this.authenticator = new Authenticator(account.number, parts.state)
    this.#signal = signal
    this.#encryption = new MessageEncryption(device, signal, parts.accounts, parts.groups)
    this.#parts = parts
    this.appState = new AppStateReplica(account, parts.appState.states)
    this.#author = new AppStateAuthor(device, parts.appState, this.appState)
    this.inbox = new Inbox(account.number, state, settings, counters)
    this.#sent = new BoundedLog({ state, kind: "sent", owner: account.number, max: SENT_MAX, onDrop: () => undefined })
    this.#arrivals = new Arrivals(account, this.inbox, parts, (id) => this.sentMessage(id)?.message)
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

  /** Lets something happen when the next patch of app state of a companion arrives, before the server looks at it. */
  beforeNextPatch(act: () => Promise<void>): void {
    this.#parts.appState.beforeNextPatch(this.account, act)
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
        else if (stanza.tag === "presence" || stanza.tag === "chatstate") this.#arrivals.seePresence(stanza)
        else if (stanza.attrs["type"] === "server_sync") await this.#readAppState()
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
    if (type === "read" || type === "read-self" || type === "played")
      for (const { id } of [message, ...more]) this.inbox.markSeen(id, type === "played" ? "played" : "read")
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

  /** The last `max` messages of its chat with another account, oldest first. */
  chatWith(other: Account, max: number): ChatMessage[] {
    return conversationWith(other, max, {
      accounts: this.#parts.accounts,
      inbox: this.inbox,
      sent: this.#sent.values()
    })
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
    this.#receiving = this.#receiving.then(() => this.#readAppState())
    for (const [sequence, stanza] of this.#parts.delivery.attach(this.device, this)) this.receive(sequence, stanza)
  }

  /** Reads what companions have written. The name that a companion gave the account is its name from now on. */
  async #readAppState(): Promise<void> {
    await this.appState.readAll()
    const { pushName } = viewOf(this.appState.entries)
    const { state } = this.#parts
    const { number } = this.account
    if (pushName === undefined || pushName === this.#adoptedName) return
    this.#adoptedName = pushName
    state.put("adopted-name", number, pushName)
    this.account.name = pushName
    this.#parts.accounts.save(this.account)
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
      const post = await this.#arrivals.keepPost(stanza)
      if (post !== undefined) this.onMessage?.(post)
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
    const kept = await this.#arrivals.keep(stanza, author, message)
    if (kept === undefined) return
    if (!isOwn) await this.script?.(this, kept)
    this.onMessage?.(kept)
  }

  /** Answers a request of an own companion (peer-requests.ts), if the message is one. */
  async #answerCompanion(requestId: string, companion: Device, message: proto.IMessage): Promise<void> {
    const request = message.protocolMessage?.peerDataOperationRequestMessage
    if (request === null || request === undefined) return
    const answer = answerPeerRequest(this, this.#parts.accounts, requestId, request)
    if (answer === undefined) return
    this.#parts.delivery.deliver(companion, await this.encryptForCompanion(companion, answer))
  }

  /** Sends a retry receipt for a message that could not be decrypted, with new keys for a new session. */
  #requestRetry(stanza: BinaryNode, error: unknown): void {
    const { id = "", from = "", participant } = stanza.attrs
    this.#parts.settings.log(
      `sandbox: ${this.account.number} could not decrypt message ${id} and sends a retry receipt: ${String(error)}`
    )
    this.#submitReceipt({ id, to: from, participant, type: "retry" }, retryContent(this.#signal, stanza))
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
    this.#sent.append({ id, to, type, edit, raw, at: new Date().toISOString() })
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

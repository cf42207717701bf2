/**
 * Puts what arrives at a handset into its inbox: messages after decryption with their media downloaded, posts of channels, and
 * what it is shown of others.
 */
import { type BinaryNode, isJidGroup, isJidStatusBroadcast, proto, sha256 } from "@whiskeysockets/baileys"
import type { MediaClient } from "../media/client.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { addressingOf, jidOf } from "../state/jid.ts"
import { child } from "../wire/stanza.ts"
import type { Inbox, InboxMessage } from "./inbox.ts"
import { mediaOf } from "./message-content.ts"
import { type MessageSummary, summarise } from "./message-summary.ts"
import { type Earlier, openSealed } from "./sealed-content.ts"

/** What arrivals need. */
export interface ArrivalParts {
  readonly accounts: Accounts
  readonly media: MediaClient
}

/** Where a message came from, and where an answer to it goes. */
type Origin = Pick<InboxMessage, "id" | "from" | "chat" | "group" | "channel" | "serverId" | "fromMe">

/** The arrivals of one handset. */
export class Arrivals {
  readonly #account: Account
  readonly #inbox: Inbox
  readonly #parts: ArrivalParts
  readonly #sent: (id: string) => proto.IMessage | undefined

  /** `sent`: a message that the handset sent, by id. */
  constructor(account: Account, inbox: Inbox, parts: ArrivalParts, sent: (id: string) => proto.IMessage | undefined) {
    this.#account = account
    this.#inbox = inbox
    this.#parts = parts
    this.#sent = sent
  }

  /** Keeps a message. Returns undefined when it has no content to show, or the inbox has it already. */
  keep(stanza: BinaryNode, author: Device, message: proto.IMessage): Promise<InboxMessage | undefined> {
    const { id = "", from = "", recipient } = stanza.attrs
    const inGroup = isJidGroup(from) === true || isJidStatusBroadcast(from)
    const origin = {
      id,
      from: author.account.number,
      chat: inGroup ? from : (recipient ?? jidOf(addressingOf(from), author.account)),
      ...(inGroup ? { group: from } : {}),
      ...(author.account === this.#account ? { fromMe: true as const } : {})
    }
    const opened = openSealed(message, author.account, (target) => this.#earlier(target))
    return this.#add(origin, message, opened)
  }

  /** Keeps a post of a channel. It is not encrypted. */
  async keepPost(stanza: BinaryNode): Promise<InboxMessage | undefined> {
    const { id = "", from: channel = "", server_id: serverId, is_sender: isSender } = stanza.attrs
    const plaintext = child(stanza, "plaintext")?.content
    if (!(plaintext instanceof Uint8Array)) return undefined
    const numbered = serverId === undefined ? {} : { serverId }
    const whose = isSender === undefined ? {} : { fromMe: true as const }
    const origin = { id, from: channel, chat: channel, channel, ...numbered, ...whose }
    return this.#add(origin, proto.Message.decode(plaintext))
  }

  /** Keeps that another account is online or not, or is typing. */
  seePresence({ tag, attrs: { from = "", participant, type }, content }: BinaryNode): void {
    const author = this.#parts.accounts.find(participant ?? from)
    if (author === undefined) return
    const [first] = Array.isArray(content) ? content : []
    const typing = first?.attrs["media"] === "audio" ? "recording" : (first?.tag ?? "paused")
    const state = tag === "chatstate" ? typing : (type ?? "available")
    const group = participant === undefined ? {} : { group: from }
    this.#inbox.addPresence({ from: author.number, state, ...group, at: new Date().toISOString() })
  }

  async #add(
    origin: Origin,
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
    return this.#inbox.add(kept) ? kept : undefined
  }

  #earlier(id: string): Earlier | undefined {
    const own = this.#sent(id)
    if (own !== undefined) return { message: own, author: this.#account }
    const received = this.#inbox.find(id)
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
      return { sha256: sha256(plain).toString("hex"), bytes: plain.length }
    } catch (error) {
      return { mediaError: String(error) }
    }
  }
}

/**
 * A phone or contact as tests and the control API use it: what it got, what it saw, and everything it can send. What
 * only a phone or only a contact can do is in phone.ts and contact.ts.
 */
import { isJidGroup, proto } from "@whiskeysockets/baileys"
import { type Addressing, jidOf, lidJid } from "../state/jid.ts"
import type { GroupOperations, MemberAction } from "../routing/group-operations.ts"
import type { Handset } from "./handset.ts"
import type { InboxMessage, SeenReceipt } from "./inbox.ts"
import { issuePrivacyToken, type ProfileQueryParts } from "../iq/profile.ts"
import type { MediaClient } from "../media/client.ts"
import { mediaMessage, mediaTypeOf, messageAbout, type OutgoingMedia, textMessage } from "./message-content.ts"
import { InvalidRequest } from "../request-errors.ts"
import type { Call, CallRouter } from "../routing/calls.ts"
import type { PresenceRouter } from "../routing/presence.ts"
import { element } from "../wire/stanza.ts"

/** What a person can send. Ids are those of messages in its inbox or of its own. */
export type Outgoing =
  /** A text; with `quote`, a reply to that message. */
  | { readonly text: string; readonly quote?: string }
  | OutgoingMedia
  /** Changes the text of one of its own messages. */
  | { readonly text: string; readonly edit: string }
  /** Deletes one of its own messages for everybody. */
  | { readonly revoke: string }
  /** An emoji to a message; an empty one takes it back. */
  | { readonly react: string; readonly target: string }
  /** Anything else, as WhatsApp's own Message. */
  | { readonly message: proto.IMessage }

/** What a person works with. */
export interface PersonParts extends ProfileQueryParts {
  readonly media: MediaClient
  readonly presence: PresenceRouter
  readonly calls: CallRouter
  readonly groupOperations: GroupOperations
}

/** What phones and contacts have in common. */
export class Person {
  protected readonly handset: Handset
  protected readonly parts: PersonParts

  constructor(handset: Handset, parts: PersonParts) {
    this.handset = handset
    this.parts = parts
  }

  get number(): string {
    return this.handset.account.number
  }

  get name(): string {
    return this.handset.account.name
  }

  /** `<number>@s.whatsapp.net` */
  get jid(): string {
    return jidOf("pn", this.handset.account)
  }

  /** `<lid>@lid` */
  get lid(): string {
    return lidJid(this.handset.account)
  }

  /** Every message it has, oldest first. */
  get inbox(): InboxMessage[] {
    return this.handset.inbox.messages
  }

  /** Every receipt it saw for messages of its own, oldest first. */
  get receipts(): SeenReceipt[] {
    return this.handset.inbox.receipts
  }

  /** Whether its phone is switched on. Companions work without it. */
  get online(): boolean {
    return this.handset.account.online
  }

  /** Sets how it addresses people whom it is told to write to by number: "pn" unless set. */
  setAddressing(addressing: Addressing): void {
    this.handset.account.addressing = addressing
    this.parts.world.saveAccount(this.handset.account)
  }

  /** Called with each new message. One listener at a time. */
  set onMessage(listen: (message: InboxMessage) => void) {
    this.handset.onMessage = listen
  }

  /** Switches its phone on or off. What arrives meanwhile waits. */
  setOnline(online: boolean): void {
    this.handset.setOnline(online)
  }

  /**
   * Sends to a number, a jid or a group (`…@g.us`), or as a status (`status@broadcast`, to every phone). Gives the
   * message id. Fails when there is nobody, or the server refuses.
   */
  async send(to: string, content: Outgoing, options: { readonly id?: string } = {}): Promise<string> {
    const jid = this.#destination(to)
    const id = await this.handset.send({ to: jid, ...options, ...(await this.#compose(jid, content)) })
    const target = this.parts.world.account(jid)
    if (target !== undefined) issuePrivacyToken(this.parts, this.handset.account, target)
    return id
  }

  /** Reads a message in its inbox: the sender and its own companions are told. */
  read(id: string): void {
    this.handset.give("read", this.#inInbox(id))
  }

  /** Plays a voice note in its inbox. */
  play(id: string): void {
    this.handset.give("played", this.#inInbox(id))
  }

  /** Shows as online or not to whoever subscribed to its presence. */
  setAvailable(available: boolean): void {
    this.parts.presence.set(this.handset.account, available)
  }

  /** Shows as typing, recording or neither to somebody. */
  type(to: string, state: "composing" | "recording" | "paused"): void {
    const content = state === "recording" ? element("composing", { media: "audio" }) : element(state)
    this.parts.presence.type(this.handset.device, this.#destination(to), [content])
  }

  /** Calls somebody. The call rings for a minute, or as long as it is told, unless it is ended. */
  call(to: string, options: { readonly video?: boolean; readonly ringingMs?: number } = {}): Call {
    const target = this.parts.world.account(to)
    if (target === undefined) throw new InvalidRequest(`${to} is not on this network`)
    return this.parts.calls.ring(this.handset.account, target, options.video === true, options.ringingMs)
  }

  /** Creates a group with these numbers and gives its jid. */
  createGroup(subject: string, members: readonly string[]): string {
    const stranger = members.find((member) => this.parts.world.account(member) === undefined)
    if (stranger !== undefined) throw new InvalidRequest(`${stranger} is not on this network`)
    return this.parts.groupOperations.create(this.handset.account, subject, members).id
  }

  /** Adds, removes, promotes or demotes members of a group. Fails when it may not. */
  changeGroup(group: string, action: MemberAction, members: readonly string[]): void {
    this.parts.groupOperations.changeMembers(this.handset.account, group, action, members)
  }

  /** Renames a group. Fails when it may not. */
  renameGroup(group: string, subject: string): void {
    this.parts.groupOperations.setSubject(this.handset.account, group, subject)
  }

  leaveGroup(group: string): void {
    this.parts.groupOperations.leave(this.handset.account, group)
  }

  #destination(to: string): string {
    if (to.includes("@")) return to
    const account = this.parts.world.account(to)
    if (account === undefined) throw new InvalidRequest(`${to} is not on this network`)
    return jidOf(this.handset.account.addressing, account)
  }

  async #compose(to: string, content: Outgoing): Promise<{ message: proto.IMessage; edit?: string; type?: string }> {
    if ("media" in content) {
      const uploaded = await this.parts.media.upload(content.media, mediaTypeOf(content))
      return { message: mediaMessage(content, uploaded), type: "media" }
    }
    if ("edit" in content)
      return { message: messageAbout(this.#keyOf(content.edit, to), { edit: content.text }), edit: "1" }
    if ("revoke" in content)
      return { message: messageAbout(this.#keyOf(content.revoke, to), { revoke: true }), edit: "7" }
    if ("react" in content) {
      const { react, target } = content
      return { message: messageAbout(this.#keyOf(target, to), { react }), type: "reaction" }
    }
    if ("message" in content) return content
    return { message: textMessage(content.text, content.quote === undefined ? undefined : this.#quoted(content.quote)) }
  }

  /** The key of a message as this person sees it. */
  #keyOf(id: string, chat: string): proto.IMessageKey {
    if (this.handset.sentMessage(id) !== undefined) return { remoteJid: chat, fromMe: true, id }
    const message = this.#inInbox(id)
    const author = this.parts.world.account(message.from)
    const participant = isJidGroup(chat) === true && author !== undefined ? lidJid(author) : undefined
    const key = { remoteJid: chat, fromMe: message.fromMe === true, id }
    return participant === undefined ? key : { ...key, participant }
  }

  #quoted(id: string): { id: string; author: string; message: proto.IMessage } {
    const own = this.handset.sentMessage(id)
    if (own !== undefined) return { id, author: this.jid, message: own.message }
    const message = this.#inInbox(id)
    const author = this.parts.world.account(message.from)
    const jid = author === undefined ? message.chat : jidOf(message.chat.endsWith("@lid") ? "lid" : "pn", author)
    return { id, author: jid, message: proto.Message.decode(message.raw) }
  }

  #inInbox(id: string): InboxMessage {
    const message = this.handset.inbox.find(id)
    if (message === undefined) throw new InvalidRequest(`${this.number} has no message ${id}`)
    return message
  }
}

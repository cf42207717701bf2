/**
 * A phone or contact as tests and the control API use it: what it received, and what it can send. phone.ts and contact.ts
 * add what only one of them can do.
 */
import { proto } from "@whiskeysockets/baileys"
import type { MediaClient } from "../media/client.ts"
import { InvalidRequest } from "../request-errors.ts"
import type { Call, CallRouter, PlacedCall } from "../routing/calls.ts"
import type { ChannelOperations } from "../routing/channel-operations.ts"
import type { MemberAction } from "../routing/group-members.ts"
import type { PresenceRouter } from "../routing/presence.ts"
import { issuePrivacyToken, type PrivacyTokenParts } from "../routing/privacy-tokens.ts"
import type { Catalogs } from "../state/catalogs.ts"
import { type Addressing, jidOf, lidJid } from "../state/jid.ts"
import { element } from "../wire/stanza.ts"
import { ChannelMember } from "./channel-member.ts"
import type { ChatMessage } from "./conversation.ts"
import type { Handset } from "./handset.ts"
import type { InboxMessage, SeenPresence, SeenReceipt } from "./inbox.ts"
import { type MembershipParts, Memberships } from "./memberships.ts"
import { type Circumstances, withCircumstances } from "./message-circumstances.ts"
import { Composer, type Outgoing } from "./outgoing.ts"
import { Profile, type ProfileParts } from "./profile.ts"
import { type Ordered, orderMessage, Shop } from "./shop.ts"

/** What a person needs. */
export interface PersonParts extends PrivacyTokenParts, MembershipParts, ProfileParts {
  readonly media: MediaClient
  readonly presence: PresenceRouter
  readonly calls: CallRouter
  readonly channelOperations: ChannelOperations
  readonly catalogs: Catalogs
}

/** How to send it. */
export interface SendOptions extends Circumstances {
  readonly id?: string
  /**
   * Companions of the recipient get the message without its content, with an `<unavailable>` of this type; an empty text
   * gives it no type. The recipient's phone gets the whole message.
   */
  readonly withheld?: string
}

/** A phone or a contact. */
export class Person {
  protected readonly handset: Handset
  protected readonly parts: PersonParts
  /** What it shows about itself, and to whom. */
  readonly profile: Profile
  /** Its groups. */
  readonly groups: Memberships
  /** What it does with channels. */
  readonly channels: ChannelMember
  /** What it sells. */
  readonly shop: Shop
  readonly #composer: Composer

  constructor(handset: Handset, parts: PersonParts) {
    this.handset = handset
    this.parts = parts
    this.profile = new Profile(handset.device, parts)
    this.groups = new Memberships(handset.account, parts)
    this.channels = new ChannelMember(handset.device, parts.channelOperations)
    this.shop = new Shop(handset.account, parts.catalogs)
    this.#composer = new Composer(handset, parts)
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

  /** Every message in its inbox, oldest first. */
  get inbox(): InboxMessage[] {
    return this.handset.inbox.messages
  }

  /** Every receipt for its own messages, oldest first. */
  get receipts(): SeenReceipt[] {
    return this.handset.inbox.receipts
  }

  /** The last `max` messages of its chat with another account, oldest first; empty when there is no such account. */
  chat(number: string, max: number): ChatMessage[] {
    const other = this.parts.accounts.find(number)
    return other === undefined ? [] : this.handset.chatWith(other, max)
  }

  /** What it was shown: typing, and the presence of those that it watches. */
  get presences(): SeenPresence[] {
    return this.handset.inbox.presences
  }

  /** The calls that it made, oldest first. */
  get calls(): PlacedCall[] {
    return this.parts.calls.placedBy(this.handset.account)
  }

  /** Whether its phone is switched on. Companions work without it. */
  get online(): boolean {
    return this.handset.account.online
  }

  /** Sets to which jid it writes when a test gives it only a number. "pn" unless set. */
  setAddressing(addressing: Addressing): void {
    this.handset.account.addressing = addressing
    this.parts.accounts.save(this.handset.account)
  }

  /** Gives itself another name. Others learn it with its next message. */
  rename(name: string): void {
    this.handset.account.name = name
    this.parts.accounts.save(this.handset.account)
  }

  /** Sets the listener that is called with each new message. There is one at most. */
  set onMessage(listen: (message: InboxMessage) => void) {
    this.handset.onMessage = listen
  }

  /** Switches its phone on or off. Stanzas for a phone that is off wait. */
  setOnline(online: boolean): void {
    this.handset.setOnline(online)
  }

  /**
   * Sends to a number, a jid, a group (`…@g.us`) or a channel (`…@newsletter`), or as a status (`status@broadcast`, to every phone). Returns the
   * message id. Fails when the recipient is not on this network, or the server refuses.
   */
  async send(to: string, content: Outgoing, options: SendOptions = {}): Promise<string> {
    const jid = this.#destination(to)
    const { id: chosenId, withheld, ...circumstances } = options
    const composed = await this.#composer.compose(jid, content)
    const id = await this.handset.send({
      to: jid,
      ...(chosenId === undefined ? {} : { id: chosenId }),
      ...(withheld === undefined ? {} : { withheld }),
      ...composed,
      message: withCircumstances(composed.message, circumstances)
    })
    const target = this.parts.accounts.find(jid)
    if (target !== undefined) issuePrivacyToken(this.parts, this.handset.account, target)
    return id
  }

  /** The same for any message, as the JSON of WhatsApp's Message: bytes in base64, enumerations by name or number. */
  async sendProto(to: string, json: Record<string, unknown>, options: SendOptions = {}): Promise<string> {
    return this.send(to, { message: messageFromJson(json) }, options)
  }

  /** Orders from a business, and sends it the order. Who has the token can ask what was ordered. */
  async order(
    to: string,
    items: readonly Ordered[],
    text?: string
  ): Promise<{ readonly id: string; readonly orderId: string; readonly token: string }> {
    const seller = this.parts.accounts.find(to)
    if (seller === undefined) throw new InvalidRequest(`${to} is not on this network`)
    const order = this.shop.order(seller, items)
    const id = await this.send(to, { message: orderMessage(order, seller, text) })
    return { id, orderId: order.id, token: order.token }
  }

  /**
   * Reads messages in its inbox, which are in the same chat and by the same sender. The sender and the own companions get one read
   * receipt; only the companions, and of another type, where `shown` is false: its owner has read receipts switched off.
   */
  read(id: string | readonly string[], { shown = true }: { readonly shown?: boolean } = {}): void {
    const [first, ...more] = [id].flat().map((each) => this.#inInbox(each))
    if (first !== undefined) this.handset.sendReceipt(shown ? "read" : "read-self", first, ...more)
  }

  /** Changes its about text. Those who know it are told. */
  setAbout(text: string): void {
    this.profile.setAbout(text)
  }

  /** Shows it as online or not to the clients that subscribed to its presence. */
  setAvailable(available: boolean): void {
    this.parts.presence.set(this.handset.account, available)
  }

  /** Subscribes to the presence of an account. It is shown in `presences`, now and on every change. */
  watch(number: string): void {
    this.parts.presence.subscribe(this.handset.device, this.#destination(number))
  }

  /** Shows a recipient that it is typing, recording, or neither. */
  type(to: string, state: "composing" | "recording" | "paused"): void {
    const content = state === "recording" ? element("composing", { media: "audio" }) : element(state)
    this.parts.presence.type(this.handset.device, this.#destination(to), [content])
  }

  /** Calls an account. The call rings for `ringingMs`, by default a minute, unless it is ended. */
  call(to: string, options: { readonly video?: boolean; readonly ringingMs?: number } = {}): Call {
    const target = this.parts.accounts.find(to)
    if (target === undefined) throw new InvalidRequest(`${to} is not on this network`)
    return this.parts.calls.ring(this.handset.account, target, options.video === true, options.ringingMs)
  }

  /** Creates a group with these numbers and returns its jid. */
  createGroup(subject: string, members: readonly string[]): string {
    const missing = members.find((member) => this.parts.accounts.find(member) === undefined)
    if (missing !== undefined) throw new InvalidRequest(`${missing} is not on this network`)
    return this.parts.groupOperations.create(this.handset.account, { subject, members }).group.id
  }

  /** Adds, removes, promotes or demotes members of a group. Fails when this person may not. */
  changeGroup(group: string, action: MemberAction, members: readonly string[]): void {
    this.parts.groupOperations.members.change(this.handset.account, group, action, members)
  }

  /** Renames a group. Fails when this person may not. */
  renameGroup(group: string, subject: string): void {
    this.parts.groupOperations.settings.setSubject(this.handset.account, group, subject)
  }

  #destination(to: string): string {
    if (to.includes("@")) return to
    const account = this.parts.accounts.find(to)
    if (account === undefined) throw new InvalidRequest(`${to} is not on this network`)
    return jidOf(this.handset.account.addressing, account)
  }

  #inInbox(id: string): InboxMessage {
    const message = this.handset.inbox.find(id)
    if (message === undefined) throw new InvalidRequest(`${this.number} has no message ${id}`)
    return message
  }
}

function messageFromJson(json: Record<string, unknown>): proto.IMessage {
  try {
    return proto.Message.fromObject(json)
  } catch (error) {
    throw new InvalidRequest(`"proto" is not a message of WhatsApp: ${String(error)}`)
  }
}

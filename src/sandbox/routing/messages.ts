/**
 * Routes messages: to each device for which the sender encrypted, if group membership and blocks allow it. The server
 * cannot read messages, so it treats edits, revokes, reactions and media alike.
 *
 * What a client sends (messages-send.js relayMessage): `<message to><participants><to jid><enc>`, one `<enc>` per device.
 * To groups and as a status it also sends one `<enc type=skmsg>` for every device. Peer messages and resends carry a bare
 * `<enc>`. What a device gets: `from`, the sending device in the addressing of the chat; the other jid beside it
 * (`sender_lid`, `sender_pn`, in groups `participant_pn`…); on copies for the sender's own devices `recipient`, with the
 * recipient's other jid (`peer_recipient_lid`, `peer_recipient_pn`; whatsmeow message.go, whatsapp-rust message tests);
 * `device-identity` with a pkmsg. Posts of channels are not encrypted; channel-posts.ts routes them.
 */
import {
  type BinaryNode,
  isJidGroup,
  isJidNewsletter,
  isJidStatusBroadcast,
  jidNormalizedUser,
  generateParticipantHashV2
} from "@whiskeysockets/baileys"
import type { ArmedFaults } from "../faults/armed-faults.ts"
import { type Account, EVERY_SENDER } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Counters } from "../state/counters.ts"
import { type Device, deviceKey } from "../state/device.ts"
import type { Group, Groups } from "../state/groups.ts"
import { timelockAt } from "../state/standing.ts"
import { type Addressing, addressingOf, jidOf, lidJid, pnJid, userOf } from "../state/jid.ts"
import { child, children, element, unixSeconds } from "../wire/stanza.ts"
import type { ChannelPosts } from "./channel-posts.ts"
import type { Delivery } from "./delivery.ts"
import type { MessageIdLedger } from "./message-id-ledger.ts"
import { holdsToken } from "./privacy-tokens.ts"

/** What routing of messages needs. */
export interface MessageRouterParts {
  readonly accounts: Accounts
  readonly groups: Groups
  readonly channelPosts: ChannelPosts
  readonly delivery: Delivery
  readonly faults: ArmedFaults
  readonly counters: Counters
  readonly ledger: MessageIdLedger
}

type Attributes = Readonly<Record<string, string | undefined>>

/** The `error` of a negative ack. */
type AckError = string

const SMAX_INVALID = "479"
const MISSING_PRIVACY_TOKEN = "463"
const NOT_A_MEMBER = "403"

/** Routes every message of the network, from clients, phones and contacts. */
export class MessageRouter {
  readonly #parts: MessageRouterParts

  constructor(parts: MessageRouterParts) {
    this.#parts = parts
  }

  /** Routes a message of a device. Returns the error for the ack, or undefined when the server accepts the message. */
  submit(from: Device, stanza: BinaryNode): AckError | undefined {
    const { counters, ledger, faults } = this.#parts
    counters.messages++
    // What changes a post of a channel may repeat its id.
    const { id = "", to, edit } = stanza.attrs
    if (isJidNewsletter(to) !== true || edit === undefined) ledger.submitted(deviceKey(from), id)
    // The fault tests clients, so it does not affect phones and contacts.
    const fault = from.id === 0 ? undefined : faults.trigger("ack_error", from.account.number)
    const error = fault === undefined ? this.#refusal(from, stanza) : String(fault.code)
    if (error === undefined) this.#route(from, stanza)
    else counters.messageErrors++
    return error
  }

  /**
   * For the ack of a message to one account: the hash of the devices that it has to be encrypted for, where the sender knew another list
   * of them. WhatsApp's `phash` (whatsmeow, send.go).
   */
  outdatedList(from: Device, stanza: BinaryNode): string | undefined {
    const { to, category } = stanza.attrs
    const { accounts } = this.#parts
    const target = accounts.find(to)
    if (target === undefined || category !== undefined || child(stanza, "participants") === undefined) return undefined
    const addressing = addressingOf(to)
    const jids = [...new Set([target, from.account])].flatMap((account) =>
      accounts.devices(account).map((device) => ({ device, jid: jidOf(addressing, account, device.id) }))
    )
    const addressed = new Set(this.#addressed(stanza).map(({ device }) => device))
    const isKnown = jids.every(({ device }) => device === from || addressed.has(device))
    return isKnown ? undefined : generateParticipantHashV2(jids.map(({ jid }) => jid))
  }

  /**
   * 479: WhatsApp refuses these stanzas as malformed: a 1:1 resend that uses `<participants>` (rc14 sends it to
   * companions: Baileys#2781), a status with addressing_mode, a peer message with a privacy token (messages-send.js). That a resend has
   * to be marked with `device_fanout` is our choice: every client marks it, and the mark is what keeps it from other devices.
   * 463: a message without a privacy token to an account that demands one, or from an account that may not write to new people. 403 for a sender who is not a member of the
   * group is our choice; WhatsApp's code is not known.
   */
  #refusal(from: Device, stanza: BinaryNode): AckError | undefined {
    const { to, category, addressing_mode: mode, device_fanout: fanout } = stanza.attrs
    const token = child(stanza, "tctoken")
    if (fanout === "false" && child(stanza, "participants") !== undefined) return SMAX_INVALID
    if (isJidNewsletter(to) === true) return this.#parts.channelPosts.refusal(from, stanza)
    if (isJidStatusBroadcast(to ?? "")) return mode === undefined ? undefined : SMAX_INVALID
    if (category === "peer") return token === undefined ? undefined : SMAX_INVALID
    if (from.id !== 0 && child(stanza, "enc") !== undefined && isJidGroup(to) !== true && fanout !== "false")
      return SMAX_INVALID
    if (isJidGroup(to) === true) return this.#mayWrite(from, this.#parts.groups.get(to)) ? undefined : NOT_A_MEMBER
    const target = this.#parts.accounts.find(to)
    if (target === undefined || target === from.account) return undefined
    if (!target.restricted && !isTimelocked(from)) return undefined
    return holdsToken(from.account, target, token) ? undefined : MISSING_PRIVACY_TOKEN
  }

  /** For the ack of a message: `true` when its recipient has another LID now (whatsapp-rust PR#1313). */
  staleLid({ attrs: { to } }: BinaryNode): "true" | undefined {
    const target = addressingOf(to) === "lid" ? this.#parts.accounts.find(to) : undefined
    return target !== undefined && target.lid !== userOf(to ?? "") ? "true" : undefined
  }

  #mayWrite(from: Device, group: Group | undefined): boolean {
    const rank = group?.members.get(from.account.number)
    if (group === undefined || rank === undefined || group.community !== undefined) return false
    return rank !== "" || !group.flags.has("announcement")
  }

  #route(from: Device, stanza: BinaryNode): void {
    const { to } = stanza.attrs
    if (isJidNewsletter(to) === true) this.#parts.channelPosts.accept(from, stanza)
    else if (isJidStatusBroadcast(to ?? "")) this.#routeStatus(from, stanza)
    else if (isJidGroup(to) === true) this.#routeToGroup(from, stanza)
    else if (children(stanza, "enc").length > 0) this.#routeToOneDevice(from, stanza)
    else this.#routeToUser(from, stanza)
  }

  #routeToUser(from: Device, stanza: BinaryNode): void {
    const to = stanza.attrs["to"] ?? ""
    const attrs = this.#attributes(from, stanza, addressingOf(to))
    for (const { device, encs } of this.#addressed(stanza)) {
      const isOwn = device.account === from.account
      this.#deliver(from, device, isOwn ? this.#ownCopy(attrs, to) : attrs, encs, stanza)
    }
  }

  /** Routes a peer message to the sender's own phone, or a resend to the device that asked for it. */
  #routeToOneDevice(from: Device, stanza: BinaryNode): void {
    const { to, recipient } = stanza.attrs
    const device = this.#parts.accounts.deviceByJid(to)
    if (device === undefined) return
    const attrs = this.#attributes(from, stanza, addressingOf(to))
    const copied = recipient === undefined ? attrs : this.#ownCopy(attrs, recipient)
    this.#deliver(from, device, copied, children(stanza, "enc"), stanza)
  }

  #routeToGroup(from: Device, stanza: BinaryNode): void {
    const { accounts, groups } = this.#parts
    const { to, participant, addressing_mode: mode } = stanza.attrs
    const group = groups.get(to)
    if (group === undefined) return
    const addressing = mode === "pn" ? "pn" : "lid"
    const attrs = { ...this.#groupAttributes(from, stanza, addressing), from: group.id, addressing_mode: addressing }
    const shared = children(stanza, "enc")
    if (participant !== undefined) {
      const device = accounts.deviceByJid(participant)
      if (device !== undefined && group.members.has(device.account.number))
        this.#deliver(from, device, attrs, shared, stanza)
      return
    }
    const own = new Map(this.#addressed(stanza).map(({ device, encs }) => [device, encs]))
    for (const number of group.members.keys()) {
      const member = accounts.find(number)
      for (const device of member === undefined ? [] : accounts.devices(member)) {
        if (device !== from) this.#deliver(from, device, attrs, [...(own.get(device) ?? []), ...shared], stanza)
      }
    }
  }

  #routeStatus(from: Device, stanza: BinaryNode): void {
    const shared = children(stanza, "enc")
    for (const { device, encs, jid } of this.#addressed(stanza)) {
      const attrs = { ...this.#groupAttributes(from, stanza, addressingOf(jid)), from: "status@broadcast" }
      this.#deliver(from, device, attrs, [...encs, ...shared], stanza)
    }
  }

  /**
   * The devices that `<participants>` names and that exist, with what the sender encrypted for each. A client that writes to
   * its own account names its devices twice; each gets the message once.
   */
  #addressed(stanza: BinaryNode): { device: Device; encs: BinaryNode[]; jid: string }[] {
    const named = children(child(stanza, "participants"), "to").flatMap((to) => {
      const jid = to.attrs["jid"] ?? ""
      const device = this.#parts.accounts.deviceByJid(jid)
      const parts = [...children(to, "enc"), ...children(to, "unavailable")]
      return device === undefined ? [] : [{ device, encs: parts, jid }]
    })
    return named.filter(({ device }, index) => named.findIndex((other) => other.device === device) === index)
  }

  #deliver(from: Device, device: Device, attrs: Attributes, encs: BinaryNode[], stanza: BinaryNode): void {
    const { blocked } = device.account
    if (device.account !== from.account && (blocked.has(from.account.number) || blocked.has(EVERY_SENDER))) return
    const identity = encs.some(({ attrs: { type } }) => type === "pkmsg") ? children(stanza, "device-identity") : []
    this.#parts.delivery.deliver(device, element("message", attrs, [...encs, ...identity]))
  }

  #attributes(from: Device, stanza: BinaryNode, addressing: Addressing): Attributes {
    const { id, type, edit, category } = stanza.attrs
    const other =
      addressing === "lid" ? { sender_pn: shownNumber(from.account) } : { sender_lid: shownLid(from.account) }
    const sender = jidOf(addressing, from.account, from.id)
    return { id, type, edit, category, from: sender, ...other, notify: from.account.name, t: unixSeconds() }
  }

  /** The attributes of a copy of an own message: those of its recipient in place of the sender's other jid. */
  #ownCopy(attrs: Attributes, to: string): Attributes {
    const { sender_pn: _pn, sender_lid: _lid, ...rest } = attrs
    const target = this.#parts.accounts.find(to)
    if (target === undefined) return { ...rest, recipient: jidNormalizedUser(to) }
    const other =
      addressingOf(to) === "lid" ? { peer_recipient_pn: shownNumber(target) } : { peer_recipient_lid: shownLid(target) }
    return { ...rest, recipient: jidNormalizedUser(to), ...other }
  }

  #groupAttributes(from: Device, stanza: BinaryNode, addressing: Addressing): Attributes {
    const { id, type, edit } = stanza.attrs
    const other =
      addressing === "lid" ? { participant_pn: shownNumber(from.account) } : { participant_lid: shownLid(from.account) }
    const participant = jidOf(addressing, from.account, from.id)
    return { id, type, edit, participant, ...other, notify: from.account.name, t: unixSeconds() }
  }
}

/** WhatsApp's lock is about linked clients; the phone itself is not held up. */
function isTimelocked({ id, account }: Device): boolean {
  return id !== 0 && timelockAt(account.standing ?? {}, Number(unixSeconds())) !== undefined
}

/** The jid by phone number, unless the account hides its number or messages name it once. */
function shownNumber(account: Account): string | undefined {
  return account.numberHidden === true || account.namedOnce === true ? undefined : pnJid(account)
}

function shownLid(account: Account): string | undefined {
  return account.namedOnce === true ? undefined : lidJid(account)
}

/**
 * Where a message goes: to each device that it was encrypted for, as long as group membership and blocks allow it.
 * The server cannot read messages; edits, revokes, reactions and media are all the same to it.
 *
 * What a client sends (messages-send.js relayMessage): `<message to><participants><to jid><enc>` with one `<enc>` a
 * device; in groups and for status also one `<enc type=skmsg>` for all; peer messages and resends carry a bare `<enc>`.
 * What a device gets: `from` = the sending device in the addressing of the chat with the other address beside it
 * (`sender_lid`, `sender_pn`, in groups `participant_pn`…), `recipient` on copies for own devices, `device-identity`
 * along with a pkmsg.
 */
import { type BinaryNode, isJidGroup, isJidStatusBroadcast, jidNormalizedUser } from "@whiskeysockets/baileys"
import { type Addressing, addressingOf, jidOf, lidJid, pnJid } from "../state/jid.ts"
import type { Delivery } from "./delivery.ts"
import type { Faults } from "../faults/armed-faults.ts"
import type { Group, Groups } from "../state/groups.ts"
import { child, children, element, unixSeconds } from "../wire/stanza.ts"
import type { Counters, MessageIdLedger } from "../state/counters.ts"
import { type Account, type Device, deviceKey, type World } from "../state/accounts.ts"

/** What routing works with. */
export interface MessageRouterParts {
  readonly world: World
  readonly groups: Groups
  readonly delivery: Delivery
  readonly faults: Faults
  readonly counters: Counters
  readonly ledger: MessageIdLedger
}

/** What a message is refused with: an ack error code. */
export type AckError = string

const SMAX_INVALID = "479"
const MISSING_PRIVACY_TOKEN = "463"
const NOT_A_MEMBER = "403"

/** Takes every message of the network, of clients, phones and contacts alike. */
export class MessageRouter {
  readonly #parts: MessageRouterParts

  constructor(parts: MessageRouterParts) {
    this.#parts = parts
  }

  /** Takes a message from a device and hands it on. Gives the error for the ack, or undefined when all is well. */
  submit(from: Device, stanza: BinaryNode): AckError | undefined {
    const { counters, ledger, faults } = this.#parts
    counters.messages++
    ledger.submitted(deviceKey(from), stanza.attrs["id"] ?? "")
    // Errors are for clients to deal with; phones and contacts are spared.
    const fault = from.id === 0 ? undefined : faults.strike("ack_error", from.account.number)
    const error = fault === undefined ? this.#refusal(from, stanza) : String(fault.code)
    if (error === undefined) this.#route(from, stanza)
    else counters.messageErrors++
    return error
  }

  /**
   * 479: stanzas that WhatsApp refuses as malformed: a 1:1 resend that uses `<participants>` (as rc14 does towards
   * companions: Baileys#2781), a status with addressing_mode, a peer message with a privacy token (messages-send.js).
   * 463: a first message to somebody restricted without a privacy token. 403 for outsiders of a group is our choice.
   */
  #refusal(from: Device, stanza: BinaryNode): AckError | undefined {
    const { to, category, addressing_mode: mode, device_fanout: fanout } = stanza.attrs
    const token = child(stanza, "tctoken")
    if (fanout === "false" && child(stanza, "participants") !== undefined) return SMAX_INVALID
    if (isJidStatusBroadcast(to ?? "")) return mode === undefined ? undefined : SMAX_INVALID
    if (category === "peer") return token === undefined ? undefined : SMAX_INVALID
    if (isJidGroup(to) === true) return this.#mayWrite(from, this.#parts.groups.get(to)) ? undefined : NOT_A_MEMBER
    const target = this.#parts.world.account(to)
    if (target?.restricted !== true || target === from.account) return undefined
    return isTokenOf(target, from.account, token) ? undefined : MISSING_PRIVACY_TOKEN
  }

  #mayWrite(from: Device, group: Group | undefined): boolean {
    const rank = group?.members.get(from.account.number)
    if (group === undefined || rank === undefined) return false
    return rank !== "" || !group.flags.has("announcement")
  }

  #route(from: Device, stanza: BinaryNode): void {
    const { to } = stanza.attrs
    if (isJidStatusBroadcast(to ?? "")) this.#routeStatus(from, stanza)
    else if (isJidGroup(to) === true) this.#routeToGroup(from, stanza)
    else if (children(stanza, "enc").length > 0) this.#routeToOneDevice(from, stanza)
    else this.#routeToUser(from, stanza)
  }

  #routeToUser(from: Device, stanza: BinaryNode): void {
    const to = stanza.attrs["to"] ?? ""
    const attrs = this.#attributes(from, stanza, addressingOf(to))
    for (const { device, encs } of this.#addressed(stanza)) {
      const isOwn = device.account === from.account
      this.#deliver(from, device, isOwn ? { ...attrs, recipient: jidNormalizedUser(to) } : attrs, encs, stanza)
    }
  }

  /** A peer message to the own phone, or a resend to the device that asked for it. */
  #routeToOneDevice(from: Device, stanza: BinaryNode): void {
    const { to, recipient } = stanza.attrs
    const device = this.#parts.world.deviceByJid(to)
    if (device === undefined) return
    const attrs = { ...this.#attributes(from, stanza, addressingOf(to)), recipient }
    this.#deliver(from, device, attrs, children(stanza, "enc"), stanza)
  }

  #routeToGroup(from: Device, stanza: BinaryNode): void {
    const { world, groups } = this.#parts
    const { to, participant, addressing_mode: mode } = stanza.attrs
    const group = groups.get(to)
    if (group === undefined) return
    const addressing = mode === "pn" ? "pn" : "lid"
    const attrs = { ...this.#groupAttributes(from, stanza, addressing), from: group.id, addressing_mode: addressing }
    const forAll = children(stanza, "enc")
    if (participant !== undefined) {
      const device = world.deviceByJid(participant)
      if (device !== undefined && group.members.has(device.account.number))
        this.#deliver(from, device, attrs, forAll, stanza)
      return
    }
    const own = new Map(this.#addressed(stanza).map(({ device, encs }) => [device, encs]))
    for (const number of group.members.keys()) {
      const member = world.account(number)
      for (const device of member === undefined ? [] : world.devices(member)) {
        if (device !== from) this.#deliver(from, device, attrs, [...(own.get(device) ?? []), ...forAll], stanza)
      }
    }
  }

  #routeStatus(from: Device, stanza: BinaryNode): void {
    const forAll = children(stanza, "enc")
    for (const { device, encs, jid } of this.#addressed(stanza)) {
      const attrs = { ...this.#groupAttributes(from, stanza, addressingOf(jid)), from: "status@broadcast" }
      this.#deliver(from, device, attrs, [...encs, ...forAll], stanza)
    }
  }

  /** The devices named in `<participants>` that exist, with what was encrypted for each. */
  #addressed(stanza: BinaryNode): { device: Device; encs: BinaryNode[]; jid: string }[] {
    return children(child(stanza, "participants"), "to").flatMap((to) => {
      const jid = to.attrs["jid"] ?? ""
      const device = this.#parts.world.deviceByJid(jid)
      return device === undefined ? [] : [{ device, encs: children(to, "enc"), jid }]
    })
  }

  #deliver(
    from: Device,
    device: Device,
    attrs: Record<string, string | undefined>,
    encs: BinaryNode[],
    stanza: BinaryNode
  ): void {
    const { blocked } = device.account
    if (device.account !== from.account && (blocked.has(from.account.number) || blocked.has("everybody"))) return
    const identity = encs.some(({ attrs: { type } }) => type === "pkmsg") ? children(stanza, "device-identity") : []
    this.#parts.delivery.deliver(device, element("message", attrs, [...encs, ...identity]))
  }

  #attributes(from: Device, stanza: BinaryNode, addressing: Addressing): Record<string, string | undefined> {
    const { id, type, edit, category } = stanza.attrs
    const other = addressing === "lid" ? { sender_pn: pnJid(from.account) } : { sender_lid: lidJid(from.account) }
    const sender = jidOf(addressing, from.account, from.id)
    return { id, type, edit, category, from: sender, ...other, notify: from.account.name, t: unixSeconds() }
  }

  #groupAttributes(from: Device, stanza: BinaryNode, addressing: Addressing): Record<string, string | undefined> {
    const { id, type, edit } = stanza.attrs
    const other =
      addressing === "lid" ? { participant_pn: pnJid(from.account) } : { participant_lid: lidJid(from.account) }
    const participant = jidOf(addressing, from.account, from.id)
    return { id, type, edit, participant, ...other, notify: from.account.name, t: unixSeconds() }
  }
}

function isTokenOf(issuer: Account, holder: Account, token: BinaryNode | undefined): boolean {
  const issued = issuer.tokensIssued.get(holder.number)
  return issued !== undefined && token?.content instanceof Uint8Array && Buffer.from(issued).equals(token.content)
}

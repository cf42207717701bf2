/**
 * Presence (which accounts are online) and typing. A device that subscribes to an account gets its presence at once and
 * on every change. Typing goes to the devices of the account or of the group that it is meant for, if they are connected. Neither is
 * queued; only the last typing is kept, for three seconds, for a device that is about to connect.
 */
import { type BinaryNode, isJidGroup } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import type { Groups } from "../state/groups.ts"
import { addressingOf, jidOf, lidJid } from "../state/jid.ts"
import type { Connection } from "../wire/connection.ts"
import type { Connections } from "../wire/connections.ts"
import { element, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"

const TYPING_KEPT_MS = 3000

/** The presence of every account, and the clients that subscribed to it. */
export class PresenceRouter {
  readonly #accounts: Accounts
  readonly #groups: Groups
  readonly #connections: Connections
  readonly #delivery: Delivery
  readonly #available = new Set<Account>()
  readonly #lastSeen = new Map<Account, string>()
  /** The accounts that phones and contacts have subscribed to, by jid. Clients have theirs in their connection. */
  readonly #subscriptions = new Map<Device, Set<string>>()
  readonly #lastTyping = new WeakMap<Device, { stanza: BinaryNode; until: number }>()

  constructor(accounts: Accounts, groups: Groups, connections: Connections, delivery: Delivery) {
    this.#accounts = accounts
    this.#groups = groups
    this.#connections = connections
    this.#delivery = delivery
  }

  /** Handles a `<presence>` of a client: a subscription, or the client's own presence, which may carry a new name. */
  handle(connection: Connection, device: Device, presence: BinaryNode): void {
    const { type, to, name } = presence.attrs
    if (type === "subscribe" && to !== undefined) {
      this.#subscribe(connection, to)
      return
    }
    if (name !== undefined && name !== "" && name !== device.account.name) {
      device.account.name = name
      this.#accounts.save(device.account)
    }
    if (type === "available" || type === "unavailable") this.set(device.account, type === "available")
  }

  /** Sets whether an account is online. */
  set(account: Account, available: boolean): void {
    if (this.#available.has(account) === available) return
    if (available) this.#available.add(account)
    else {
      this.#available.delete(account)
      this.#lastSeen.set(account, unixSeconds())
    }
    for (const connection of this.#connections.loggedIn()) {
      for (const jid of connection.presenceSubscriptions) {
        if (this.#accounts.find(jid) === account) connection.push(this.#presence(account, jid))
      }
    }
    for (const [device, jids] of this.#subscriptions) {
      for (const jid of jids) {
        if (this.#accounts.find(jid) === account) this.#delivery.deliverNow(device, this.#presence(account, jid))
      }
    }
  }

  /** Subscribes a phone or contact to an account. */
  subscribe(device: Device, jid: string): void {
    const account = this.#accounts.find(jid)
    if (account === undefined) return
    this.#subscriptions.set(device, (this.#subscriptions.get(device) ?? new Set()).add(jid))
    this.#delivery.deliverNow(device, this.#presence(account, jid))
  }

  /** A client has disconnected. When it was the last one of its account, the account is no longer online. */
  disconnected(account: Account): void {
    if (account.kind === "phone" && this.#connections.ofAccount(account).length === 0) this.set(account, false)
  }

  /** Shows an account, or the other members of a group, that the owner of a device is typing, recording, or neither. */
  type(from: Device, to: string, content: BinaryNode["content"]): void {
    const inGroup = isJidGroup(to) === true
    const attrs = inGroup
      ? { from: to, participant: lidJid(from.account) }
      : { from: jidOf(addressingOf(to), from.account) }
    const stanza = element("chatstate", attrs, content)
    const audience = inGroup ? this.#otherMembers(from.account, to) : [this.#accounts.find(to)]
    for (const device of audience.flatMap((account) =>
      account === undefined ? [] : this.#accounts.devices(account)
    )) {
      if (!this.#delivery.deliverNow(device, stanza))
        this.#lastTyping.set(device, { stanza, until: Date.now() + TYPING_KEPT_MS })
    }
  }

  /** The typing that a device missed in the last three seconds. */
  missedTyping(device: Device): BinaryNode | undefined {
    const last = this.#lastTyping.get(device)
    this.#lastTyping.delete(device)
    return last !== undefined && last.until > Date.now() ? last.stanza : undefined
  }

  #otherMembers({ number }: Account, group: string): (Account | undefined)[] {
    const members = this.#groups.get(group)?.members
    if (members?.has(number) !== true) return []
    return [...members.keys()].filter((member) => member !== number).map((member) => this.#accounts.find(member))
  }

  #subscribe(connection: Connection, jid: string): void {
    const account = this.#accounts.find(jid)
    if (account === undefined) return
    connection.presenceSubscriptions.add(jid)
    connection.push(this.#presence(account, jid))
  }

  #presence(account: Account, jid: string): BinaryNode {
    const from = jidOf(addressingOf(jid), account)
    if (this.#available.has(account)) return element("presence", { from })
    return element("presence", { from, type: "unavailable", last: this.#lastSeen.get(account) ?? "deny" })
  }
}

/**
 * Who is online and who is typing. Presence is told to whoever subscribed, at once and on every change; typing is told
 * to whoever it is meant for, if there. Nothing of this waits for anybody, except that the last typing is kept three
 * seconds for a device that is just coming back.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { addressingOf, jidOf } from "../state/jid.ts"
import type { Connection } from "../wire/connection.ts"
import type { Connections } from "../wire/connections.ts"
import type { Delivery } from "./delivery.ts"
import { element, unixSeconds } from "../wire/stanza.ts"
import type { Account, Device, World } from "../state/accounts.ts"

const TYPING_KEPT_MS = 3000

/** Who is online, for everybody on the network. */
export class PresenceRouter {
  readonly #world: World
  readonly #connections: Connections
  readonly #delivery: Delivery
  readonly #available = new Set<Account>()
  readonly #lastSeen = new Map<Account, string>()
  readonly #lastTyping = new WeakMap<Device, { stanza: BinaryNode; until: number }>()

  constructor(world: World, connections: Connections, delivery: Delivery) {
    this.#world = world
    this.#connections = connections
    this.#delivery = delivery
  }

  /** Takes a `<presence>` of a client: a subscription, or its own state, with which its name may change. */
  take(connection: Connection, device: Device, presence: BinaryNode): void {
    const { type, to, name } = presence.attrs
    if (type === "subscribe" && to !== undefined) {
      this.#subscribe(connection, to)
      return
    }
    if (name !== undefined && name !== "" && name !== device.account.name) {
      device.account.name = name
      this.#world.saveAccount(device.account)
    }
    if (type === "available" || type === "unavailable") this.set(device.account, type === "available")
  }

  /** Somebody comes online or goes. */
  set(account: Account, available: boolean): void {
    if (this.#available.has(account) === available) return
    if (available) this.#available.add(account)
    else {
      this.#available.delete(account)
      this.#lastSeen.set(account, unixSeconds())
    }
    for (const connection of this.#connections.loggedIn()) {
      for (const jid of connection.presenceSubscriptions) {
        if (this.#world.account(jid) === account) connection.push(this.#presence(account, jid))
      }
    }
  }

  /** A client's last socket is gone: whoever was online through it is not any more. */
  forget(account: Account): void {
    if (account.kind === "phone" && this.#connections.ofAccount(account).length === 0) this.set(account, false)
  }

  /** Tells somebody what a device's owner is typing. */
  type(from: Device, to: string, content: BinaryNode["content"]): void {
    const target = this.#world.account(to)
    if (target === undefined) return
    const stanza = element("chatstate", { from: jidOf(addressingOf(to), from.account) }, content)
    for (const device of this.#world.devices(target)) {
      if (!this.#delivery.deliverNow(device, stanza))
        this.#lastTyping.set(device, { stanza, until: Date.now() + TYPING_KEPT_MS })
    }
  }

  /** The typing that a device has just missed. */
  missedTyping(device: Device): BinaryNode | undefined {
    const last = this.#lastTyping.get(device)
    this.#lastTyping.delete(device)
    return last !== undefined && last.until > Date.now() ? last.stanza : undefined
  }

  #subscribe(connection: Connection, jid: string): void {
    const account = this.#world.account(jid)
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

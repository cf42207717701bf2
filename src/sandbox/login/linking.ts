/**
 * Adds a companion to an account, and removes one. What a phone sends a new companion (the app state key and the history)
 * is queued before the companion's first login and encrypted without a one-time prekey. The companion replaces its
 * prekeys at that login, so a message under an old prekey would fail there with `Invalid PreKey ID`.
 */
import type { Delivery } from "../routing/delivery.ts"
import { announceDevice } from "../routing/device-list.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Counters } from "../state/counters.ts"
import type { Device, NewDevice } from "../state/device.ts"
import type { Connections } from "../wire/connections.ts"
import { element } from "../wire/stanza.ts"
import type { PairingPhone } from "./pairing-phone.ts"

/** Links and unlinks companions, and announces each change of the device list. */
export class Linking {
  readonly #accounts: Accounts
  readonly #delivery: Delivery
  readonly #connections: Connections
  readonly #counters: Counters

  constructor(accounts: Accounts, delivery: Delivery, connections: Connections, counters: Counters) {
    this.#accounts = accounts
    this.#delivery = delivery
    this.#connections = connections
    this.#counters = counters
  }

  /** Adds a companion. It can log in from then on. */
  async link(phone: PairingPhone, newDevice: NewDevice): Promise<Device> {
    const device = this.#accounts.addDevice(phone.account, newDevice)
    for (const message of phone.bootstrapMessages(device))
      this.#delivery.deliver(device, await phone.encryptForCompanion(device, message))
    announceDevice(this.#accounts, this.#delivery, "add", device)
    this.#counters.pairings++
    return device
  }

  /** Removes a companion for good: its sockets close with 401 device_removed, and every later login is refused. */
  unlink(device: Device): void {
    this.#accounts.removeDevice(device)
    for (const connection of this.#connections.of(device)) {
      const conflict = element("conflict", { type: "device_removed" })
      connection.closeWith(element("stream:error", { code: "401" }, [conflict]))
    }
    announceDevice(this.#accounts, this.#delivery, "remove", device)
  }
}

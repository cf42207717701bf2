/**
 * Adding a companion to an account, and removing one. What a phone sends a new companion — the app state key and an
 * inline history bootstrap — is queued here and now, before the companion's first login, and encrypted without a
 * one-time prekey: a companion replaces its prekeys at that login, and one that arrived later under an old prekey would
 * die with `Invalid PreKey ID`.
 */
import { proto } from "@whiskeysockets/baileys"
import type { Connections } from "../wire/connections.ts"
import type { Delivery } from "../routing/delivery.ts"
import { announceDevice } from "../routing/device-list.ts"
import type { Handset } from "../people/handset.ts"
import { historyBootstrap } from "../people/history-sync.ts"
import { element } from "../wire/stanza.ts"
import type { Counters } from "../state/counters.ts"
import type { Device, NewDevice, World } from "../state/accounts.ts"

/** Links and unlinks companions; whoever caches device lists is told. */
export class Linking {
  readonly #world: World
  readonly #delivery: Delivery
  readonly #connections: Connections
  readonly #counters: Counters

  constructor(world: World, delivery: Delivery, connections: Connections, counters: Counters) {
    this.#world = world
    this.#delivery = delivery
    this.#connections = connections
    this.#counters = counters
  }

  /** Adds a companion. From here on it can log in. */
  async link(handset: Handset, newDevice: NewDevice): Promise<Device> {
    const device = this.#world.addDevice(handset.account, newDevice)
    const past = historyBootstrap(this.#world, handset.account.history)
    for (const told of [this.#keyShare(handset, device), past])
      this.#delivery.deliver(device, await handset.sealer.sealForCompanion(device, told))
    announceDevice(this.#world, this.#delivery, "add", device)
    this.#counters.pairings++
    return device
  }

  /** Removes a companion for good: its sockets end with 401 device_removed, and so does every later login. */
  unlink(device: Device): void {
    this.#world.removeDevice(device)
    for (const connection of this.#connections.of(device)) {
      const conflict = element("conflict", { type: "device_removed" })
      connection.goodbye(element("stream:error", { code: "401" }, [conflict]))
    }
    announceDevice(this.#world, this.#delivery, "remove", device)
  }

  #keyShare(handset: Handset, device: Device): proto.Message.IProtocolMessage {
    const { id, data } = handset.account.appStateKey
    const fingerprint = {
      rawId: handset.signal.creds.registrationId,
      currentIndex: 0,
      deviceIndexes: [0, device.keyIndex]
    }
    const keyData = { keyData: data, timestamp: Date.now(), fingerprint }
    return {
      type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE,
      appStateSyncKeyShare: { keys: [{ keyId: { keyId: id }, keyData }] }
    }
  }
}

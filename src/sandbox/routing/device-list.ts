/**
 * Telling clients that the device list of an account has changed. Clients cache such lists for minutes, by the address
 * they asked with (messages-send.js getUSyncDevices), and would go on encrypting for the old list.
 */
import { jidOf, pnJid } from "../state/jid.ts"
import type { Delivery } from "./delivery.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import { type Account, type Device, deviceKey, type World } from "../state/accounts.ts"

/** Notes that a device has asked for the device list of an account by this address. */
export function watchDeviceList(world: World, watcher: Device, account: Account, askedBy: "pn" | "lid"): void {
  const key = deviceKey(watcher)
  const known = account.watchers.get(key)
  if (known?.has(askedBy) === true) return
  account.watchers.set(key, new Set([...(known ?? []), askedBy]))
  world.saveAccount(account)
}

/** Tells everybody who watches. Watchers that are away are told when they come back. */
export function announceDevice(world: World, delivery: Delivery, change: "add" | "remove", device: Device): void {
  const { account, id, keyIndex } = device
  for (const [key, addressings] of account.watchers) {
    const watcher = world.deviceByKey(key)
    if (watcher === undefined) account.watchers.delete(key)
    if (watcher === undefined || watcher === device) continue
    for (const addressing of addressings) {
      const attrs = { from: jidOf(addressing, account), type: "devices", id: serverStanzaId(), t: unixSeconds() }
      const listed = element("device", { jid: jidOf(addressing, account, id), "key-index": String(keyIndex) })
      const content = [element(change, { device_hash: `2:${pnJid(account, id).length}` }, [listed])]
      delivery.deliver(watcher, element("notification", attrs, content))
    }
  }
}

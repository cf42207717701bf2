/**
 * Notifies clients that the device list of an account has changed. Clients cache a list for minutes, by the jid with
 * which they asked (messages-send.js getUSyncDevices), and would go on encrypting for the old list.
 */
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import { type Device, deviceKey } from "../state/device.ts"
import { type Addressing, jidOf, pnJid } from "../state/jid.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"

/** Records that a device has asked for the device list of an account in this addressing. */
export function watchDeviceList(accounts: Accounts, watcher: Device, account: Account, askedBy: Addressing): void {
  const key = deviceKey(watcher)
  const known = account.watchers.get(key)
  if (known?.has(askedBy) === true) return
  account.watchers.set(key, new Set([...(known ?? []), askedBy]))
  accounts.save(account)
}

/** Notifies every device that watches the list. A device that is not connected is notified when it connects. */
export function announceDevice(accounts: Accounts, delivery: Delivery, change: "add" | "remove", device: Device): void {
  const { account, id, keyIndex } = device
  for (const [key, addressings] of account.watchers) {
    const watcher = accounts.deviceByKey(key)
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

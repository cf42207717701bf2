/**
 * The accounts of the network and their devices, and the writes that make them survive. This file holds data only:
 * connections are in wire/, what is sent is in routing/, groups are in groups.ts.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { InvalidRequest } from "../request-errors.ts"
import type { Settings } from "../settings.ts"
import type { Account, AccountKind } from "./account.ts"
import { BoundedLog } from "./bounded-log.ts"
import type { Counters } from "./counters.ts"
import { type Device, deviceKey, type NewDevice, type PublicKey } from "./device.ts"
import { deviceOf, lidUserOf, userOf } from "./jid.ts"
import type { State } from "./store.ts"

const FIRST_COMPANION_ID = 33
const HOSTED_DEVICE_ID = 99

/** Accounts and devices, found by any of their addresses. */
export class Accounts {
  readonly #state: State
  readonly #settings: Settings
  readonly #counters: Counters
  readonly #byUser = new Map<string, Account>()
  readonly #devices = new Map<Account, Map<number, Device>>()

  /** Loads what survived. */
  constructor(state: State, settings: Settings, counters: Counters) {
    this.#state = state
    this.#settings = settings
    this.#counters = counters
    for (const [, row] of state.rows("account")) this.#index(row as Account)
    for (const [key, row] of state.rows("device")) {
      const account = this.find(userOf(key.split(":")[0] ?? ""))
      if (account !== undefined) this.#indexDevice(account, row as NewDevice, this.#keptOneTimeKeys(key))
    }
  }

  /** Every account, in the order in which they were added. */
  all(): Account[] {
    return [...this.#devices.keys()]
  }

  /** The account that a number, a jid or a LID names, with or without a device. */
  find(address: string | undefined): Account | undefined {
    return address === undefined ? undefined : this.#byUser.get(userOf(address))
  }

  /** Adds an account without devices. Throws when the network is full. */
  add(number: string, kind: AccountKind, name: string, appStateKey: Account["appStateKey"]): Account {
    const { accountsMax } = this.#settings
    if (this.#devices.size >= accountsMax)
      throw new InvalidRequest(`the network has no room for another number (${accountsMax} at most)`)
    const account: Account = {
      number,
      lid: lidUserOf(number),
      kind,
      name,
      about: "",
      addressing: "pn",
      history: [],
      online: true,
      blocked: new Set(),
      restricted: false,
      appStateKey,
      watchers: new Map(),
      tokensIssued: new Map(),
      nextDeviceId: FIRST_COMPANION_ID,
      nextKeyIndex: 1
    }
    this.#index(account)
    this.save(account)
    return account
  }

  save(account: Account): void {
    this.#state.put("account", account.number, account)
  }

  /** Gives an account another LID. It is still found by the one before. */
  changeLid(account: Account, lid: string): void {
    account.formerLids = [...(account.formerLids ?? []), account.lid]
    account.lid = lid
    this.#byUser.set(lid, account)
    this.save(account)
  }

  /** The devices of an account, its phone first. */
  devices(account: Account): Device[] {
    return [...(this.#devices.get(account)?.values() ?? [])]
  }

  /** The companions of an account: its devices without the phone. */
  companions(account: Account): Device[] {
    return this.devices(account).filter(({ id }) => id !== 0)
  }

  /** One device of an account. */
  device(account: Account, id: number): Device | undefined {
    return this.#devices.get(account)?.get(id)
  }

  /** The device that a jid names; the phone when the jid names no device. */
  deviceByJid(jid: string | undefined): Device | undefined {
    const account = this.find(jid)
    return account === undefined ? undefined : this.device(account, deviceOf(jid))
  }

  /** The device that a key names (see `deviceKey`). */
  deviceByKey(key: string): Device | undefined {
    const [number, id] = key.split(":")
    const account = this.find(number)
    return account === undefined ? undefined : this.device(account, Number(id))
  }

  /** Allocates the id and key index of a new companion. WhatsApp's ids start at 33 too, and 99 means a hosted device. */
  allocateCompanionId(account: Account): { id: number; keyIndex: number } {
    if (account.nextDeviceId === HOSTED_DEVICE_ID) account.nextDeviceId++
    const allocated = { id: account.nextDeviceId++, keyIndex: account.nextKeyIndex++ }
    this.save(account)
    return allocated
  }

  addDevice(account: Account, device: NewDevice): Device {
    const added = this.#indexDevice(account, device, [])
    this.saveDevice(added)
    return added
  }

  saveDevice(device: Device): void {
    const { id, keyIndex, noiseKey, bundle } = device
    this.#state.put("device", deviceKey(device), { id, keyIndex, noiseKey, bundle })
  }

  saveOneTimeKeys(device: Device): void {
    this.#state.put("one-time-keys", deviceKey(device), device.oneTimeKeys)
  }

  /** Deletes a device and the stanzas that wait for it. */
  removeDevice(device: Device): void {
    this.#devices.get(device.account)?.delete(device.id)
    device.queue.clear()
    this.#state.remove("device", deviceKey(device))
    this.#state.remove("one-time-keys", deviceKey(device))
  }

  /** Removes and returns a one-time prekey. Without one left, a session starts from the signed prekey alone. */
  takeOneTimeKey(device: Device): PublicKey | undefined {
    const key = device.oneTimeKeys.shift()
    if (key !== undefined) this.saveOneTimeKeys(device)
    return key
  }

  #index(account: Account): void {
    this.#byUser.set(account.number, account)
    for (const lid of [account.lid, ...(account.formerLids ?? [])]) this.#byUser.set(lid, account)
    this.#devices.set(account, new Map())
  }

  #indexDevice(account: Account, device: NewDevice, oneTimeKeys: PublicKey[]): Device {
    const owner = deviceKey({ account, id: device.id })
    const queue = new BoundedLog<BinaryNode>({
      state: this.#state,
      kind: "queue",
      owner,
      max: this.#settings.offlineStanzasMax,
      onDrop: () => {
        if (this.#counters.droppedStanzas++ % this.#settings.offlineStanzasMax === 0)
          this.#settings.log(`sandbox: the offline queue of ${owner} is full; its oldest stanzas are dropped`)
      }
    })
    const added: Device = { account, ...device, oneTimeKeys, queue, receiver: undefined }
    this.#devices.get(account)?.set(device.id, added)
    return added
  }

  #keptOneTimeKeys(key: string): PublicKey[] {
    return (this.#state.get("one-time-keys", key) as PublicKey[] | undefined) ?? []
  }
}

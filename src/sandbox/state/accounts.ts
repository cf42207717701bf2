/**
 * What the network knows of accounts and their devices: plain data, and the writes that make it survive. Nobody is
 * connected here and nothing is sent; groups are in groups.ts.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { type Addressing, deviceOf, type Identity, lidUserOf, userOf } from "./jid.ts"
import { BoundedLog } from "./bounded-log.ts"
import { InvalidRequest } from "../request-errors.ts"
import type { Settings } from "../settings.ts"
import type { State } from "./store.ts"
import type { Counters } from "./counters.ts"

/** The public half of a one-time prekey. */
export interface PublicKey {
  readonly id: Uint8Array
  readonly value: Uint8Array
}

/** What others need to start a Signal session with a device, one-time prekeys aside. */
export interface KeyBundle {
  readonly registrationId: Uint8Array
  readonly identity: Uint8Array
  readonly signedPreKey: PublicKey & { readonly signature: Uint8Array }
}

/** A phone is scanned and linked by the tests; a contact is somebody it talks to. On the wire they are the same. */
export type AccountKind = "phone" | "contact"

/** One message of the past, as a phone remembers it. */
export interface PastMessage {
  readonly id: string
  /** Number of the other side. */
  readonly with: string
  readonly text: string
  readonly fromMe: boolean
  /** Unix seconds. */
  readonly at: number
}

/** What survives of an account. Change a field, then call `World.saveAccount`. */
export interface Account extends Identity {
  readonly kind: AccountKind
  /** The name it shows to others. */
  name: string
  about: string
  /** How it addresses people whom it is told to write to by number. */
  addressing: Addressing
  /** What its companions are told of the past. */
  history: readonly PastMessage[]
  /** Whether its device 0 is reachable. Companions do not depend on it. */
  online: boolean
  /** Numbers it takes nothing from; "everybody" blocks all. */
  readonly blocked: Set<string>
  /** Refuses first messages that carry no privacy token (ack error 463). */
  restricted: boolean
  /** Id of its picture in the media store. */
  pictureId: string | undefined
  /** The one app state key of the account, made by the phone, shared with every companion. */
  readonly appStateKey: { readonly id: Uint8Array; readonly data: Uint8Array }
  /** Who has asked for its device list, and by which addressing: they are told when it changes. */
  readonly watchers: Map<string, Set<Addressing>>
  /** Numbers it has issued a privacy token to. */
  readonly tokensIssued: Map<string, Uint8Array>
  nextDeviceId: number
  nextKeyIndex: number
}

/** Takes the stanzas of a device while it is there. */
export interface Receiver {
  take(sequence: number, stanza: BinaryNode): void
}

/** One device of an account. Device 0 is the phone itself; the others are its companions. */
export interface Device {
  readonly account: Account
  readonly id: number
  readonly keyIndex: number
  /** The static Noise key that must open a login; device 0 never logs in and has none. */
  readonly noiseKey: Uint8Array | undefined
  bundle: KeyBundle
  readonly oneTimeKeys: PublicKey[]
  /** Stanzas it has not acknowledged, oldest first. */
  readonly queue: BoundedLog<BinaryNode>
  /** Who takes its stanzas now; undefined while it is away. */
  receiver: Receiver | undefined
}

/** The key of a device in every table: number and device id. */
export function deviceKey(device: Pick<Device, "account" | "id">): string {
  return `${device.account.number}:${device.id}`
}

/** What is needed to add a device. */
export interface NewDevice {
  readonly id: number
  readonly keyIndex: number
  readonly noiseKey: Uint8Array | undefined
  readonly bundle: KeyBundle
}

const FIRST_COMPANION_ID = 33
const HOSTED_DEVICE_ID = 99

/** Accounts and devices, by every address they have. */
export class World {
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
      const account = this.account(userOf(key.split(":")[0] ?? ""))
      if (account !== undefined) this.#indexDevice(account, row as NewDevice, this.#keptOneTimeKeys(key))
    }
  }

  /** Every account, in the order in which they came. */
  accounts(): Account[] {
    return [...this.#devices.keys()]
  }

  /** The account behind a number, a jid or a LID; with or without a device. */
  account(address: string | undefined): Account | undefined {
    return address === undefined ? undefined : this.#byUser.get(userOf(address))
  }

  /** Adds an account without devices. Throws when the network is full. */
  addAccount(number: string, kind: AccountKind, name: string, appStateKey: Account["appStateKey"]): Account {
    if (this.#devices.size >= this.#settings.accountsMax)
      throw new InvalidRequest("the network has no room for another number")
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
      pictureId: undefined,
      appStateKey,
      watchers: new Map(),
      tokensIssued: new Map(),
      nextDeviceId: FIRST_COMPANION_ID,
      nextKeyIndex: 1
    }
    this.#index(account)
    this.saveAccount(account)
    return account
  }

  saveAccount(account: Account): void {
    this.#state.put("account", account.number, account)
  }

  /** The devices of an account, phone first. */
  devices(account: Account): Device[] {
    return [...(this.#devices.get(account)?.values() ?? [])]
  }

  /** One device of an account. */
  device(account: Account, id: number): Device | undefined {
    return this.#devices.get(account)?.get(id)
  }

  /** The device that a jid names; the phone when it names none. */
  deviceByJid(jid: string | undefined): Device | undefined {
    const account = this.account(jid)
    return account === undefined ? undefined : this.device(account, deviceOf(jid))
  }

  /** The device that a key names (see `deviceKey`). */
  deviceByKey(key: string): Device | undefined {
    const [number, id] = key.split(":")
    const account = this.account(number)
    return account === undefined ? undefined : this.device(account, Number(id))
  }

  /** Takes the next free id and key index of a companion. Ids start at 33 as real ones do; 99 would mean a hosted device. */
  takeCompanionId(account: Account): { id: number; keyIndex: number } {
    if (account.nextDeviceId === HOSTED_DEVICE_ID) account.nextDeviceId++
    const taken = { id: account.nextDeviceId++, keyIndex: account.nextKeyIndex++ }
    this.saveAccount(account)
    return taken
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

  /** Forgets a device and everything that waits for it. */
  removeDevice(device: Device): void {
    this.#devices.get(device.account)?.delete(device.id)
    device.queue.clear()
    this.#state.remove("device", deviceKey(device))
    this.#state.remove("one-time-keys", deviceKey(device))
  }

  /** Takes one one-time prekey; undefined when none is left, and a session then starts from the signed one alone. */
  takeOneTimeKey(device: Device): PublicKey | undefined {
    const key = device.oneTimeKeys.shift()
    if (key !== undefined) this.saveOneTimeKeys(device)
    return key
  }

  #index(account: Account): void {
    this.#byUser.set(account.number, account)
    this.#byUser.set(account.lid, account)
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

/**
 * The handsets of all phones and contacts. A handset starts when its account is added, and again when the account is
 * loaded after a restart.
 */
import { randomBytes } from "node:crypto"
import type { SigningKeys } from "../login/adv.ts"
import { InvalidRequest, NotFound } from "../request-errors.ts"
import { announceDevice } from "../routing/device-list.ts"
import { type Account, type AccountKind, EVERY_SENDER } from "../state/account.ts"
import { type Device, deviceKey } from "../state/device.ts"
import { checkedPhoneNumber } from "../state/phone-number.ts"
import { BEHAVIOURS, type Behaviour, scriptOf } from "./behaviour.ts"
import { Handset, type HandsetParts } from "./handset.ts"
import { LinkedDevice } from "./linked-device.ts"
import { SignalIdentity } from "./signal-identity.ts"

/** Every handset, and the behaviour of every contact. */
export class Handsets {
  readonly #parts: HandsetParts
  readonly #handsets = new Map<Account, Handset>()
  readonly #behaviours = new Map<string, Behaviour>()
  readonly #linked = new Map<Account, LinkedDevice[]>()

  /** Starts the handset of each account that survived. */
  constructor(parts: HandsetParts) {
    this.#parts = parts
    for (const account of parts.accounts.all()) this.#start(account)
  }

  /** Adds a phone or contact, or returns the existing one. A number cannot be both. */
  add(number: string, kind: AccountKind, name: string | undefined): Handset {
    checkedPhoneNumber(number)
    const existing = this.#parts.accounts.find(number)
    if (existing !== undefined && existing.kind !== kind)
      throw new InvalidRequest(`${number} is a ${existing.kind} already and cannot become a ${kind}`)
    if (existing === undefined) {
      const appStateKey = { id: randomBytes(6), data: randomBytes(32) }
      const shown = name ?? `${kind === "phone" ? "Phone" : "Contact"} ${number}`
      return this.#start(this.#parts.accounts.add(number, kind, shown, appStateKey))
    }
    if (name !== undefined && name !== existing.name) {
      existing.name = name
      this.#parts.accounts.save(existing)
    }
    return this.handset(number, kind)
  }

  /** Sets the behaviour of a contact. It survives a restart. */
  setBehaviour(handset: Handset, behaviour: Behaviour): void {
    const { account } = handset
    if (behaviour === "blocks") account.blocked.add(EVERY_SENDER)
    else account.blocked.delete(EVERY_SENDER)
    this.#parts.state.put("behaviour", account.number, behaviour)
    this.#parts.accounts.save(account)
    this.#setScript(handset, behaviour)
  }

  /** The handset of a phone or contact. Throws `NotFound` when there is none with this number. */
  handset(number: string, kind: AccountKind): Handset {
    const account = this.#parts.accounts.find(number)
    const handset = account === undefined ? undefined : this.#handsets.get(account)
    if (handset?.account.kind !== kind)
      throw new NotFound(`there is no ${kind} ${number} on this network; add it first`)
    return handset
  }

  /** The behaviour of a contact; `silent` unless it was set. */
  behaviourOf(number: string): Behaviour {
    return this.#behaviours.get(number) ?? "silent"
  }

  /** Links a device to the account of a contact. Who watches its device list is told, unless `announced` is false. */
  link({ account, signingKeys }: Handset, announced: boolean): LinkedDevice {
    const { accounts, delivery, state } = this.#parts
    const { id, keyIndex } = accounts.allocateCompanionId(account)
    const signal = new SignalIdentity(state, deviceKey({ account, id }))
    const device = accounts.addDevice(account, { id, keyIndex, noiseKey: undefined, bundle: signal.bundle })
    if (announced) announceDevice(accounts, delivery, "add", device)
    return this.#startLinked(device, signal, signingKeys)
  }

  /** Unlinks the devices of a contact. */
  async unlink(account: Account, announced: boolean): Promise<void> {
    const { accounts, delivery, state } = this.#parts
    for (const linked of this.linkedTo(account)) {
      await linked.close()
      accounts.removeDevice(linked.device)
      SignalIdentity.forget(state, deviceKey(linked.device))
      if (announced) announceDevice(accounts, delivery, "remove", linked.device)
    }
    this.#linked.delete(account)
  }

  /** The devices that are linked to the account of a contact. */
  linkedTo(account: Account): readonly LinkedDevice[] {
    return this.#linked.get(account) ?? []
  }

  /** Stops every handset, and resolves when each has finished what it was doing. */
  async close(): Promise<void> {
    const all = [...this.#handsets.values(), ...[...this.#linked.values()].flat()]
    await Promise.all(all.map((each) => each.close()))
  }

  #start(account: Account): Handset {
    const { accounts, state } = this.#parts
    const signal = new SignalIdentity(state, account.number)
    const device =
      accounts.device(account, 0) ??
      accounts.addDevice(account, { id: 0, keyIndex: 0, noiseKey: undefined, bundle: signal.bundle })
    const handset = new Handset(account, device, signal, this.#parts)
    this.#handsets.set(account, handset)
    const behaviour = BEHAVIOURS.find((known) => known === state.get("behaviour", account.number))
    if (behaviour !== undefined) this.#setScript(handset, behaviour)
    if (account.kind === "contact")
      for (const linked of accounts.companions(account))
        this.#startLinked(linked, new SignalIdentity(state, deviceKey(linked)), handset.signingKeys)
    return handset
  }

  #startLinked(device: Device, signal: SignalIdentity, phone: SigningKeys): LinkedDevice {
    const linked = new LinkedDevice(device, signal, phone, this.#parts)
    this.#linked.set(device.account, [...this.linkedTo(device.account), linked])
    return linked
  }

  #setScript(handset: Handset, behaviour: Behaviour): void {
    this.#behaviours.set(handset.account.number, behaviour)
    handset.script = scriptOf(behaviour, this.#parts.media, (number) => this.behaviourOf(number) === "echo")
  }
}

/**
 * The phones and contacts of the network as living things: each account's handset, made when the account is added and
 * again when a surviving account is loaded.
 */
import { randomBytes } from "node:crypto"
import { isPhoneNumber } from "../state/jid.ts"
import { BEHAVIOURS, type Behaviour, scriptOf } from "./behaviour.ts"
import { Handset, type HandsetParts } from "./handset.ts"
import { InvalidRequest, NotFound } from "../request-errors.ts"
import { SignalIdentity } from "./signal-identity.ts"
import type { Account, AccountKind } from "../state/accounts.ts"

/** Everybody, by number. */
export class People {
  readonly #parts: HandsetParts
  readonly #handsets = new Map<Account, Handset>()
  readonly #behaviours = new Map<string, Behaviour>()

  /** Wakes everybody who survived. */
  constructor(parts: HandsetParts) {
    this.#parts = parts
    for (const account of parts.world.accounts()) this.#wake(account)
  }

  /** Adds a phone or contact, or gives the one that is there. A number cannot be both. */
  add(number: string, kind: AccountKind, name: string | undefined): Handset {
    if (!isPhoneNumber(number)) throw new InvalidRequest(`"${number}" is no phone number: 8 to 15 digits, nothing else`)
    const existing = this.#parts.world.account(number)
    if (existing !== undefined && existing.kind !== kind)
      throw new InvalidRequest(`${number} is a ${existing.kind} already`)
    if (existing === undefined) {
      const appStateKey = { id: randomBytes(6), data: randomBytes(32) }
      const shown = name ?? `${kind === "phone" ? "Phone" : "Contact"} ${number}`
      return this.#wake(this.#parts.world.addAccount(number, kind, shown, appStateKey))
    }
    if (name !== undefined && name !== existing.name) {
      existing.name = name
      this.#parts.world.saveAccount(existing)
    }
    return this.handset(number, kind)
  }

  /** Gives a contact its behaviour, now and after a restart. */
  setBehaviour(handset: Handset, behaviour: Behaviour): void {
    const { account } = handset
    if (behaviour === "blocks") account.blocked.add("everybody")
    else account.blocked.delete("everybody")
    this.#parts.state.put("behaviour", account.number, behaviour)
    this.#parts.world.saveAccount(account)
    this.#giveScript(handset, behaviour)
  }

  /** The handset of a phone or contact. Throws when this number is none. */
  handset(number: string, kind: AccountKind): Handset {
    const account = this.#parts.world.account(number)
    const handset = account === undefined ? undefined : this.#handsets.get(account)
    if (handset?.account.kind !== kind) throw new NotFound(`there is no ${kind} ${number} on this network`)
    return handset
  }

  /** The behaviour of a contact. */
  behaviourOf(number: string): Behaviour {
    return this.#behaviours.get(number) ?? "silent"
  }

  /** Lets everybody finish what they are doing. */
  async close(): Promise<void> {
    await Promise.all([...this.#handsets.values()].map((handset) => handset.close()))
  }

  #wake(account: Account): Handset {
    const { world, state } = this.#parts
    const signal = new SignalIdentity(state, account.number)
    const device =
      world.device(account, 0) ??
      world.addDevice(account, { id: 0, keyIndex: 0, noiseKey: undefined, bundle: signal.bundle })
    const handset = new Handset(account, device, signal, this.#parts)
    this.#handsets.set(account, handset)
    const behaviour = BEHAVIOURS.find((known) => known === state.get("behaviour", account.number))
    if (behaviour !== undefined) this.#giveScript(handset, behaviour)
    return handset
  }

  #giveScript(handset: Handset, behaviour: Behaviour): void {
    this.#behaviours.set(handset.account.number, behaviour)
    handset.script = scriptOf(behaviour, this.#parts.media, (number) => this.behaviourOf(number) === "echo")
  }
}

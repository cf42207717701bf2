/**
 * A contact: an account to which clients write. It has a phone, linked devices if a test wants them (linked-device.ts), and a behaviour
 * (behaviour.ts).
 */
import { announceIdentity } from "../routing/announcements.ts"
import type { Behaviour } from "./behaviour.ts"
import { lidUserOf } from "../state/jid.ts"
import type { Handset } from "./handset.ts"
import type { Handsets } from "./handsets.ts"
import type { LinkedDevice } from "./linked-device.ts"
import { Person, type PersonParts } from "./person.ts"

/** A contact, as `network.contact(number)` returns it. */
export class Contact extends Person {
  readonly #handsets: Handsets

  constructor(handset: Handset, parts: PersonParts, handsets: Handsets) {
    super(handset, parts)
    this.#handsets = handsets
  }

  get behaviour(): Behaviour {
    return this.#handsets.behaviourOf(this.number)
  }

  setBehaviour(behaviour: Behaviour): void {
    this.#handsets.setBehaviour(this.handset, behaviour)
  }

  /** Sets whether it refuses first messages without a privacy token (ack error 463). Its own first message issues a token. */
  setRestricted(restricted: boolean): void {
    this.handset.account.restricted = restricted
    this.parts.accounts.save(this.handset.account)
  }

  /** Links a device to its account. Unless `announced` is false, those who know its devices are told. */
  linkDevice({ announced = true }: { readonly announced?: boolean } = {}): LinkedDevice {
    return this.#handsets.link(this.handset, announced)
  }

  get linkedDevices(): readonly LinkedDevice[] {
    return this.#handsets.linkedTo(this.handset.account)
  }

  /** Unlinks its devices. */
  unlinkDevices({ announced = true }: { readonly announced?: boolean } = {}): Promise<void> {
    return this.#handsets.unlink(this.handset.account, announced)
  }

  /**
   * Installs its app anew: it has another identity and no linked devices. Unless `announced` is false, those who know its devices are
   * told; who is not told finds out with the next message.
   */
  async reinstall({ announced = true }: { readonly announced?: boolean } = {}): Promise<void> {
    const { accounts, delivery } = this.parts
    await this.unlinkDevices({ announced })
    await this.handset.reinstall()
    if (announced) announceIdentity(accounts, delivery, this.handset.account)
  }

  /** Messages name it by its number or by its LID, not by both, as older servers do. Lists of members and look-ups still say both. */
  setNamedOnce(namedOnce: boolean): void {
    this.handset.account.namedOnce = namedOnce
    this.parts.accounts.save(this.handset.account)
  }

  /** Gets another LID. Who writes to the one before is told to refresh it. */
  changeLid(): string {
    const { account } = this.handset
    this.parts.accounts.changeLid(account, lidUserOf(`${account.number} ${account.formerLids?.length ?? 0}`))
    return this.lid
  }

  /** Hides its number: it writes by LID, and the server never gives its number. */
  hideNumber(): void {
    this.handset.account.numberHidden = true
    this.setAddressing("lid")
  }
}

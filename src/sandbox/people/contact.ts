/**
 * A contact: an account to which clients write. It has one phone, no companions, and a behaviour (behaviour.ts).
 */
import type { Behaviour } from "./behaviour.ts"
import { lidUserOf } from "../state/jid.ts"
import type { Handset } from "./handset.ts"
import type { Handsets } from "./handsets.ts"
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

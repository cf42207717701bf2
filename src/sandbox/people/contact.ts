/**
 * Somebody a gateway talks to: one phone, no companions, and a behaviour of its own (behaviour.ts).
 */
import type { Behaviour } from "./behaviour.ts"
import type { Handset } from "./handset.ts"
import type { People } from "./handsets.ts"
import { Person, type PersonParts } from "./person.ts"

/** A contact, as `network.contact(number)` gives it. */
export class Contact extends Person {
  readonly #people: People

  constructor(handset: Handset, parts: PersonParts, people: People) {
    super(handset, parts)
    this.#people = people
  }

  get behaviour(): Behaviour {
    return this.#people.behaviourOf(this.number)
  }

  setBehaviour(behaviour: Behaviour): void {
    this.#people.setBehaviour(this.handset, behaviour)
  }

  /** Refuses first messages without a privacy token (ack error 463). A token comes with the first message it sends. */
  setRestricted(restricted: boolean): void {
    this.handset.account.restricted = restricted
    this.parts.world.saveAccount(this.handset.account)
  }
}

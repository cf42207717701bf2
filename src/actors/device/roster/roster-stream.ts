/**
 * A device's stream of what its account knows. Appended by its actor, and by an erasure: what an event said of others is recorded again
 * there (events/remainder.ts). So it is appended to at any version: an event only says what is new, and none is decided by the version.
 */
import { Effect } from "effect"
import type { Origin } from "../../../events/envelope.ts"
import { personOfChat } from "../../../events/roster-key.ts"
import { rosterStream } from "../../../events/streams.ts"
import { elapsedMs } from "../../../store/elapsed.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import type { EventLogShape } from "../../../store/log/event-log.ts"
import type { RosterShape } from "../../../store/roster/roster.ts"
import type { RosterChange, Told } from "../../../whatsapp/roster.ts"
import type { Incoming, Recipient } from "../../../whatsapp/whatsapp.ts"
import { decideRoster } from "./decide-roster.ts"
import { Known } from "./known.ts"
import { type Change, withoutLists } from "./lists.ts"
import { type Met, type MetPeople, metIn } from "./met-people.ts"
import { slicesOf } from "./slices.ts"

export interface RosterServices {
  readonly log: EventLogShape
  readonly roster: RosterShape
  readonly met: MetPeople
}

export class RosterStream {
  readonly #services: RosterServices
  readonly #stream: string
  readonly #device: number

  constructor(services: RosterServices, deviceId: string, device: number) {
    this.#services = services
    this.#stream = rosterStream(deviceId)
    this.#device = device
  }

  /** Records what is new. After a failure it can be told again: what was recorded of it is not new any more. */
  learn(changes: readonly RosterChange[], told: Told, origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const { roster } = this.#services
      const single = yield* withoutLists(roster, this.#device, changes)
      for (const slice of slicesOf(single)) yield* this.#learn(slice, told, origin)
    })
  }

  /** What messages say of people beside their content: both names, and how they call themselves. */
  meet(incoming: readonly Incoming[], origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return this.#meet(metIn(incoming), origin)
  }

  /** Both names of the person to whom a message goes, as WhatsApp said them when it was asked. */
  meetRecipient({ jid, lid }: Recipient, origin: Origin): Effect.Effect<void, StoreUnavailable> {
    const name = personOfChat(jid, lid)
    const isNamed = name !== null && name.lid !== null && name.number !== null
    return isNamed ? this.#meet([{ name, pushName: null }], origin) : Effect.void
  }

  #meet(named: readonly Met[], origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const { met } = this.#services
      const now = yield* elapsedMs
      const people = named.filter((person) => !met.has(this.#device, person, now))
      if (people.length === 0) return
      yield* this.learn(people.map(changeOf), "changed", origin)
      for (const person of people) met.add(this.#device, person, now)
    })
  }

  #learn(slice: readonly Change[], told: Told, origin: Origin): Effect.Effect<void, StoreUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const { roster, log } = this.#services
      const known = yield* Known.load(roster, this.#device, slice)
      const events = decideRoster(slice, known, told)
      if (events.length === 0) return
      const append = { stream: this.#stream, device: this.#device, expected: "any" as const, events, origin }
      // At any version nothing conflicts, and this unit claims nothing.
      yield* log
        .commit({ appends: [append] })
        .pipe(Effect.catchTags({ StreamConflict: Effect.die, DuplicateKey: Effect.die }))
    })
  }
}

const changeOf = ({ name, pushName }: Met): RosterChange => ({
  type: "contact",
  contact: { ...name, ...(pushName === null ? {} : { pushName }) }
})

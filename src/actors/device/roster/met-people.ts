/** Who wrote, by which names: so that the roster is not looked up for every message of a known person. */
import type { PersonName } from "../../../events/contact.ts"
import { personOfChat } from "../../../events/roster-key.ts"
import { ExpiringMap } from "../../../store/expiring-map.ts"
import type { Incoming } from "../../../whatsapp/whatsapp.ts"

export interface Met {
  readonly name: PersonName
  readonly pushName: string | null
}

/** Those of whom messages say more than one name. What the account itself wrote says only whose chat it is. */
export const metIn = (incoming: readonly Incoming[]): readonly Met[] => {
  const met = incoming.flatMap(({ chat, chatAlt, sender, senderAlt, fromMe, pushName }): readonly Met[] => {
    const person = fromMe ? personOfChat(chat, chatAlt) : personOfChat(sender, senderAlt)
    return person === null ? [] : [{ name: person, pushName: fromMe ? null : pushName }]
  })
  const newest = new Map(met.map((person) => [nameOf(person), person]))
  return [...newest.values()].filter(
    ({ name, pushName }) => pushName !== null || (name.lid !== null && name.number !== null)
  )
}

const nameOf = ({ name: { lid, number } }: Met): string => `${lid ?? ""}|${number ?? ""}`

/** Of all devices together. */
const PEOPLE_MAX = 20_000
/** After that they are looked up again: their rows may have been erased meanwhile. */
const MET_MS = 600_000

export class MetPeople {
  readonly #people = new ExpiringMap<string>(PEOPLE_MAX)

  has(device: number, person: Met, now: number): boolean {
    const known = this.#people.get(`${device}|${nameOf(person)}`, now)
    return person.pushName === null ? known !== undefined : known === person.pushName
  }

  add(device: number, person: Met, now: number): void {
    const key = `${device}|${nameOf(person)}`
    const pushName = person.pushName ?? this.#people.get(key, now) ?? ""
    this.#people.set(key, pushName, { now, lifetimeMs: MET_MS })
  }
}

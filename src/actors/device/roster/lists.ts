/** Lists that WhatsApp gave whole, as changes of what is not in them any more, and of what is. */
import { Effect } from "effect"
import { contactKey, lidOfKey, numberOfKey } from "../../../events/roster-key.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import type { RosterShape } from "../../../store/roster/roster.ts"
import type { RosterChange } from "../../../whatsapp/roster.ts"

/** A change of one thing. */
export type Change = Exclude<RosterChange, { type: "groups" | "blocked" }>

const PAGE = 200

export const withoutLists = (
  roster: RosterShape,
  device: number,
  changes: readonly RosterChange[]
): Effect.Effect<readonly Change[], StoreUnavailable> =>
  Effect.map(
    Effect.forEach(changes, (change): Effect.Effect<readonly Change[], StoreUnavailable> => {
      switch (change.type) {
        case "groups":
          return left(roster, device, new Set(change.groups))
        case "blocked":
          return blocked(roster, device, change.people)
        default:
          return Effect.succeed([change])
      }
    }),
    (all) => all.flat()
  )

const left = (roster: RosterShape, device: number, groups: ReadonlySet<string>) =>
  Effect.gen(function* () {
    const gone: Change[] = []
    for (let after = ""; ; ) {
      const page = yield* roster.groups.list(device, { after, limit: PAGE })
      for (const { id, isMember } of page) {
        if (isMember && !groups.has(id))
          gone.push({ type: "group", group: { group: id, isMember: false }, author: null })
      }
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return gone
      after = last.id
    }
  })

const blocked = (roster: RosterShape, device: number, people: Extract<RosterChange, { type: "blocked" }>["people"]) =>
  Effect.map(roster.contacts.blocked(device), (known): readonly Change[] => {
    const keys = new Set(people.map(contactKey).flatMap((key) => (key ? [key.key, key.other] : [])))
    const free = known
      .filter((key) => !keys.has(key))
      .map((key) => ({ lid: lidOfKey(key), number: numberOfKey(key), blocked: false }))
    const all = [...people.map((person) => ({ ...person, blocked: true })), ...free]
    return all.map((contact) => ({ type: "contact", contact }))
  })

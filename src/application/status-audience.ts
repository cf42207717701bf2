/** Whom a status is for where its client names no one: the people whom the account's owner has saved, as phones do it. */
import { Effect } from "effect"
import type { Device } from "../store/devices.ts"
import { Roster } from "../store/roster/roster.ts"

const PAGE = 500
const PEOPLE_MAX = 5_000

/** Jids. */
export const statusAudience = ({ deviceNumber }: Pick<Device, "deviceNumber">) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const people: string[] = []
    for (let after = ""; people.length < PEOPLE_MAX; ) {
      const page = yield* roster.contacts.list(deviceNumber, { after, limit: PAGE })
      people.push(...page.flatMap(({ key, name, isBlocked }) => (name === null || isBlocked ? [] : [key])))
      const last = page.at(-1)
      if (page.length < PAGE || last === undefined) break
      after = last.key
    }
    return people.slice(0, PEOPLE_MAX)
  })

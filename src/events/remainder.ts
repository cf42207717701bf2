/**
 * What an event of the roster says of others, when one person is taken out of it. Pure. Keeps LOG-8.
 *
 * An event about many people goes as a whole, since its payload is hashed as a whole. What it said of the others is then recorded again,
 * as of the position where it stood: it must not win over what came after that.
 */
import type { PersonName } from "./contact.ts"
import type { GroupNews } from "./group.ts"
import { peopleOf, type Person, personOf } from "./people.ts"
import type { RosterEvent } from "./roster.ts"

/** Whether a person, by any of the names that stand together, is the one who is taken out. */
export type IsTaken = (person: Person) => boolean

/** Null where nothing is left, and for events of other streams. `position`: where the event stands. */
export const remainderOf = (
  event: { readonly type: string; readonly data: unknown },
  position: number,
  isTaken: IsTaken
): RosterEvent | null => {
  const left = withoutPerson(event as RosterEvent, isTaken)
  if (left === null) return null
  const data = { ...left.data, asOf: asOfIn(event.data) ?? position }
  return { type: left.type, data } as RosterEvent
}

const asOfIn = (data: unknown): number | undefined => (data as { readonly asOf?: number }).asOf

const withoutPerson = (event: RosterEvent, isTaken: IsTaken): RosterEvent | null => {
  const isOther = (name: PersonName) => !personOf(name).some(isTaken)
  const nobodyElse = (name: PersonName | null) => (name !== null && isOther(name) ? name : null)
  switch (event.type) {
    case "contact.synced": {
      const contacts = event.data.contacts.filter(isOther)
      return contacts.length > 0 ? { ...event, data: { ...event.data, contacts } } : null
    }
    case "chat.synced": {
      const chats = event.data.chats.filter(({ chat, chatAlt }) => !peopleOf(chat, chatAlt).some(isTaken))
      return chats.length > 0 ? { ...event, data: { ...event.data, chats } } : null
    }
    case "group.synced": {
      const groups = event.data.groups.map((group) => groupWithout(group, isOther))
      return { ...event, data: { ...event.data, groups } }
    }
    case "group.updated": {
      const author = nobodyElse(event.data.author)
      return { ...event, data: { ...groupWithout(event.data, isOther), author } }
    }
    case "group.members_changed": {
      const members = event.data.members.filter(isOther)
      const author = nobodyElse(event.data.author)
      return members.length > 0 ? { ...event, data: { ...event.data, members, author } } : null
    }
    case "group.join_requested":
      return isOther(event.data.person)
        ? { ...event, data: { ...event.data, author: nobodyElse(event.data.author) } }
        : null
    default:
      // About one person, or of another stream.
      return null
  }
}

const groupWithout = <G extends GroupNews>(group: G, isOther: (name: PersonName) => boolean): G => ({
  ...group,
  ...(group.owner === undefined ? {} : { owner: group.owner !== null && isOther(group.owner) ? group.owner : null }),
  ...(group.members === undefined ? {} : { members: group.members.filter(isOther) })
})

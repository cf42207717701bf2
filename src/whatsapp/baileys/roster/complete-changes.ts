/** Changes of the roster with both names of all people in them, as far as the table of names has them. Pure but for the look-up. */
import type { PersonName } from "../../../events/contact.ts"
import { chatOfPerson, personOfChat } from "../../../events/roster-key.ts"
import type { RosterChange } from "../../roster.ts"

/** Both names of people, by each of their jids. */
export type LookUp = (jids: readonly string[]) => Promise<ReadonlyMap<string, PersonName>>

export const completeChanges = async (
  changes: readonly RosterChange[],
  lookUp: LookUp
): Promise<readonly RosterChange[]> => {
  const jids = new Set<string>()
  for (const change of changes) {
    mapPeople(change, (name) => {
      const jid = name.lid === null ? numberJid(name.number) : name.number === null ? name.lid : undefined
      if (jid !== undefined) jids.add(jid)
      return name
    })
  }
  if (jids.size === 0) return changes
  const names = await lookUp([...jids])
  return changes.map((change) =>
    mapPeople(change, (name) => {
      const known = names.get(name.lid ?? numberJid(name.number))
      return { lid: name.lid ?? known?.lid ?? null, number: name.number ?? known?.number ?? null }
    })
  )
}

const numberJid = (number: string | null): string => `${number ?? ""}@s.whatsapp.net`

type Rename = (name: PersonName) => PersonName

const mapPeople = (change: RosterChange, rename: Rename): RosterChange => {
  const orNobody = (name: PersonName | null) => name && rename(name)
  switch (change.type) {
    case "contact":
      return { ...change, contact: named(change.contact, rename) }
    case "chat":
      return { ...change, chat: inChat(change.chat, rename) }
    case "chat_deleted":
    case "chat_cleared":
    case "starred":
    case "hidden":
    case "labelled":
      return inChat(change, rename)
    case "group": {
      const { owner, members } = change.group
      const group = {
        ...change.group,
        ...(owner === undefined ? {} : { owner: orNobody(owner) }),
        ...(members === undefined ? {} : { members: members.map((member) => named(member, rename)) })
      }
      return { ...change, group, author: orNobody(change.author) }
    }
    case "members": {
      const members = change.members.map((member) => named(member, rename))
      return { ...change, members, author: orNobody(change.author) }
    }
    case "blocked":
      return { ...change, people: change.people.map(rename) }
    case "call":
    case "call_over":
      return { ...change, from: rename(change.from) }
    default:
      return change
  }
}

const named = <P extends PersonName>(person: P, rename: Rename): P => ({ ...person, ...rename(person) })

const inChat = <C extends { readonly chat: string; readonly chatAlt: string | null }>(of: C, rename: Rename): C => {
  const person = personOfChat(of.chat, of.chatAlt)
  return person === null ? of : { ...of, ...chatOfPerson(rename(person)) }
}

/** People of whom a change says both names. */
export const namedIn = (changes: readonly RosterChange[]): readonly PersonName[] => {
  const named: PersonName[] = []
  for (const change of changes) {
    mapPeople(change, (name) => {
      if (name.lid !== null && name.number !== null) named.push({ lid: name.lid, number: name.number })
      return name
    })
  }
  return named
}

/** Reading contacts: what the facts about them amount to. */
import { Effect } from "effect"
import type { Kysely, Selectable } from "kysely"
import type { PersonName } from "../../events/contact.ts"
import { accountOfNumber } from "../../events/people.ts"
import { contactKey, lidOfKey, numberOfKey } from "../../events/roster-key.ts"
import type { DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import type { RosterContactTable, Tables } from "../tables.ts"
import { foldFacts, inOrder, isSet, orNone, textOf } from "./fold.ts"

export interface Contact extends PersonName {
  /** The LID; the jid of the number while no LID is known. */
  readonly key: string
  readonly name: string | null
  readonly pushName: string | null
  readonly verifiedName: string | null
  readonly username: string | null
  readonly isBlocked: boolean
}

type Found<A> = Effect.Effect<A, StoreUnavailable>

export interface ContactsShape {
  /** By their keys, those that are known. */
  readonly byKeys: (device: number, keys: readonly string[]) => Found<ReadonlyMap<string, Contact>>
  /** The contact with this LID, this number, or the number's jid. */
  readonly find: (device: number, name: PersonName) => Found<Contact | undefined>
  /** The LIDs of the contacts that have these numbers now, by number, where one is known. */
  readonly lidsOf: (device: number, numbers: readonly string[]) => Found<ReadonlyMap<string, string>>
  /** In order of their keys, after `after`. */
  readonly list: (device: number, page: ContactPage) => Found<readonly Contact[]>
  /** Keys of the contacts that the owner has blocked. */
  readonly blocked: (device: number) => Found<readonly string[]>
}

export interface ContactPage {
  readonly after: string
  readonly limit: number
}

export const makeContacts = ({ query }: DatabaseShape): ContactsShape => {
  const byKeys: ContactsShape["byKeys"] = (device, keys) =>
    Effect.map(
      query((db) => factsQuery(db, device, keys).execute()),
      (rows) => new Map([...Map.groupBy(rows, ({ contact }) => contact)].map(([key, of]) => [key, fold(key, of)]))
    )
  const withNumber = (device: number, number: string) =>
    Effect.gen(function* () {
      const rows = yield* query((db) => numberQuery(db, device, number).execute())
      const keys = [...new Set(rows.toSorted(inOrder).map(({ contact }) => contact))].toReversed()
      const contacts = yield* byKeys(device, keys)
      // The number may have passed on: the contact that has it now, and of two names for one the LID.
      const owners = keys.flatMap((key) => contacts.get(key) ?? []).filter((contact) => contact.number === number)
      return owners.find(({ lid }) => lid !== null) ?? owners[0]
    })
  return {
    byKeys,
    find: (device, name) =>
      Effect.gen(function* () {
        const byLid = name.lid === null ? undefined : (yield* byKeys(device, [name.lid])).get(name.lid)
        return byLid ?? (name.number === null ? undefined : yield* withNumber(device, name.number))
      }),
    lidsOf: (device, numbers) =>
      Effect.gen(function* () {
        if (numbers.length === 0) return new Map<string, string>()
        const rows = yield* query((db) => keysOfNumbersQuery(db, device, numbers).execute())
        const lids = rows.flatMap(({ contact }) => lidOfKey(contact) ?? [])
        const contacts = yield* byKeys(device, [...new Set(lids)])
        const wanted = new Set(numbers)
        return new Map(
          [...contacts.values()].flatMap(({ lid, number }) =>
            lid !== null && number !== null && wanted.has(number) ? [[number, lid] as const] : []
          )
        )
      }),
    list: (device, { after, limit }) =>
      Effect.gen(function* () {
        const listed: Contact[] = []
        for (let from = after; ; ) {
          const page = yield* query((db) => readPage(db, device, from, limit))
          listed.push(...page.contacts)
          if (page.last === undefined || listed.length >= limit) return listed.slice(0, limit)
          from = page.last
        }
      }),
    blocked: (device) =>
      Effect.gen(function* () {
        const rows = yield* query((db) => blockedQuery(db, device).execute())
        const contacts = yield* byKeys(device, [...new Set(rows.map(({ contact }) => contact))])
        return [...contacts.values()].filter(({ isBlocked }) => isBlocked).map(({ key }) => key)
      })
  }
}

type Row = Selectable<RosterContactTable>

const COLUMNS = ["number", "name", "push_name", "verified_name", "username", "blocked"] as const

const fold = (key: string, rows: readonly Row[]): Contact => {
  const said = foldFacts(rows, COLUMNS)
  return {
    key,
    lid: lidOfKey(key),
    number: said.number ?? numberOfKey(key),
    name: textOf(said.name),
    pushName: textOf(said.push_name),
    verifiedName: textOf(said.verified_name),
    username: textOf(said.username),
    isBlocked: isSet(said.blocked)
  }
}

/** Exported, like the others, for the test of its plan. */
export const factsQuery = (db: Kysely<Tables>, device: number, keys: readonly string[]) =>
  db.selectFrom("roster_contact").selectAll().where("device", "=", device).where("contact", "in", orNone(keys))

export const numberQuery = (db: Kysely<Tables>, device: number, number: string) =>
  db.selectFrom("roster_contact").selectAll().where("device", "=", device).where("number", "=", number)

export const blockedQuery = (db: Kysely<Tables>, device: number) =>
  db.selectFrom("roster_contact").select("contact").where("device", "=", device).where("blocked", "=", 1)

export const contactPageQuery = (db: Kysely<Tables>, device: number, after: string, rows: number) =>
  db
    .selectFrom("roster_contact")
    .selectAll()
    .where("device", "=", device)
    .where("contact", ">", after)
    .orderBy("contact")
    .orderBy("position")
    .orderBy("place")
    .limit(rows)

/** Most contacts have one or two facts. */
const FACTS_EACH = 3

/** Some contacts after `after`; `last`: where to go on, undefined at the end. Facts beyond the rows that were read are read by key. */
const readPage = async (db: Kysely<Tables>, device: number, after: string, limit: number) => {
  const rowsMax = limit * FACTS_EACH
  const rows = await contactPageQuery(db, device, after, rowsMax).execute()
  const groups = [...Map.groupBy(rows, ({ contact }) => contact)]
  const last = rows.length === rowsMax ? groups.at(-1)?.[0] : undefined
  if (last !== undefined) groups.splice(-1, 1, [last, await factsQuery(db, device, [last]).execute()])
  const contacts = groups.map(([key, facts]) => fold(key, facts))
  const known = await knownByLid(db, device, contacts)
  return { last, contacts: contacts.filter(({ lid, number }) => lid !== null || number === null || !known.has(number)) }
}

/** Which numbers of contacts that stand under a number belong to one that stands under a LID. */
const knownByLid = async (
  db: Kysely<Tables>,
  device: number,
  contacts: readonly Contact[]
): Promise<ReadonlySet<string>> => {
  const numbers = contacts.flatMap(({ lid, number }) => (lid === null && number !== null ? [number] : []))
  if (numbers.length === 0) return new Set()
  const rows = await keysOfNumbersQuery(db, device, numbers).execute()
  return new Set(rows.flatMap(({ contact, number }) => (lidOfKey(contact) === null ? [] : (number ?? []))))
}

export const keysOfNumbersQuery = (db: Kysely<Tables>, device: number, numbers: readonly string[]) =>
  db
    .selectFrom("roster_contact")
    .select(["contact", "number"])
    .where("device", "=", device)
    .where("number", "in", numbers)

/** The keys under which a person may stand: by LID, and by number from before the LID was known. */
export const keysOf = (name: PersonName): readonly string[] => {
  const found = contactKey(name)
  const byNumber = name.number === null ? undefined : accountOfNumber(name.number)
  return [...new Set([found?.key, byNumber].filter((key) => key !== undefined))]
}

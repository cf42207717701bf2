/** Reading groups: what the facts about them and their members amount to. */
import { Effect } from "effect"
import type { Kysely, Selectable } from "kysely"
import type { PersonName } from "../../events/contact.ts"
import type { Rank } from "../../events/group.ts"
import { lidOfKey, numberOfKey } from "../../events/roster-key.ts"
import type { DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import type { RosterGroupTable, RosterMemberTable, Tables } from "../tables.ts"
import { foldFacts, inOrder, isSet, orNone, textOf, timeOf } from "./fold.ts"

export interface Group {
  /** `…@g.us` */
  readonly id: string
  readonly subject: string | null
  readonly description: string | null
  readonly owner: PersonName | null
  readonly createdAt: number | null
  readonly isAnnouncement: boolean
  readonly isLocked: boolean
  readonly needsApproval: boolean
  readonly membersMayAdd: boolean
  readonly disappearingSeconds: number
  readonly community: string | null
  /** The account is a member; true unless something else was said. */
  readonly isMember: boolean
}

export interface Member extends PersonName {
  readonly key: string
  readonly rank: Rank
}

type Found<A> = Effect.Effect<A, StoreUnavailable>

export interface GroupsShape {
  /** By their ids, those that are known. */
  readonly byIds: (device: number, ids: readonly string[]) => Found<ReadonlyMap<string, Group>>
  /** In order of their ids, after `after`. */
  readonly list: (device: number, page: { readonly after: string; readonly limit: number }) => Found<readonly Group[]>
  /** By group, those that have any. */
  readonly members: (device: number, groups: readonly string[]) => Found<ReadonlyMap<string, readonly Member[]>>
  /** Ids of the groups that a person is a member of, under any of these keys. */
  readonly ofMember: (device: number, keys: readonly string[]) => Found<readonly string[]>
}

export const makeGroups = ({ query }: DatabaseShape): GroupsShape => {
  const byIds: GroupsShape["byIds"] = (device, ids) =>
    Effect.map(
      query((db) => groupFactsQuery(db, device, ids).execute()),
      (rows) => new Map([...Map.groupBy(rows, ({ group_id }) => group_id)].map(([id, facts]) => [id, fold(id, facts)]))
    )
  return {
    byIds,
    list: (device, { after, limit }) =>
      Effect.gen(function* () {
        const rows = yield* query((db) => groupPageQuery(db, device, after, limit).execute())
        const groups = yield* byIds(
          device,
          rows.map(({ group_id }) => group_id)
        )
        return [...groups.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1))
      }),
    members: (device, groups) =>
      Effect.map(
        query((db) => membersQuery(db, device, groups).execute()),
        (rows) => new Map([...Map.groupBy(rows, ({ group_id }) => group_id)].map(([id, of]) => [id, membersOf(of)]))
      ),
    ofMember: (device, keys) =>
      Effect.gen(function* () {
        const rows = yield* query((db) => membershipsQuery(db, device, keys).execute())
        const last = Map.groupBy(rows.toSorted(inOrder), ({ group_id }) => group_id)
        return [...last].flatMap(([id, facts]) => (facts.at(-1)?.member_rank === "" ? [] : [id])).toSorted()
      })
  }
}

type Fact = Selectable<RosterGroupTable>
type MemberFact = Selectable<RosterMemberTable>

const COLUMNS = [
  "subject",
  "description",
  "owner_lid",
  "owner_number",
  "created_at",
  "announcement",
  "locked",
  "join_approval",
  "members_add",
  "disappearing_s",
  "community",
  "is_member"
] as const

const fold = (id: string, facts: readonly Fact[]): Group => {
  const said = foldFacts(facts, COLUMNS)
  const [lid, number] = [textOf(said.owner_lid), textOf(said.owner_number)]
  return {
    id,
    subject: textOf(said.subject),
    description: textOf(said.description),
    owner: lid === null && number === null ? null : { lid, number },
    createdAt: timeOf(said.created_at),
    isAnnouncement: isSet(said.announcement),
    isLocked: isSet(said.locked),
    needsApproval: isSet(said.join_approval),
    membersMayAdd: isSet(said.members_add),
    disappearingSeconds: said.disappearing_s ?? 0,
    community: textOf(said.community),
    isMember: said.is_member !== 0
  }
}

/** A member who was known by number first, and by LID later, is one: under the LID, as was said last. */
const membersOf = (facts: readonly MemberFact[]): readonly Member[] => {
  const sorted = facts.toSorted(inOrder)
  const byNumber = new Map<string, string>()
  for (const { member, number } of sorted)
    if (number !== null && lidOfKey(member) !== null) byNumber.set(number, member)
  const members = new Map<string, Member | null>()
  for (const { member, number, member_rank: rank } of sorted) {
    const own = number ?? numberOfKey(member)
    const key = lidOfKey(member) === null && own !== null ? (byNumber.get(own) ?? member) : member
    const known = own ?? members.get(key)?.number ?? null
    members.set(key, rank === "" ? null : { key, lid: lidOfKey(key), number: known, rank: rank as Rank })
  }
  return [...members.values()].filter((member) => member !== null).toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/** Exported, like the others, for the test of its plan. */
export const groupFactsQuery = (db: Kysely<Tables>, device: number, ids: readonly string[]) =>
  db.selectFrom("roster_group").selectAll().where("device", "=", device).where("group_id", "in", orNone(ids))

export const groupPageQuery = (db: Kysely<Tables>, device: number, after: string, limit: number) =>
  db
    .selectFrom("roster_group")
    .select("group_id")
    .distinct()
    .where("device", "=", device)
    .where("group_id", ">", after)
    .orderBy("group_id")
    .limit(limit)

export const membersQuery = (db: Kysely<Tables>, device: number, groups: readonly string[]) =>
  db.selectFrom("roster_member").selectAll().where("device", "=", device).where("group_id", "in", orNone(groups))

export const membershipsQuery = (db: Kysely<Tables>, device: number, keys: readonly string[]) =>
  db.selectFrom("roster_member").selectAll().where("device", "=", device).where("member", "in", orNone(keys))

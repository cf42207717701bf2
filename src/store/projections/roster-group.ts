/**
 * The tables `roster_group` and `roster_member`: what events said of groups and of their members, a row for each. Rows are only added
 * and deleted; readers fold them (store/roster/groups.ts).
 */
import type { RecordedEvent } from "../../events/envelope.ts"
import type { GroupEvent, GroupNews, MemberNews } from "../../events/group.ts"
import { contactKey } from "../../events/roster-key.ts"
import type { Statement } from "../dialect/dialect.ts"
import { type Assignments, defineProjection, deleteFrom, insertInto } from "./projection.ts"
import { asOf, flag, taken, time } from "./roster-fact.ts"

type Row = readonly [table: "roster_group" | "roster_member", key: Assignments, said: Assignments]

export const rosterGroupProjection = defineProjection({
  name: "roster_group",
  version: 1,
  tables: ["roster_group", "roster_member"],
  erases: ["group.synced", "group.updated", "group.members_changed"],
  retains: [],
  begin: () => [],
  project: (recorded, data): readonly Statement[] =>
    rowsOf(recorded, data).map(([table, key, said]) => insertInto(table, { ...key, ...said })),
  forget: (recorded, data): readonly Statement[] => rowsOf(recorded, data).map(([table, key]) => deleteFrom(table, key))
})

const rowsOf = (recorded: RecordedEvent, given: unknown): readonly Row[] => {
  const { type, data } = { type: recorded.type, data: given } as GroupEvent
  const as_of = asOf(given, recorded.position)
  switch (type) {
    case "group.synced":
      return data.groups.flatMap((group, place) => [
        groupRow(recorded, as_of, group, place),
        ...membersOf(recorded, as_of, group.group, group.members ?? [], place)
      ])
    case "group.updated":
      return [groupRow(recorded, as_of, data, 0)]
    case "group.members_changed":
      return membersOf(recorded, as_of, data.group, data.members, 0)
    default:
      return []
  }
}

const groupRow = ({ device, position }: RecordedEvent, as_of: number, group: GroupNews, place: number): Row => [
  "roster_group",
  { device, group_id: group.group, position, place },
  {
    as_of,
    subject: taken(group.subject),
    description: taken(group.description),
    owner_lid: group.owner === undefined ? null : taken(group.owner?.lid ?? null),
    owner_number: group.owner === undefined ? null : taken(group.owner?.number ?? null),
    created_at: time(group.createdAt),
    announcement: flag(group.announcement),
    locked: flag(group.locked),
    join_approval: flag(group.joinApproval),
    members_add: flag(group.membersAdd),
    disappearing_s: time(group.disappearingSeconds),
    community: taken(group.community),
    is_member: flag(group.isMember)
  }
]

/** `first`: tells apart those of one group that stands in an event several times. */
const membersOf = (
  { device, position }: RecordedEvent,
  as_of: number,
  group_id: string,
  members: readonly MemberNews[],
  first: number
): readonly Row[] =>
  members.flatMap((member, index): readonly Row[] => {
    const key = contactKey(member)
    if (key === undefined) return []
    const place = first * PLACES + index
    return [
      [
        "roster_member",
        { device, group_id, member: key.key, position, place },
        { as_of, number: member.number, member_rank: member.rank ?? "" }
      ]
    ]
  })

/** More than a group has members. */
const PLACES = 100_000

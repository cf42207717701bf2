/** Reading a device's groups, their members, and its labels. */
import { Effect, Schema } from "effect"
import type { Rank } from "../events/group.ts"
import { contactKey } from "../events/roster-key.ts"
import type { Group, Member } from "../store/roster/groups.ts"
import { Roster } from "../store/roster/roster.ts"
import { findDevice } from "./device-access.ts"
import { peopleBy, type Person } from "./names.ts"
import { pageOf } from "./paging.ts"
import type { Principal } from "./principal.ts"

/** Rejection: the device knows no such group. */
export class GroupNotFound extends Schema.TaggedError<GroupNotFound>()("GroupNotFound", { group: Schema.String }) {
  override get message(): string {
    return `there is no group ${this.group}`
  }
}

export interface MemberView extends Person {
  readonly rank: Rank
}

/** A page of a device's groups, and where the next one begins. */
export const listGroups = (
  principal: Principal,
  reference: string,
  { after, limit }: { readonly after: string; readonly limit: number }
) =>
  Effect.gen(function* () {
    const { deviceNumber } = yield* findDevice(principal, reference)
    const roster = yield* Roster
    const found = yield* roster.groups.list(deviceNumber, { after, limit: limit + 1 })
    const { items: groups, last } = pageOf(found, limit)
    return { groups, next: last?.id }
  })

export interface GroupView {
  readonly group: Group
  readonly members: readonly MemberView[]
}

export const getGroup = (principal: Principal, reference: string, id: string) =>
  Effect.gen(function* () {
    const { deviceNumber } = yield* findDevice(principal, reference)
    const view = (yield* viewGroups(deviceNumber, [id])).get(id)
    return view ?? (yield* new GroupNotFound({ group: id }))
  })

/** Groups with their members, by id: those that the device knows. */
export const viewGroups = (deviceNumber: number, ids: readonly string[]) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const groups = yield* roster.groups.byIds(deviceNumber, ids)
    const members = yield* roster.groups.members(deviceNumber, ids)
    const keyOf = (member: Member) => contactKey(member)?.key ?? member.key
    const people = yield* peopleBy(deviceNumber, [...members.values()].flat().map(keyOf))
    const viewMember = (member: Member): MemberView => {
      const { id, lid, number, name } = people(keyOf(member))
      return { id, lid, number: number ?? member.number, name, rank: member.rank }
    }
    return new Map(
      [...groups].map(([id, group]): [string, GroupView] => [
        id,
        { group, members: (members.get(id) ?? []).map(viewMember) }
      ])
    )
  })

/** Labels that the owner has made; only business accounts have any. */
export const listLabels = (principal: Principal, reference: string) =>
  Effect.gen(function* () {
    const { deviceNumber } = yield* findDevice(principal, reference)
    const roster = yield* Roster
    return (yield* roster.labels.all(deviceNumber)).filter(({ isDeleted }) => !isDeleted)
  })

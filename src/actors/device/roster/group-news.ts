/** What is new about a group and its members, compared with what is known. Pure. */
import type { PersonName } from "../../../events/contact.ts"
import type { GroupNews, MemberNews } from "../../../events/group.ts"
import { contactKey } from "../../../events/roster-key.ts"
import type { Group, Member } from "../../../store/roster/groups.ts"

type Facts = Required<Omit<GroupNews, "group" | "members">>

const factsOf = (group: Group | undefined): Facts => ({
  subject: group?.subject ?? "",
  description: group?.description ?? null,
  owner: group?.owner ?? null,
  createdAt: group?.createdAt ?? 0,
  announcement: group?.isAnnouncement ?? false,
  locked: group?.isLocked ?? false,
  joinApproval: group?.needsApproval ?? false,
  membersAdd: group?.membersMayAdd ?? false,
  disappearingSeconds: group?.disappearingSeconds ?? 0,
  community: group?.community ?? null,
  isMember: group?.isMember ?? true
})

const FIELDS = Object.keys(factsOf(undefined)) as readonly (keyof Facts)[]

/** Without members. A group that was not known is news by itself. */
export const groupNews = (said: GroupNews, known: Group | undefined): GroupNews | undefined => {
  const is = factsOf(known)
  const news = Object.fromEntries(
    FIELDS.flatMap((field) =>
      said[field] === undefined || isSame(said[field], is[field]) ? [] : [[field, said[field]]]
    )
  )
  return known === undefined || Object.keys(news).length > 0 ? { group: said.group, ...news } : undefined
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

export const groupAfter = (known: Group | undefined, news: GroupNews): Group => {
  const is = { ...factsOf(known), ...news }
  return {
    id: news.group,
    subject: is.subject === "" ? null : is.subject,
    description: is.description,
    owner: is.owner,
    createdAt: is.createdAt === 0 ? null : is.createdAt,
    isAnnouncement: is.announcement,
    isLocked: is.locked,
    needsApproval: is.joinApproval,
    membersMayAdd: is.membersAdd,
    disappearingSeconds: is.disappearingSeconds,
    community: is.community,
    isMember: is.isMember
  }
}

export type Members = ReadonlyMap<string, Member>

export const membersBy = (members: readonly Member[]): Members => new Map(members.map((member) => [member.key, member]))

/** Of `said`, what is new; `isAll`: members that are not said have left. */
export const memberNews = (said: readonly MemberNews[], known: Members, isAll: boolean): readonly MemberNews[] => {
  const keys = new Set<string>()
  const changed = said.filter((member) => {
    const is = knownAs(member, known)
    if (is) keys.add(is.key)
    return member.rank === null ? is !== undefined : is?.rank !== member.rank || isOtherName(member, is)
  })
  const gone = isAll ? [...known.values()].filter(({ key }) => !keys.has(key)) : []
  return [...changed, ...gone.map(({ lid, number }) => ({ lid, number, rank: null }))]
}

/** A name is said that was not known. */
const isOtherName = (member: PersonName, is: Member): boolean =>
  (member.number !== null && member.number !== is.number) || (member.lid !== null && member.lid !== is.lid)

const knownAs = (member: PersonName, known: Members): Member | undefined => {
  const key = contactKey(member)
  if (key === undefined) return undefined
  return known.get(key.key) ?? (key.other === null ? undefined : known.get(key.other))
}

export const membersAfter = (known: Members, news: readonly MemberNews[]): Members => {
  const members = new Map(known)
  for (const { lid, number, rank } of news) {
    const key = contactKey({ lid, number })
    if (key === undefined) continue
    if (key.other !== null) members.delete(key.other)
    if (rank === null) members.delete(key.key)
    else members.set(key.key, { key: key.key, lid, number: number ?? members.get(key.key)?.number ?? null, rank })
  }
  return members
}

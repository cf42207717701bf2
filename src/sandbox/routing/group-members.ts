/**
 * Who is in a group: members are added, removed, promoted and demoted, and leave. Each change of a member succeeds or fails by itself. The
 * codes are those that whatsapp-web.js explains (GroupChat.addParticipants): 403 the account may only be invited, 404 no such account,
 * 408 it left a short time ago, 409 it is a member already, 419 the group is full; and 401, the account has blocked the author.
 */
import { randomBytes } from "node:crypto"
import type { Settings } from "../settings.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Group, Groups, Invitation } from "../state/groups.ts"
import { unixSeconds } from "../wire/stanza.ts"
import type { GroupNews } from "./group-news.ts"
import { GroupRefusal, type GroupRights } from "./group-rights.ts"
import { hasBlocked, isShown } from "./visibility.ts"

/** A change of members or their ranks. */
export type MemberAction = "add" | "remove" | "promote" | "demote"

/** The result of a change for one member. The error is a code of WhatsApp. */
export interface MemberResult {
  /** The jid in the request. */
  readonly jid: string
  readonly account: Account | undefined
  readonly error?: string
  /** The private invitation that the author may send in place of adding the account. */
  readonly invitation?: Invitation
}

/** What the groups of one network share. */
export interface GroupParts {
  readonly accounts: Accounts
  readonly groups: Groups
  readonly rights: GroupRights
  readonly news: GroupNews
  readonly settings: Settings
}

const INVITATION_SECONDS = 3 * 24 * 3600
/** Our choice; WhatsApp's is not known. */
const RECENTLY_SECONDS = 24 * 3600

/** The members of every group. */
export class GroupMembers {
  readonly #parts: GroupParts

  constructor(parts: GroupParts) {
    this.#parts = parts
  }

  /** Changes members. An author who may not change any is refused. */
  change(author: Account, id: string | undefined, action: MemberAction, jids: readonly string[]): MemberResult[] {
    const { groups, rights, news } = this.#parts
    const membersMayAdd = action === "add" && groups.get(id)?.memberAddMode === "all_member_add"
    const group = membersMayAdd ? rights.ofMember(author, id) : rights.ofAdmin(author, id)
    const results = jids.map((jid) =>
      action === "add" ? this.addOne(author, group, jid) : this.#changeOne(group, action, jid)
    )
    groups.save(group)
    const changed = results.flatMap(({ account, error }) =>
      account === undefined || error !== undefined ? [] : [account]
    )
    if (changed.length === 0) return results
    if (action === "add") news.added(author, group, changed)
    else news.members(author, group, action, changed)
    if (action === "add") this.joinCommunity(author, group)
    return results
  }

  /** Removes members from a community and from all its groups. */
  removeEverywhere(admin: Account, id: string | undefined, jids: readonly string[]): MemberResult[] {
    const { groups, rights, news } = this.#parts
    const community = rights.ofAdmin(admin, id)
    const results = jids.map((jid) => this.#changeOne(community, "remove", jid))
    for (const group of [...groups.linkedTo(community), community]) {
      const removed = results.flatMap(({ account, error }) => (error === undefined && account ? [account] : []))
      const here = removed.filter(({ number }) => group.members.delete(number) || group === community)
      groups.save(group)
      if (here.length > 0) news.members(admin, group, "remove", here)
    }
    return results
  }

  /** Leaves. When no admin is left, the oldest member becomes one. */
  leave(member: Account, id: string | undefined): void {
    const { accounts, groups, rights, news } = this.#parts
    const group = rights.ofMember(member, id)
    group.members.delete(member.number)
    group.leavers = (group.leavers ?? new Map<string, number>()).set(member.number, Number(unixSeconds()))
    groups.save(group)
    news.members(member, group, "remove", [member])
    const [oldest] = group.members.keys()
    const heir = accounts.find(oldest)
    if (heir === undefined || [...group.members.values()].some((rank) => rank !== "")) return
    group.members.set(heir.number, "admin")
    groups.save(group)
    news.members(heir, group, "promote", [heir])
  }

  /** Leaves a community and all its groups. */
  leaveCommunity(member: Account, id: string | undefined): void {
    const { groups, rights } = this.#parts
    const community = rights.ofMember(member, id)
    for (const group of groups.linkedTo(community)) if (group.members.has(member.number)) this.leave(member, group.id)
    this.leave(member, id)
  }

  /** Adds an account that comes by itself or was approved. Throws 419 when the group is full. */
  admit(author: Account, group: Group, account: Account): void {
    const { groups, news } = this.#parts
    if (group.members.has(account.number)) return
    if (this.#isFull(group)) throw new GroupRefusal("419")
    this.#enter(group, account)
    groups.save(group)
    news.added(author, group, [account])
    this.joinCommunity(author, group)
  }

  /** The members of a group become members of its community, and of the group that has the community's announcements. */
  joinCommunity(author: Account, group: Group): void {
    const { accounts, groups } = this.#parts
    const community = group.community === undefined ? groups.get(group.linkedParent) : group
    if (community === undefined) return
    const announcements = groups.linkedTo(community).find(({ role }) => role === "announcements")
    for (const number of group.members.keys()) {
      const member = accounts.find(number)
      for (const other of [community, announcements])
        if (member !== undefined && other !== undefined) this.admit(author, other, member)
    }
  }

  /** Puts one account into a group, if the author may add it. Neither saves the group nor tells of it. */
  addOne(author: Account, group: Group, jid: string): MemberResult {
    const account = this.#parts.accounts.find(jid)
    if (account === undefined) return { jid, account, error: "404" }
    if (group.members.has(account.number)) return { jid, account, error: "409" }
    if (this.#isFull(group)) return { jid, account, error: "419" }
    if (hasBlocked(account, author)) return { jid, account, error: "401" }
    const leftAt = group.leavers?.get(account.number) ?? 0
    if (Number(unixSeconds()) - leftAt < RECENTLY_SECONDS) return { jid, account, error: "408" }
    if (!isShown(account, "groupadd", author))
      return { jid, account, error: "403", invitation: invite(author, group, account) }
    this.#enter(group, account)
    return { jid, account }
  }

  #changeOne(group: Group, action: Exclude<MemberAction, "add">, jid: string): MemberResult {
    const account = this.#parts.accounts.find(jid)
    if (account === undefined || !group.members.has(account.number)) return { jid, account, error: "404" }
    // No admin can remove or demote the creator (our code; WhatsApp's is not known).
    if (group.members.get(account.number) === "superadmin") return { jid, account, error: "403" }
    if (action === "remove") group.members.delete(account.number)
    else group.members.set(account.number, action === "promote" ? "admin" : "")
    return { jid, account }
  }

  #enter(group: Group, { number }: Account): void {
    group.members.set(number, "")
    group.leavers?.delete(number)
    group.invitations?.delete(number)
    group.requests.delete(number)
  }

  #isFull({ members }: Group): boolean {
    return members.size >= this.#parts.settings.groupMembersMax
  }
}

function invite({ number }: Account, group: Group, account: Account): Invitation {
  const expiresAt = Number(unixSeconds()) + INVITATION_SECONDS
  const invitation = { code: randomBytes(8).toString("base64url"), expiresAt, admin: number }
  group.invitations = (group.invitations ?? new Map<string, Invitation>()).set(account.number, invitation)
  return invitation
}

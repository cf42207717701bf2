/**
 * Communities: groups of groups. WhatsApp makes a group for announcements with each community, and a general chat if the client asks for
 * one (communities.js communityCreate). Members of a linked group are members of the community.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Community, Group } from "../state/groups.ts"
import { element } from "../wire/stanza.ts"
import { newGroup, type GroupWishes } from "./group-creation.ts"
import type { GroupMembers, GroupParts } from "./group-members.ts"
import { GroupRefusal, isAdmin } from "./group-rights.ts"

/** What a client wants of a new community. */
export interface CommunityWishes extends Community {
  readonly withGeneralChat: boolean
}

/** Every community. */
export class Communities {
  readonly #parts: GroupParts
  readonly #members: GroupMembers

  constructor(parts: GroupParts, members: GroupMembers) {
    this.#parts = parts
    this.#members = members
  }

  /** Creates a community with its own groups. */
  create(author: Account, subject: string, wishes: CommunityWishes, group: GroupWishes): Group {
    const { approvalMode, membersMayCreateGroups } = wishes
    const community = { ...newGroup(author, subject, group), community: { approvalMode, membersMayCreateGroups } }
    const { id: linkedParent } = community
    const announcements = { ...newGroup(author, subject), linkedParent, role: "announcements" as const }
    announcements.flags.add("announcement")
    const all: Group[] = [community, announcements]
    if (wishes.withGeneralChat) all.push({ ...newGroup(author, "General"), linkedParent, role: "general" })
    for (const each of all) {
      this.#parts.groups.save(each)
      this.#parts.news.created(author, each)
    }
    return community
  }

  /** The community, for an account that may create a group in it: an admin, or every member where that is allowed. */
  open(author: Account, id: string | undefined): Group {
    const community = this.#parts.rights.ofMember(author, id)
    if (community.community === undefined) throw new GroupRefusal("404")
    if (!community.community.membersMayCreateGroups && !isAdmin(author, community)) throw new GroupRefusal("403")
    return community
  }

  /** The groups of a community, for one of its members. */
  groupsOf(member: Account, id: string | undefined): Group[] {
    return this.#parts.groups.linkedTo(this.#parts.rights.ofMember(member, id))
  }

  /** Links groups to a community. The author must be an admin of both. Returns the code of each failure, by jid. */
  link(admin: Account, id: string | undefined, jids: readonly string[]): Map<string, string | undefined> {
    const community = this.#communityOf(admin, id)
    return new Map(jids.map((jid) => [jid, codeOf(() => this.#linkOne(admin, community, jid))]))
  }

  /** Takes groups out of a community. Their members stay in both. */
  unlink(admin: Account, id: string | undefined, jids: readonly string[]): Map<string, string | undefined> {
    const community = this.#communityOf(admin, id)
    return new Map(jids.map((jid) => [jid, codeOf(() => this.#unlinkOne(admin, community, jid))]))
  }

  /** Tells the members of a community that a group is linked to it, and the members of the group to what it is linked. */
  announceLink(author: Account, community: Group, group: Group): void {
    this.#announce(author, community, group, (type, other) => element("link", { link_type: type }, [other]))
  }

  #communityOf(admin: Account, id: string | undefined): Group {
    const community = this.#parts.rights.ofAdmin(admin, id)
    if (community.community === undefined) throw new GroupRefusal("400")
    return community
  }

  #linkOne(admin: Account, community: Group, jid: string): void {
    const { groups, rights } = this.#parts
    const group = rights.ofAdmin(admin, jid)
    if (group.community !== undefined) throw new GroupRefusal("400")
    if (group.linkedParent !== undefined) throw new GroupRefusal("409")
    group.linkedParent = community.id
    groups.save(group)
    this.announceLink(admin, community, group)
    this.#members.joinCommunity(admin, group)
  }

  #unlinkOne(admin: Account, community: Group, jid: string): void {
    const { groups } = this.#parts
    const group = groups.get(jid)
    if (group === undefined || group.linkedParent !== community.id) throw new GroupRefusal("404")
    if (group.role !== undefined) throw new GroupRefusal("406")
    group.linkedParent = undefined
    groups.save(group)
    const attrs = { unlink_reason: "unlink_group" }
    this.#announce(admin, community, group, (type, other) =>
      element("unlink", { ...attrs, unlink_type: type }, [other])
    )
  }

  #announce(
    author: Account,
    community: Group,
    group: Group,
    change: (type: "sub_group" | "parent_group", other: BinaryNode) => BinaryNode
  ): void {
    const named = ({ id: jid, subject, subjectAt }: Group): BinaryNode =>
      element("group", { jid, subject, s_t: String(subjectAt) })
    this.#parts.news.tell(author, community, change("sub_group", named(group)))
    this.#parts.news.tell(author, group, change("parent_group", named(community)))
  }
}

/** The code with which an operation is refused. */
function codeOf(operation: () => void): string | undefined {
  try {
    operation()
    return undefined
  } catch (error) {
    if (error instanceof GroupRefusal) return error.code
    throw error
  }
}

/**
 * Everything that can be done to groups. Clients get here by iqs (iq/groups.ts), phones and contacts directly (people/person.ts). Each
 * operation checks the author, then changes the group, then tells its members. A refusal changes nothing.
 */
import type { Settings } from "../settings.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Group, Groups } from "../state/groups.ts"
import { Communities } from "./communities.ts"
import type { Delivery } from "./delivery.ts"
import { type GroupWishes, newGroup } from "./group-creation.ts"
import { GroupInvites } from "./group-invites.ts"
import { GroupMembers, type MemberResult } from "./group-members.ts"
import { GroupNews } from "./group-news.ts"
import { GroupRights } from "./group-rights.ts"
import { GroupSettings } from "./group-settings.ts"

/** A new group. */
export interface NewGroup extends GroupWishes {
  readonly subject: string
  /** Jids or numbers. */
  readonly members: readonly string[]
  /** The community in which it is created. */
  readonly parent?: string | undefined
  /** The key of the query, which the notification repeats. */
  readonly key?: string | undefined
}

/** The operations, by topic. */
export class GroupOperations {
  readonly rights: GroupRights
  readonly news: GroupNews
  readonly members: GroupMembers
  readonly settings: GroupSettings
  readonly invites: GroupInvites
  readonly communities: Communities
  readonly #groups: Groups

  constructor(accounts: Accounts, groups: Groups, delivery: Delivery, settings: Settings) {
    this.#groups = groups
    this.rights = new GroupRights(groups)
    this.news = new GroupNews(accounts, delivery)
    const parts = { accounts, groups, settings, rights: this.rights, news: this.news }
    this.members = new GroupMembers(parts)
    this.settings = new GroupSettings(this.rights, groups, this.news)
    this.invites = new GroupInvites(parts, this.members)
    this.communities = new Communities(parts, this.members)
  }

  /** Creates a group with the author as its superadmin. The results say which members could not be added. */
  create(author: Account, wanted: NewGroup): { readonly group: Group; readonly results: MemberResult[] } {
    const { subject, members, parent, key, ...wishes } = wanted
    const community = parent === undefined ? undefined : this.communities.open(author, parent)
    const group: Group = { ...newGroup(author, subject, wishes), linkedParent: community?.id }
    const others = members.filter((jid) => jid !== author.number)
    const results = others.map((jid) => this.members.addOne(author, group, jid))
    this.#groups.save(group)
    this.news.created(author, group, key)
    if (community !== undefined) {
      this.communities.announceLink(author, community, group)
      this.members.joinCommunity(author, group)
    }
    return { group, results: results.filter(({ account }) => account !== author) }
  }
}

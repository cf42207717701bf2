/**
 * Joining by an invite code, by a private invitation, or after a request that an admin approves. A code that was never one is refused with
 * 406, one that was revoked or has expired with 410 (whatsmeow errors.go).
 */
import { randomBytes } from "node:crypto"
import type { Account } from "../state/account.ts"
import type { Group } from "../state/groups.ts"
import { element, unixSeconds } from "../wire/stanza.ts"
import type { GroupMembers, GroupParts, MemberResult } from "./group-members.ts"
import { GroupRefusal, isAdmin } from "./group-rights.ts"
import { participantNode } from "./group-stanzas.ts"

/** Every way into a group that does not begin with an admin who adds the account. */
export class GroupInvites {
  readonly #parts: GroupParts
  readonly #members: GroupMembers

  constructor(parts: GroupParts, members: GroupMembers) {
    this.#parts = parts
    this.#members = members
  }

  /** The invite code, for an admin. `revoke` replaces it by a new one. */
  code(author: Account, id: string | undefined, revoke: boolean): string {
    const { groups, rights, news } = this.#parts
    const group = rights.ofMember(author, id)
    if (!isAdmin(author, group)) throw new GroupRefusal("401")
    if (revoke) {
      group.revokedCodes = (group.revokedCodes ?? new Set<string>()).add(group.inviteCode)
      group.inviteCode = newInviteCode()
      groups.save(group)
      news.tell(author, group, element("invite", { code: group.inviteCode }))
    }
    return group.inviteCode
  }

  /** The group to which a code leads. */
  byCode(code: string | undefined): Group {
    const { groups } = this.#parts
    const group = groups.byInviteCode(code)
    if (group === undefined) throw new GroupRefusal(groups.byRevokedCode(code) === undefined ? "406" : "410")
    return group
  }

  /** Joins by an invite code. Returns the group, and whether an admin must approve first. */
  join(account: Account, code: string | undefined): { group: Group; pending: boolean } {
    const { groups, news } = this.#parts
    const group = this.byCode(code)
    if (group.members.has(account.number)) return { group, pending: false }
    if (group.joinApproval) {
      group.requests.set(account.number, Number(unixSeconds()))
      groups.save(group)
      const attrs = { request_method: "invite_link" }
      const change = element("created_membership_requests", attrs, [participantNode(account)])
      news.tellAdmins(account, group, change, account)
      return { group, pending: true }
    }
    this.#members.admit(account, group, account)
    return { group, pending: false }
  }

  /** Joins by a private invitation (groups.js groupAcceptInviteV4). */
  accept(account: Account, id: string | undefined, code: string | undefined): void {
    const { accounts, groups } = this.#parts
    const group = groups.get(id)
    if (group === undefined) throw new GroupRefusal("404")
    const invitation = group.invitations?.get(account.number)
    if (invitation === undefined) throw new GroupRefusal("410")
    if (invitation.code !== code) throw new GroupRefusal("406")
    if (invitation.expiresAt < Number(unixSeconds())) throw new GroupRefusal("410")
    this.#members.admit(accounts.find(invitation.admin) ?? account, group, account)
  }

  /** Takes private invitations back. */
  withdraw(admin: Account, id: string | undefined, jids: readonly string[]): MemberResult[] {
    const { accounts, groups, rights } = this.#parts
    const group = rights.ofAdmin(admin, id)
    const results = jids.map((jid) => {
      const account = accounts.find(jid)
      const known = account !== undefined && group.invitations?.delete(account.number) === true
      return known ? { jid, account } : { jid, account, error: "404" }
    })
    groups.save(group)
    return results
  }

  /** Approves or rejects accounts that asked to join. */
  decide(admin: Account, id: string | undefined, approve: boolean, jids: readonly string[]): MemberResult[] {
    const { groups, rights } = this.#parts
    const group = rights.ofAdmin(admin, id)
    const results = jids.map((jid) => this.#decideOne(admin, group, approve, jid))
    groups.save(group)
    return results
  }

  #decideOne(admin: Account, group: Group, approve: boolean, jid: string): MemberResult {
    const { accounts, news } = this.#parts
    const account = accounts.find(jid)
    if (account === undefined || !group.requests.has(account.number)) return { jid, account, error: "404" }
    try {
      if (approve) this.#members.admit(admin, group, account)
    } catch (error) {
      if (error instanceof GroupRefusal) return { jid, account, error: error.code }
      throw error
    }
    group.requests.delete(account.number)
    if (!approve) {
      news.tellAdmins(admin, group, element("revoked_membership_requests", {}, [participantNode(account)]), account)
    }
    return { jid, account }
  }
}

/** A new invite code. */
export function newInviteCode(): string {
  return randomBytes(16).toString("base64url")
}

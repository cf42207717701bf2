/** The groups of a person, as its phone sees them, and what it does in them beside writing. */
import { InvalidRequest } from "../request-errors.ts"
import type { GroupOperations } from "../routing/group-operations.ts"
import { isAdmin } from "../routing/group-rights.ts"
import type { Account } from "../state/account.ts"
import type { Group, Groups, Rank } from "../state/groups.ts"

/** One group, for a member. */
export interface Membership {
  readonly id: string
  readonly subject: string
  readonly description?: string
  /** The own rank; empty for a plain member. */
  readonly rank: Rank
  /** Ranks by number. */
  readonly members: Readonly<Record<string, Rank>>
  /** `announcement` and `locked`, where they are on. */
  readonly flags: readonly string[]
  readonly ephemeralSeconds: number
  readonly joinApproval: boolean
  readonly memberAddMode: string
  readonly pictureId?: string
  readonly isCommunity: boolean
  readonly community?: string
  /** For admins: the numbers that asked to join. */
  readonly requests?: readonly string[]
}

/** What memberships need. */
export interface MembershipParts {
  readonly groups: Groups
  readonly groupOperations: GroupOperations
}

/** The groups of one person. Each change fails when the person may not make it. */
export class Memberships {
  readonly #account: Account
  readonly #parts: MembershipParts

  constructor(account: Account, parts: MembershipParts) {
    this.#account = account
    this.#parts = parts
  }

  get all(): Membership[] {
    return this.#parts.groups.of(this.#account).map((group) => this.#view(group))
  }

  /** One of its groups; undefined when it is no member. */
  find(id: string): Membership | undefined {
    return this.all.find((membership) => membership.id === id)
  }

  leave(id: string): void {
    this.#parts.groupOperations.members.leave(this.#account, id)
  }

  /** Joins by an invite code. Returns whether it is a member now, or an admin must approve first. */
  join(code: string): "joined" | "pending" {
    return this.#parts.groupOperations.invites.join(this.#account, code).pending ? "pending" : "joined"
  }

  /** Joins by a private invitation, which another account has sent it. */
  accept(id: string, code: string): void {
    this.#parts.groupOperations.invites.accept(this.#account, id, code)
  }

  /** The invite code of a group of which it is an admin. */
  inviteCode(id: string): string {
    return this.#parts.groupOperations.invites.code(this.#account, id, false)
  }

  /** Approves or rejects an account that asked to join. */
  decide(id: string, number: string, approve: boolean): void {
    const [result] = this.#parts.groupOperations.invites.decide(this.#account, id, approve, [number])
    if (result?.error !== undefined) throw new InvalidRequest(`${number} could not be decided on: ${result.error}`)
  }

  #view(group: Group): Membership {
    const { id, subject, description, members, flags, ephemeralSeconds, joinApproval, memberAddMode } = group
    return {
      id,
      subject,
      ...(description === undefined ? {} : { description: description.body }),
      rank: members.get(this.#account.number) ?? "",
      members: Object.fromEntries(members),
      flags: [...flags],
      ephemeralSeconds,
      joinApproval,
      memberAddMode,
      ...(group.picture === undefined ? {} : { pictureId: group.picture.id }),
      isCommunity: group.community !== undefined,
      ...(group.linkedParent === undefined ? {} : { community: group.linkedParent }),
      ...(isAdmin(this.#account, group) ? { requests: [...group.requests.keys()] } : {})
    }
  }
}

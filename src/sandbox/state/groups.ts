/**
 * The groups of the network: their members and settings. This file holds data that survives; what a member may do to a
 * group is in routing/group-operations.ts.
 */
import type { Account } from "./account.ts"
import type { Picture } from "./picture.ts"
import type { State } from "./store.ts"

/** A member's rank; a plain member has none. */
export type Rank = "" | "admin" | "superadmin"

/** What survives of a group. Change a field, then call `Groups.save`. */
export interface Group {
  /** `<digits>@g.us` */
  readonly id: string
  subject: string
  subjectOwner: string
  subjectAt: number
  readonly creator: string
  readonly createdAt: number
  /** Ranks of the members, by number. */
  readonly members: Map<string, Rank>
  /** Flags as the metadata names them: `announcement`, `locked`. */
  readonly flags: Set<string>
  description: { readonly id: string; readonly body: string; readonly owner: string; readonly at: number } | undefined
  inviteCode: string
  /** Seconds after which messages disappear; 0 for never. */
  ephemeralSeconds: number
  /** Whether an admin must approve an account that joins by invite. */
  joinApproval: boolean
  memberAddMode: string
  /** When an account asked to join, by number. */
  readonly requests: Map<string, number>
  /** Missing in older state folders, as is everything below. */
  picture?: Picture | undefined
  /** When a member left by itself, by number. */
  leavers?: Map<string, number>
  /** The private invitations that admins may send, by the number of the account that could not be added. */
  invitations?: Map<string, Invitation>
  /** Invite codes that an admin has replaced. */
  revokedCodes?: Set<string>
  /** The group is a community: it holds other groups, and carries no messages. */
  community?: Community
  /** The community that the group belongs to. */
  linkedParent?: string | undefined
  /** What the group is in its community, if WhatsApp made it with the community. */
  role?: "announcements" | "general"
}

/** A private invitation to a group (GroupInviteMessage). */
export interface Invitation {
  readonly code: string
  /** Unix seconds. */
  readonly expiresAt: number
  /** Number of the admin who tried to add the account. */
  readonly admin: string
}

/** What is particular to a community. */
export interface Community {
  /** `request_required`, or as a client asked for it. */
  readonly approvalMode: string | undefined
  readonly membersMayCreateGroups: boolean
}

/** Every group of the network. */
export class Groups {
  readonly #state: State
  readonly #groups = new Map<string, Group>()

  /** Loads what survived. */
  constructor(state: State) {
    this.#state = state
    for (const [id, group] of state.rows("group")) this.#groups.set(id, group as Group)
  }

  get(id: string | undefined): Group | undefined {
    return id === undefined ? undefined : this.#groups.get(id)
  }

  byInviteCode(code: string | undefined): Group | undefined {
    return [...this.#groups.values()].find((group) => group.inviteCode === code)
  }

  /** The groups of which an account is a member. */
  of(account: Account): Group[] {
    return [...this.#groups.values()].filter((group) => group.members.has(account.number))
  }

  /** The groups of a community, in the order in which they were added. */
  linkedTo(community: Group): Group[] {
    return [...this.#groups.values()].filter(({ linkedParent }) => linkedParent === community.id)
  }

  /** The group whose invite code this was until an admin replaced it. */
  byRevokedCode(code: string | undefined): Group | undefined {
    return code === undefined
      ? undefined
      : [...this.#groups.values()].find(({ revokedCodes }) => revokedCodes?.has(code))
  }

  /** Saves a group, new or changed. */
  save(group: Group): void {
    this.#groups.set(group.id, group)
    this.#state.put("group", group.id, group)
  }
}

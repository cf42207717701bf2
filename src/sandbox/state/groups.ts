/**
 * The groups of the network: who is in them and how they are set. Plain data that survives; what may be done to a group
 * is in group-operations.ts.
 */
import type { State } from "./store.ts"
import type { Account } from "./accounts.ts"

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
  /** Numbers of members and their ranks. */
  readonly members: Map<string, Rank>
  /** Flags as they stand in the metadata: `announcement`, `locked`. */
  readonly flags: Set<string>
  description: { readonly id: string; readonly body: string; readonly owner: string; readonly at: number } | undefined
  inviteCode: string
  /** Seconds after which messages disappear; 0 for never. */
  ephemeralSeconds: number
  /** Whether joining by invite needs an admin's yes. */
  joinApproval: boolean
  memberAddMode: string
  /** Numbers that asked to join. */
  readonly requests: Map<string, number>
}

/** The groups there are. */
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

  /** The groups somebody is in. */
  of(account: Account): Group[] {
    return [...this.#groups.values()].filter((group) => group.members.has(account.number))
  }

  /** Keeps a group, new or changed. */
  save(group: Group): void {
    this.#groups.set(group.id, group)
    this.#state.put("group", group.id, group)
  }
}

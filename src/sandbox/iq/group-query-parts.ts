import type { GroupOperations } from "../routing/group-operations.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Groups } from "../state/groups.ts"

/** What queries about groups need. */
export interface GroupQueryParts {
  readonly accounts: Accounts
  readonly groups: Groups
  readonly groupOperations: GroupOperations
}

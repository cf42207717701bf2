/**
 * Who may do what to a group, and with which code the server refuses. The codes of whole queries are those that whatsmeow names
 * (errors.go): 401 not an admin who may see the invite code, 403 not a member or not an admin, 404 no such group, 406 not an invite code,
 * 410 a code that was revoked or has expired, 419 the group is full.
 */
import { InvalidRequest } from "../request-errors.ts"
import type { Account } from "../state/account.ts"
import type { Group, Groups } from "../state/groups.ts"

const REFUSALS = {
  "400": "bad-request",
  "401": "not-authorized",
  "403": "forbidden",
  "404": "item-not-found",
  "406": "not-acceptable",
  "409": "conflict",
  "410": "gone",
  "419": "resource-limit"
} as const

/** The author may not do this, or there is no such group. The code is that of the iq error. */
export class GroupRefusal extends InvalidRequest {
  readonly code: keyof typeof REFUSALS

  constructor(code: GroupRefusal["code"]) {
    super(REFUSALS[code])
    this.code = code
  }
}

/** Finds a group for an account that wants to do something to it. Each method throws a `GroupRefusal` when the account may not. */
export class GroupRights {
  readonly #groups: Groups

  constructor(groups: Groups) {
    this.#groups = groups
  }

  /** The group, for one of its members. */
  ofMember(member: Account, id: string | undefined): Group {
    const group = this.#groups.get(id)
    if (group === undefined) throw new GroupRefusal("404")
    if (!group.members.has(member.number)) throw new GroupRefusal("403")
    return group
  }

  /** The group, for one of its admins. */
  ofAdmin(admin: Account, id: string | undefined): Group {
    const group = this.ofMember(admin, id)
    if (!isAdmin(admin, group)) throw new GroupRefusal("403")
    return group
  }

  /** The group, for an account that may change its subject, description and picture: a member, or only an admin when it is locked. */
  ofEditor(editor: Account, id: string | undefined): Group {
    const group = this.ofMember(editor, id)
    return group.flags.has("locked") ? this.ofAdmin(editor, id) : group
  }
}

/** Whether an account is an admin of the group, or its creator. */
export function isAdmin({ number }: Account, { members }: Group): boolean {
  return (members.get(number) ?? "") !== ""
}

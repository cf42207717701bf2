/** New groups, as their creator wants them. */
import { randomBytes } from "node:crypto"
import type { Account } from "../state/account.ts"
import type { Group } from "../state/groups.ts"
import { unixSeconds } from "../wire/stanza.ts"
import { newInviteCode } from "./group-invites.ts"
import { applyFlag, checkedSubject } from "./group-settings.ts"

/** What a client may set when it creates a group. */
export interface GroupWishes {
  readonly flags?: readonly string[]
  readonly description?: { readonly id: string; readonly body: string }
  readonly ephemeralSeconds?: number
  readonly joinApproval?: boolean
  readonly memberAddMode?: string
}

/** A group with the author as its only member. Nothing is saved. */
export function newGroup(author: Account, subject: string, wishes: GroupWishes = {}): Group {
  const now = Number(unixSeconds())
  const { number } = author
  const { description, ephemeralSeconds = 0, joinApproval = false, memberAddMode = "admin_add", flags = [] } = wishes
  const group: Group = {
    id: `120363${randomDigits(12)}@g.us`,
    subject: checkedSubject(subject),
    subjectOwner: number,
    subjectAt: now,
    creator: number,
    createdAt: now,
    members: new Map([[number, "superadmin"]]),
    flags: new Set(),
    description: description && { ...description, owner: number, at: now },
    inviteCode: newInviteCode(),
    ephemeralSeconds,
    joinApproval,
    memberAddMode,
    requests: new Map()
  }
  for (const flag of flags) applyFlag(group, flag)
  return group
}

function randomDigits(count: number): string {
  return Array.from(randomBytes(count), (byte) => String(byte % 10)).join("")
}

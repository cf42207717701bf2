/**
 * What is known of groups: events of the stream `roster/<device id>` (contact.ts says what that is).
 *
 * Each entry says what is new about its group and nothing else. Members are people by both names; their number is often not known.
 */
import { Schema } from "effect"
import { AsOf, PersonName } from "./contact.ts"
import { defineEvent, type EventOf } from "./definition.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const Rank = Schema.Literals(["member", "admin", "superadmin"])
export type Rank = typeof Rank.Type

/** `rank` null: no longer a member. */
export const MemberNews = Schema.Struct({ ...PersonName.fields, rank: Schema.NullOr(Rank) })
export type MemberNews = typeof MemberNews.Type

const Flag = Schema.optionalKey(Schema.Boolean)

const GroupFacts = {
  /** `…@g.us` */
  group: Schema.String,
  subject: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.NullOr(Schema.String)),
  owner: Schema.optionalKey(Schema.NullOr(PersonName)),
  createdAt: Schema.optionalKey(Count),
  /** Only admins may write. */
  announcement: Flag,
  /** Only admins may change subject, description and picture. */
  locked: Flag,
  /** An admin has to approve who joins by invite. */
  joinApproval: Flag,
  /** Every member may add others. */
  membersAdd: Flag,
  disappearingSeconds: Schema.optionalKey(Count),
  /** The community that the group is part of. */
  community: Schema.optionalKey(Schema.NullOr(Schema.String)),
  /** The account is a member. */
  isMember: Flag
}

export const GroupNews = Schema.Struct({ ...GroupFacts, members: Schema.optionalKey(Schema.Array(MemberNews)) })
export type GroupNews = typeof GroupNews.Type

export const GroupSynced = defineEvent(
  "group.synced",
  1,
  Schema.Struct({ groups: Schema.Array(GroupNews), asOf: AsOf }),
  "WhatsApp listed groups of the account, or a new one; this was not known yet. A large group comes in several events."
)

const author = { author: Schema.NullOr(PersonName) }

export const GroupUpdated = defineEvent(
  "group.updated",
  1,
  Schema.Struct({ ...GroupFacts, ...author, asOf: AsOf }),
  "A member changed a group: its subject, its description or its settings. Or the account joined or left it."
)

export const GroupMembersChanged = defineEvent(
  "group.members_changed",
  1,
  Schema.Struct({
    group: Schema.String,
    action: Schema.Literals(["add", "remove", "promote", "demote"]),
    ...author,
    members: Schema.Array(MemberNews),
    asOf: AsOf
  }),
  "Members joined or left a group, or became admins, or are no longer admins. `author` did it."
)

export const GroupJoinRequested = defineEvent(
  "group.join_requested",
  1,
  Schema.Struct({
    group: Schema.String,
    person: PersonName,
    /** `revoked`: the person took it back. `rejected`: an administrator refused it. */
    action: Schema.Literals(["created", "revoked", "rejected"]),
    ...author,
    /** How they came to ask: WhatsApp's word, such as `invite_link`. */
    method: Schema.NullOr(Schema.String),
    asOf: AsOf
  }),
  "A person asks to join a group that the account administers, or no longer does. `author`: who did it, such as the member who proposed the person."
)

export const groupEvents = [GroupSynced, GroupUpdated, GroupMembersChanged, GroupJoinRequested] as const

export type GroupEvent = EventOf<(typeof groupEvents)[number]>

/** Groups: what they are, who is in them, and what their administrators decide. */
import { Schema } from "effect"
import { PersonName } from "../../events/contact.ts"
import { MemberNews } from "../../events/group.ts"
import {
  Done,
  Flag,
  Group,
  InviteCode,
  optional,
  People,
  PersonResult,
  Picture,
  Seconds,
  textUpTo,
  Time
} from "./fields.ts"
import { change, read } from "./operation.ts"

const SUBJECT_MAX = 100
const DESCRIPTION_MAX = 2_048

/** `size`: the number of members, also where WhatsApp does not list them. `community`: the one that the group is part of. */
export const GroupInfo = Schema.Struct({
  group: Schema.String,
  subject: Schema.String,
  description: Schema.NullOr(Schema.String),
  owner: Schema.NullOr(PersonName),
  createdAt: Schema.NullOr(Time),
  size: Schema.Int,
  announcement: Flag,
  locked: Flag,
  joinApproval: Flag,
  membersAdd: Flag,
  disappearingSeconds: Seconds,
  community: Schema.NullOr(Schema.String),
  isCommunity: Flag,
  members: Schema.Array(MemberNews)
})
export type GroupInfo = typeof GroupInfo.Type

/** What the administrators decide. Only what is given changes. */
export const groupSettings = {
  announcement: optional(Flag.annotate({ description: "Only administrators may write." })),
  locked: optional(Flag.annotate({ description: "Only administrators may change subject, description and picture." })),
  joinApproval: optional(Flag.annotate({ description: "An administrator has to approve who joins by invitation." })),
  membersAdd: optional(Flag.annotate({ description: "Every member may add others." })),
  disappearingSeconds: optional(
    Seconds.annotate({ description: "After how many seconds new messages disappear; 0 for never." })
  )
}

export const JoinRequest = Schema.Struct({
  person: PersonName,
  requestedAt: Schema.NullOr(Time),
  /** How they came: such as `InviteLink` or `NonAdminAdd`. */
  method: Schema.NullOr(Schema.String),
  addedBy: Schema.NullOr(Schema.String)
})

const results = Schema.Struct({ results: Schema.Array(PersonResult) })
const subject = textUpTo(SUBJECT_MAX)

const membersChange = <const Name extends string>(name: Name, doc: string) =>
  change(name, { fields: { group: Group, members: People }, output: results, doc })

export const groupOperations = [
  read("group.list", {
    fields: {},
    output: Schema.Struct({ groups: Schema.Array(GroupInfo) }),
    doc: "Lists the groups that the account is a member of."
  }),
  read("group.get", { fields: { group: Group }, output: GroupInfo, doc: "Gets a group, with its members." }),
  change("group.create", {
    fields: {
      subject,
      members: Schema.Array(People.value),
      description: optional(textUpTo(DESCRIPTION_MAX)),
      community: optional(Group),
      ...groupSettings
    },
    output: Schema.Struct({ group: GroupInfo, results: Schema.Array(PersonResult) }),
    doc: "Creates a group, in a community if one is given, and sets what is given."
  }),
  change("group.leave", { fields: { group: Group }, output: Done, doc: "Leaves a group." }),
  change("group.rename", { fields: { group: Group, subject }, output: Done, doc: "Changes a group's subject." }),
  change("group.describe", {
    fields: { group: Group, description: Schema.NullOr(textUpTo(DESCRIPTION_MAX)) },
    output: Done,
    doc: "Changes a group's description; null deletes it."
  }),
  change("group.set", {
    fields: { group: Group, ...groupSettings },
    output: Done,
    doc: "Changes a group's settings: those that are given."
  }),
  change("group.set_picture", {
    fields: { group: Group, picture: Picture },
    output: Done,
    unrecorded: ["picture"],
    doc: "Changes a group's picture."
  }),
  change("group.remove_picture", { fields: { group: Group }, output: Done, doc: "Removes a group's picture." }),
  membersChange("group.add", "Adds people to a group."),
  membersChange("group.remove", "Removes members from a group."),
  membersChange("group.promote", "Makes members administrators."),
  membersChange("group.demote", "Takes the rank of administrator from members."),
  read("group.invite_code", {
    scope: "manage",
    fields: { group: Group },
    output: Schema.Struct({ code: Schema.String }),
    doc: "Gets the code of a group's invitation. Every person who has it can join."
  }),
  change("group.revoke_invite", {
    fields: { group: Group },
    output: Schema.Struct({ code: Schema.String }),
    doc: "Makes a group's invitation worthless, and returns the code of the next one."
  }),
  read("group.invite_info", {
    fields: { code: InviteCode },
    output: GroupInfo,
    doc: "Gets the group that an invitation leads to."
  }),
  change("group.join", {
    fields: { code: InviteCode },
    output: Schema.Struct({
      group: Schema.String,
      /** An administrator has to approve it. */
      isRequested: Flag
    }),
    doc: "Joins a group by invitation, or asks to."
  }),
  read("group.requests", {
    fields: { group: Group },
    output: Schema.Struct({ requests: Schema.Array(JoinRequest) }),
    doc: "Lists the people who ask to join a group."
  }),
  membersChange("group.approve", "Lets people join who asked to."),
  membersChange("group.reject", "Refuses people who asked to join.")
] as const

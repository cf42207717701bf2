/** Communities: groups of groups. A community is renamed, described, left and managed as a group is. */
import { Schema } from "effect"
import { Done, Flag, Group, optional, Seconds, textUpTo, Time } from "./fields.ts"
import { GroupInfo } from "./groups.ts"
import { change, read } from "./operation.ts"

export const communityOperations = [
  change("community.create", {
    fields: { subject: textUpTo(100), description: optional(textUpTo(2_048)) },
    output: GroupInfo,
    doc: "Creates a community, with its group for announcements."
  }),
  read("community.groups", {
    fields: { community: Group },
    output: Schema.Struct({
      groups: Schema.Array(
        Schema.Struct({
          group: Schema.String,
          subject: Schema.String,
          size: Schema.NullOr(Seconds),
          createdAt: Schema.NullOr(Time),
          isAnnouncements: Flag
        })
      )
    }),
    doc: "Lists the groups of a community."
  }),
  change("community.link", {
    fields: { community: Group, group: Group },
    output: Done,
    doc: "Makes a group part of a community."
  }),
  change("community.unlink", {
    fields: { community: Group, group: Group },
    output: Done,
    doc: "Takes a group out of a community."
  })
] as const

/** The account's own profile. */
import { Schema } from "effect"
import { Done, Picture, textUpTo } from "./fields.ts"
import { change } from "./operation.ts"

export const profileOperations = [
  change("profile.set_name", { fields: { name: textUpTo(25) }, output: Done, doc: "Changes the account's name." }),
  change("profile.set_about", {
    fields: { about: Schema.String.check(Schema.isMaxLength(139)) },
    output: Done,
    doc: "Changes the text beside the account's name; an empty text deletes it."
  }),
  change("profile.set_picture", {
    fields: { picture: Picture },
    output: Done,
    unrecorded: ["picture"],
    doc: "Changes the account's picture."
  }),
  change("profile.remove_picture", { fields: {}, output: Done, doc: "Removes the account's picture." })
] as const

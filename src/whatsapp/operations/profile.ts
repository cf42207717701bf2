/** The account's own profile, and what others may see of it. */
import { Schema } from "effect"
import { Done, Picture, Seconds, textUpTo } from "./fields.ts"
import { change, read } from "./operation.ts"

/** WhatsApp's names of what can be hidden, and from whom. */
export const PrivacySetting = Schema.Literals([
  "lastSeen",
  "online",
  "picture",
  "about",
  "readReceipts",
  "groupAdd",
  "calls",
  "messages"
])
export type PrivacySetting = typeof PrivacySetting.Type

export const PrivacyValue = Schema.Literals([
  "all",
  "contacts",
  "contact_blacklist",
  "none",
  "match_last_seen",
  "known"
])

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
  change("profile.remove_picture", { fields: {}, output: Done, doc: "Removes the account's picture." }),
  read("privacy.get", {
    fields: {},
    output: Schema.Struct({ settings: Schema.Record(Schema.String, Schema.String) }),
    doc: "Gets who may see what of the account."
  }),
  change("privacy.set", {
    fields: { setting: PrivacySetting, value: PrivacyValue },
    output: Done,
    doc: "Changes who may see one thing of the account."
  }),
  change("privacy.disappear", {
    fields: { seconds: Seconds },
    output: Done,
    doc: "Makes messages of new chats disappear after so many seconds; 0 for never."
  })
] as const

/** What others may see of the account. */
import { Schema } from "effect"
import { Done, Seconds } from "./fields.ts"
import { change, read } from "./operation.ts"

/** What can be hidden. */
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

/** WhatsApp's names of those whom it is shown. */
export const PrivacyValue = Schema.Literals([
  "all",
  "contacts",
  "contact_blacklist",
  "none",
  "match_last_seen",
  "known"
])

export const privacyOperations = [
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

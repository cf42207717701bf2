/** Calls: the gateway takes none, but can refuse one. */
import { Schema } from "effect"
import { Done, Flag, Person } from "./fields.ts"
import { change } from "./operation.ts"

export const callOperations = [
  change("call.reject", {
    fields: { callId: Schema.String.check(Schema.isPattern(/^[\w-]{1,80}$/)), from: Person },
    output: Done,
    doc: "Refuses a call that rings now."
  }),
  change("call.link", {
    fields: { video: Flag },
    output: Schema.Struct({ url: Schema.String }),
    doc: "Creates a link with which people can call each other."
  })
] as const

/** The kinds of events that a person filters by. */
import type { TextKey } from "../i18n/text.ts"
import { LINKING, MESSAGES, STATES } from "./event-types.ts"

export const kinds: readonly { readonly name: string; readonly word: TextKey; readonly types: readonly string[] }[] = [
  { name: "", word: "detail.all", types: [] },
  { name: "connection", word: "detail.connection", types: STATES },
  { name: "linking", word: "detail.linking", types: LINKING },
  { name: "messages", word: "detail.messages", types: MESSAGES }
]

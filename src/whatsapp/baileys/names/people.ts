/** People as the roster names them, from the jids that Baileys gives. Pure. */
import type { PersonName } from "../../../events/contact.ts"
import { accountOf as personAccountOf } from "../../../events/people.ts"
import { lidOfKey, numberOfKey } from "../../../events/roster-key.ts"
import { accountOf } from "../jid.ts"

type Jid = string | null | undefined

/** The person with these names; null where none of them is a person's. */
export const personIn = (...jids: readonly Jid[]): PersonName | null => {
  const accounts = jids.flatMap((jid) => (jid ? (personAccountOf(jid) ?? []) : []))
  const lid = accounts.map(lidOfKey).find((name) => name !== null) ?? null
  const number = accounts.map(numberOfKey).find((name) => name !== null) ?? null
  return lid === null && number === null ? null : { lid, number }
}

/** A chat as messages name it: the number first. */
export const chatIn = (...jids: readonly Jid[]): { readonly chat: string; readonly chatAlt: string | null } => {
  const person = personIn(...jids)
  if (person === null) return { chat: accountOf(jids.find((jid) => jid) ?? ""), chatAlt: null }
  const { lid, number } = person
  return number === null ? { chat: lid ?? "", chatAlt: null } : { chat: `${number}@s.whatsapp.net`, chatAlt: lid }
}

/** A person whom a client named by number, by jid or by LID. */
import type { PersonName } from "../../../events/contact.ts"
import { jidOf } from "../../jid.ts"
import { OperationUnfit } from "../../operations/failures.ts"
import { personIn } from "../names/people.ts"
import type { OperationContext } from "./handler.ts"

/** Both names, as far as they are known. WhatsApp is asked for the LID of a number that is new here. */
export const namesOf = async (
  { identities }: Pick<OperationContext, "identities">,
  given: string
): Promise<PersonName> => {
  const jid = jidOf(given)
  const known = personIn(...(await identities.bothNames(jid, null)))
  if (known === null) throw new OperationUnfit({ field: "person", reason: "is not the name of a person" })
  if (known.lid !== null || known.number === null) return known
  return { ...known, lid: await identities.lidOf(jid) }
}

export const numberJid = (number: string): string => `${number}@s.whatsapp.net`

/** Ids in the form of WhatsApp Web. Pure. */
import { webJid } from "./content.ts"

export interface WebId {
  readonly server: string
  readonly user: string
  readonly _serialized: string
}

export const webId = (jid: string): WebId => {
  const serialized = webJid(jid)
  const [user = "", server = ""] = serialized.split("@")
  return { server, user, _serialized: serialized }
}

/** The id of a person: by number where it is known. */
export const personId = ({ lid, number }: { readonly lid: string | null; readonly number: string | null }): string =>
  number === null ? (lid ?? "") : `${number}@s.whatsapp.net`

/** The account's own id; the device's while no number is linked. */
export const ownId = ({ number, id }: { readonly number: string | null; readonly id: string }): string =>
  number === null ? id : `${number}@c.us`

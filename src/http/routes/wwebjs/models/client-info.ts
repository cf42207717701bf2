/** The account of a session in the form of wwebjs' ClientInfo. Pure. */
import type { OwnAccount } from "../../../../application/own-account.ts"
import { personId, webId } from "../../../../webhooks/formats/wwebjs-ids.ts"

export const clientInfo = ({ lid, number, pushName, platform }: OwnAccount) => {
  const wid = webId(personId({ lid, number }))
  return { pushname: pushName ?? undefined, wid, me: wid, phone: wid.user, platform: platform ?? undefined }
}

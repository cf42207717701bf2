/** Asks WhatsApp which account has a number. */
import type { WASocket } from "@whiskeysockets/baileys"
import type { Recipient } from "../../whatsapp.ts"
import type { Identities } from "../names/identities.ts"

/** Null when no account has it. Rejects when WhatsApp does not answer. */
export const lookUpNumber = async (
  socket: WASocket,
  identities: Identities,
  number: string
): Promise<Recipient | null> => {
  const found = await socket.onWhatsApp(number)
  if (!found) throw new Error("Baileys has no answer")
  const [account] = found
  return account?.exists ? { jid: account.jid, lid: await identities.lidOf(account.jid) } : null
}

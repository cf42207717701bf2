/**
 * Fetches what Baileys needs to encrypt a message to one person: which devices there are, and keys for those that are new.
 *
 * Baileys 7.0.0-rc14 would fetch it within the account's transaction: until WhatsApp answers, the account could send nothing else and
 * decrypt nothing.
 */
import { isLidUser, jidNormalizedUser, type WASocket } from "@whiskeysockets/baileys"
import { isPerson, selfOf } from "../jid.ts"

/** Rejects when WhatsApp refuses or does not answer. In chats of several people there is nothing to do. */
export const prepare = async (socket: WASocket, chat: string): Promise<void> => {
  if (!isPerson(chat)) return
  const { jid, lid } = selfOf(socket)
  const own = jidNormalizedUser(isLidUser(chat) && lid !== "" ? lid : jid)
  const devices = await socket.getUSyncDevices([own, chat], true, false)
  await socket.assertSessions(devices.map((device) => device.jid))
}

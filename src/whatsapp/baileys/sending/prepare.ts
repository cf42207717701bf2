/**
 * Fetches what Baileys needs to encrypt a message to one person: which devices there are, and keys for those that are new.
 *
 * Baileys 7.0.0-rc14 would fetch it within the account's transaction: until WhatsApp answers, the account could send nothing else and
 * decrypt nothing.
 */
import { isLidUser, jidDecode, jidNormalizedUser, type WASocket } from "@whiskeysockets/baileys"
import { LRUCache } from "lru-cache"
import { isPerson, selfOf } from "../jid.ts"

/** To be awaited before each message to `chat`. Rejects when WhatsApp refuses or does not answer. */
export type Prepare = (chat: string) => Promise<void>

const CHATS_MAX = 1_000

/** Does nothing in chats of several people, nor while Baileys remembers the devices of a chat that was prepared on this connection. */
export const preparing = (socket: WASocket): Prepare => {
  const { userDevicesCache } = socket
  const prepared = new LRUCache<string, true>({ max: CHATS_MAX })
  const areKnown = async (jids: readonly string[]) => {
    const lists = await Promise.all(jids.map((jid) => userDevicesCache.get(jidDecode(jid)?.user ?? "")))
    return lists.every((list) => list !== undefined)
  }
  return async (chat) => {
    if (!isPerson(chat)) return
    const { jid, lid } = selfOf(socket)
    const own = jidNormalizedUser(isLidUser(chat) && lid !== "" ? lid : jid)
    if (prepared.has(chat) && (await areKnown([own, chat]))) return
    const devices = await socket.getUSyncDevices([own, chat], true, false)
    await socket.assertSessions(devices.map((device) => device.jid))
    prepared.set(chat, true)
  }
}

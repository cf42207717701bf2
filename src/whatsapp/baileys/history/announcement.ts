/** The messages with which the phone announces parts of its history. */
import { getHistoryMsg, proto, type WAMessage } from "@whiskeysockets/baileys"

export type Announcement = proto.Message.IHistorySyncNotification

/** Parts that bring messages, and that Baileys fetches unasked. */
const kinds = new Set<number | null | undefined>([
  proto.Message.HistorySyncType.INITIAL_BOOTSTRAP,
  proto.Message.HistorySyncType.RECENT
])

/** The part that a message announces; undefined for every other message, and when the message is not the account's own. */
export const announcedPart = ({ key, message }: WAMessage): Announcement | undefined => {
  const announcement = key.fromMe && message ? getHistoryMsg(message) : undefined
  return announcement && kinds.has(announcement.syncType) ? announcement : undefined
}

/** The messages with which the phone announces parts of its history. */
import { getHistoryMsg, proto, type WAMessage } from "@whiskeysockets/baileys"

export type Announcement = proto.Message.IHistorySyncNotification

const { INITIAL_BOOTSTRAP, RECENT, FULL, PUSH_NAME, NON_BLOCKING_DATA, ON_DEMAND } = proto.Message.HistorySyncType

/** Parts with messages, chats, or names of people. */
const kinds = new Set<number | null | undefined>([
  INITIAL_BOOTSTRAP,
  RECENT,
  FULL,
  PUSH_NAME,
  NON_BLOCKING_DATA,
  ON_DEMAND
])

/** The part that a message announces; undefined for every other message, and when the message is not the account's own. */
export const announcedPart = ({ key, message }: WAMessage): Announcement | undefined => {
  const announcement = key.fromMe && message ? getHistoryMsg(message) : undefined
  return announcement && kinds.has(announcement.syncType) ? announcement : undefined
}

/** What is new about a chat, compared with what is known. Pure. */
import type { ChatNews } from "../../../events/chat.ts"
import type { Chat } from "../../../store/roster/chats.ts"
import type { ChatChange, Told } from "../../../whatsapp/roster.ts"

type Plain = Pick<
  ChatNews,
  "name" | "markedUnread" | "archived" | "pinnedAt" | "mutedUntil" | "readOnly" | "locked" | "disappearingSeconds"
>

const plainOf = (chat: Chat | undefined): Required<Plain> => ({
  name: chat?.name ?? null,
  markedUnread: chat?.isMarkedUnread ?? false,
  archived: chat?.isArchived ?? false,
  pinnedAt: chat?.pinnedAt ?? null,
  mutedUntil: chat?.mutedUntil ?? null,
  readOnly: chat?.isReadOnly ?? false,
  locked: chat?.isLocked ?? false,
  disappearingSeconds: chat?.disappearingSeconds ?? 0
})

const PLAIN = Object.keys(plainOf(undefined)) as readonly (keyof Plain)[]

/**
 * Undefined where nothing is new. `known`: the chat under its key. `before`: the chat as known by number alone, where `said` names the
 * LID as well; it goes on under the LID.
 */
export const chatNews = (
  said: ChatChange,
  known: Chat | undefined,
  before: Chat | undefined,
  told: Told
): ChatNews | undefined => {
  const carried = before === undefined || before.isMoved || !before.isListed ? undefined : before
  const is = plainOf(known)
  const was = plainOf(carried)
  const nothing = plainOf(undefined)
  const isOld = told === "history" && (known?.isTold === true || carried?.isTold === true)
  const news: Record<string, unknown> = {}
  for (const field of PLAIN) {
    const otherwise = is[field] === nothing[field] ? was[field] : is[field]
    const value = said[field] === undefined || isOld ? otherwise : said[field]
    if (value !== is[field]) news[field] = value
  }
  const activeAt = Math.max(said.lastMessageAt ?? 0, carried?.activeAt ?? 0)
  if (activeAt > (known?.activeAt ?? 0)) news.lastMessageAt = activeAt
  const unread = unreadNews(said, known, carried)
  if (unread !== undefined) news.unread = unread
  const isNew = Object.keys(news).length > 0 || carried !== undefined
  return isNew ? { chat: said.chat, chatAlt: said.chatAlt, ...news } : undefined
}

/**
 * With no message that is newer than before, the number of unread ones only falls: what says that it rose is old, such as a part of the
 * history that comes once more.
 */
const unreadNews = (
  said: ChatChange,
  known: Chat | undefined,
  carried: Chat | undefined
): ChatNews["unread"] | undefined => {
  const activeAt = Math.max(said.lastMessageAt ?? 0, known?.activeAt ?? 0, carried?.activeAt ?? 0)
  const waiting = (known?.unread ?? 0) + (carried?.unread ?? 0)
  const count = said.isRead === true ? { count: 0, at: activeAt } : noLaterThan(activeAt, said.unread)
  if (count !== undefined && (count.count > 0 || waiting > 0) && isNewCount(count, known?.counted)) return count
  return carried !== undefined && carried.unread > 0 ? { count: waiting, at: activeAt } : undefined
}

/** What comes after the last known message, in the same second, is unknown. */
const noLaterThan = (activeAt: number, unread: ChatNews["unread"]): ChatNews["unread"] =>
  unread?.count === 0 && activeAt > 0 ? { count: 0, at: Math.min(activeAt, unread.at) } : unread

const isNewCount = (said: NonNullable<ChatNews["unread"]>, known: Chat["counted"] | undefined): boolean => {
  if (!known) return true
  return said.at > known.at || (said.at === known.at && said.count < known.count)
}

export const chatAfter = (key: string, known: Chat | undefined, news: ChatNews): Chat => {
  const is = plainOf(known)
  return {
    key,
    name: news.name === undefined ? is.name : news.name,
    activeAt: news.lastMessageAt ?? known?.activeAt ?? null,
    unread: news.unread?.count ?? known?.unread ?? 0,
    counted: news.unread ?? known?.counted ?? null,
    isMarkedUnread: news.markedUnread ?? is.markedUnread,
    isListed: known === undefined || known.isListed || news.lastMessageAt !== undefined,
    isMoved: false,
    isTold: known?.isTold === true || PLAIN.some((field) => news[field] !== undefined),
    deletedAt: known?.deletedAt ?? null,
    clearedAt: known?.clearedAt ?? null,
    isArchived: news.archived ?? is.archived,
    pinnedAt: news.pinnedAt === undefined ? is.pinnedAt : news.pinnedAt,
    mutedUntil: news.mutedUntil === undefined ? is.mutedUntil : news.mutedUntil,
    isReadOnly: news.readOnly ?? is.readOnly,
    isLocked: news.locked ?? is.locked,
    disappearingSeconds: news.disappearingSeconds ?? is.disappearingSeconds
  }
}

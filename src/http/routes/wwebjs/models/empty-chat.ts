/** A chat in which nothing was written yet. Pure. */
import { type ChatView, kindOf } from "../../../../application/chats.ts"
import type { Person } from "../../../../application/names.ts"

export const emptyChat = (key: string, person: Person | null, title: string | null): ChatView => ({
  key,
  kind: kindOf(key),
  person,
  title,
  name: null,
  activeAt: null,
  unread: 0,
  counted: null,
  isMarkedUnread: false,
  isListed: true,
  isTold: false,
  isMoved: false,
  deletedAt: null,
  clearedAt: null,
  isArchived: false,
  pinnedAt: null,
  mutedUntil: null,
  isReadOnly: false,
  isLocked: false,
  disappearingSeconds: 0,
  labels: [],
  lastMessage: null
})

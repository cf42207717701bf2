import type { Chat } from "../../api/models.ts"
import { lineOf } from "../../i18n/message.ts"
import { exactTime, shortTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { chatName, personName } from "../../state/chat-name.ts"
import { memo } from "../memo.ts"
import "./chat-row.css"

interface Props {
  readonly chat: Chat
  readonly address: string
  readonly isOpen: boolean
}

/** A chat in the list: who, what was said last, and how much is unread. */
export const ChatRow = memo(({ chat, address, isOpen }: Props) => {
  const { lastActivityAt, unread, markedUnread, pinnedAt, archived, muted } = chat
  return (
    <li class={`chat-row ${unread > 0 || markedUnread ? "unread" : ""}`}>
      <a href={address} aria-current={isOpen ? "true" : undefined}>
        <span class="name">{chatName(chat)}</span>
        {lastActivityAt !== null && (
          <time dateTime={lastActivityAt} title={exactTime(lastActivityAt)}>
            {shortTime(lastActivityAt)}
          </time>
        )}
        <span class="last">{lastLine(chat)}</span>
        <span class="marks">
          {pinnedAt !== null && <span>{text("conversations.pinned")}</span>}
          {muted && <span>{text("conversations.muted")}</span>}
          {archived && <span>{text("conversations.archived")}</span>}
          {unread > 0 && (
            <span class="count">
              <span aria-hidden="true">{unread}</span>
              <span class="out-of-sight">{text("conversations.unread", { count: unread })}</span>
            </span>
          )}
          {unread === 0 && markedUnread && (
            <span class="count" title={text("conversations.markedUnread")}>
              <span class="out-of-sight">{text("conversations.markedUnread")}</span>
            </span>
          )}
        </span>
      </a>
    </li>
  )
})

const lastLine = ({ kind, lastMessage }: Chat): string => {
  if (lastMessage === null) return ""
  const { fromMe, sender, deleted, preview } = lastMessage
  const line = deleted ? text("conversations.deleted") : lineOf(lastMessage.kind, preview)
  if (fromMe) return `${text("conversations.you")}: ${line}`
  return kind === "group" && sender ? `${personName(sender)}: ${line}` : line
}

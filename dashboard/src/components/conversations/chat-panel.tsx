import { useComputed } from "@preact/signals"
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { markRead, reactTo } from "../../api/conversations.ts"
import type { ChatMessage } from "../../api/models.ts"
import { lineOf } from "../../i18n/message.ts"
import { groupedNumber } from "../../i18n/phone.ts"
import { text } from "../../i18n/text.ts"
import { useChatMessages } from "../../state/chat-messages.ts"
import { addressee, chatName, personName, referenceName } from "../../state/chat-name.ts"
import type { Listen } from "../../state/device-events.ts"
import { failed } from "../../state/notice.ts"
import { outgoingOf } from "../../state/outgoing.ts"
import { may } from "../../state/session.ts"
import { isVisible } from "../../state/visible.ts"
import { Composer } from "./composer.tsx"
import { MessageList } from "./message-list.tsx"
import { ProblemNote } from "../problem-note.tsx"
import "./chat-panel.css"

interface Props {
  readonly device: string
  /** A telephone number, or the jid or LID of a person or a group. */
  readonly reference: string
  readonly sought: string | undefined
  /** The address of the list, for screens that show one of the two. */
  readonly back: string
  readonly listen: Listen
}

/** One chat: its messages, and what is written into it. Give it the device and the chat as its key. */
export const ChatPanel = ({ device, reference, sought, back, listen }: Props) => {
  const { chat, messages, isLoaded, hasOlder, failure, older, refresh } = useChatMessages(device, reference, listen)
  const outgoing = useComputed(() => outgoingOf(device, reference).value).value
  const [quoted, setQuoted] = useState<ChatMessage>()
  const sent = useCallback(() => void refresh(), [refresh])
  const id = chat?.id
  const isUnseen = (chat?.unread ?? 0) > 0 && isVisible.value
  useEffect(() => {
    // What cannot be marked now, such as while the device is stopped, stays unread.
    if (id !== undefined && isUnseen && may("send")) void markRead(device, id).catch(() => {})
  }, [device, id, isUnseen, chat?.unread])
  const react = useCallback(
    (message: ChatMessage, emoji: string | null) =>
      void reactTo(device, id ?? reference, message.id, emoji)
        .then(refresh)
        .catch(failed),
    [device, id, reference, refresh]
  )
  const mayWrite = may("send") && chat?.readOnly !== true
  const name = chat ? chatName(chat) : referenceName(reference)
  const number = chat?.person?.number
  return (
    <section class="chat-panel" aria-label={name}>
      <header>
        <a class="back" href={back}>
          <span aria-hidden="true">‹</span> {text("conversations.back")}
        </a>
        <h2>{name}</h2>
        {number != null && chat?.name != null && <span class="quiet">{groupedNumber(number)}</span>}
      </header>
      <ProblemNote failure={failure} />
      {isLoaded ? (
        <MessageList
          messages={messages}
          outgoing={outgoing}
          hasOlder={hasOlder}
          older={older}
          isGroup={chat?.kind === "group"}
          sought={sought}
          deeds={mayWrite ? { reply: setQuoted, react } : undefined}
          sent={sent}
        />
      ) : (
        <p class="message-list quiet" role="status">
          {failure === undefined && text("conversations.loading")}
        </p>
      )}
      {isLoaded && messages.length === 0 && outgoing.length === 0 && (
        <p class="none">{text("conversations.noMessages")}</p>
      )}
      <Arrivals messages={messages} />
      {mayWrite ? (
        <Composer
          device={device}
          chat={reference}
          to={chat ? addressee(chat) : reference}
          quoted={quoted}
          unquote={() => setQuoted(undefined)}
          sent={sent}
        />
      ) : (
        <p class="none">{text(may("send") ? "conversations.readOnly" : "conversations.mayNotSend")}</p>
      )}
    </section>
  )
}

/** Says new messages to those who cannot see them. */
const Arrivals = ({ messages }: { readonly messages: readonly ChatMessage[] }) => {
  const last = messages.findLast(({ fromMe }) => !fromMe)
  // Those that were there when the chat was opened are not new.
  const old = useRef<string | undefined>(undefined)
  if (old.current === undefined && messages.length > 0) old.current = last?.id ?? ""
  const isNew = last !== undefined && last.id !== old.current
  return (
    <p class="out-of-sight" aria-live="polite">
      {isNew &&
        last.sender &&
        text("conversations.arrived", { name: personName(last.sender), text: lineOf(last.kind, last.summary) })}
    </p>
  )
}

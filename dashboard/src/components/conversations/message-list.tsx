import { Fragment } from "preact"
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import type { ChatMessage } from "../../api/models.ts"
import { dayOf } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { keyOf } from "../../state/chat-messages.ts"
import { discardListed, isListed, type Outgoing } from "../../state/outgoing.ts"
import { useStickToEnd } from "../../state/stick-to-end.ts"
import { Button } from "../button.tsx"
import type { Deeds } from "./message-actions.tsx"
import { MessageBubble } from "./message-bubble.tsx"
import { OutgoingBubble } from "./outgoing-bubble.tsx"
import "./message-list.css"

interface Props {
  readonly messages: readonly ChatMessage[]
  readonly outgoing: readonly Outgoing[]
  readonly hasOlder: boolean
  readonly older: () => void
  readonly isGroup: boolean
  /** The id of the message that the address leads to. */
  readonly sought: string | undefined
  readonly deeds: Deeds | undefined
  readonly sent: () => void
}

/** The messages of a chat, the newest at the bottom, with the days between them. */
export const MessageList = ({ messages, outgoing, hasOlder, older, isGroup, sought, deeds, sent }: Props) => {
  const scroller = useRef<HTMLDivElement>(null)
  const { isAtEnd, toEnd } = useStickToEnd(scroller, messages[0] && keyOf(messages[0]), older)
  const [reached, setReached] = useState<string>()
  const isReached = reached === sought || messages.some(({ id }) => id === sought)
  useEffect(() => {
    if (!isReached || sought === undefined) return
    // Senders choose the ids of their messages: several may have the same.
    const row = scroller.current?.querySelector<HTMLElement>(".message-bubble.sought")
    row?.scrollIntoView({ block: "center" })
    row?.focus({ preventScroll: true })
    // A list that is cut later does not look for it again.
    setReached(sought)
  }, [isReached, sought])
  const listed = useMemo(() => new Set(messages.map(({ id }) => id)), [messages])
  useEffect(() => discardListed(outgoing, listed), [outgoing, listed])
  const last = outgoing.at(-1)?.key
  useEffect(() => {
    if (last !== undefined) toEnd()
  }, [last, toEnd])
  const isMissing = sought !== undefined && !isReached
  useEffect(() => {
    if (isMissing && hasOlder && messages.length < SOUGHT_MAX) older()
  }, [isMissing, hasOlder, messages.length, older])
  return (
    <div class="message-list">
      <div ref={scroller} class="scroller" tabIndex={0} role="region" aria-label={text("conversations.messages")}>
        <ol>
          {hasOlder && (
            <li class="older">
              <Button press={older}>{text("conversations.older")}</Button>
            </li>
          )}
          {isMissing && (!hasOlder || messages.length >= SOUGHT_MAX) && (
            <li class="older" role="status">
              {text("conversations.notFound")}
            </li>
          )}
          {messages.map((message, at) => {
            const day = dayIn(message)
            return (
              <Fragment key={keyOf(message)}>
                {day !== undefined && day !== dayIn(messages[at - 1]) && (
                  <li class="day">
                    <span>{day}</span>
                  </li>
                )}
                <MessageBubble message={message} isSigned={isGroup} isSought={message.id === sought} deeds={deeds} />
              </Fragment>
            )
          })}
          {outgoing
            .filter((each) => !isListed(each, listed))
            .map((each) => (
              <OutgoingBubble key={each.key} outgoing={each} sent={sent} />
            ))}
        </ol>
      </div>
      {!isAtEnd && (
        <div class="to-end">
          <Button press={toEnd}>↓ {text("conversations.toEnd")}</Button>
        </div>
      )}
    </div>
  )
}

/** A message further back is not looked for. */
const SOUGHT_MAX = 1_000

const dayIn = (message: ChatMessage | undefined): string | undefined =>
  message?.sentAt == null ? undefined : dayOf(message.sentAt)

import type { ChatMessage } from "../../api/models.ts"
import { failureText, lineOf } from "../../i18n/message.ts"
import { exactTime, timeOfDay } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { personName } from "../../state/chat-name.ts"
import { type Deeds, MessageActions } from "./message-actions.tsx"
import { hasFile, MessageMedia } from "./message-media.tsx"
import { MessageText } from "./message-text.tsx"
import { MessageTicks } from "./message-ticks.tsx"
import "./message-bubble.css"

interface Props {
  readonly message: ChatMessage
  /** Who wrote it is shown: in groups. */
  readonly isSigned: boolean
  /** The address leads to it. */
  readonly isSought: boolean
  /** Undefined where nothing can be sent. */
  readonly deeds: Deeds | undefined
}

/** A message: what it answers, what it says, its reactions, and how far it has come. */
export const MessageBubble = ({ message, isSigned, isSought, deeds }: Props) => {
  const { fromMe, sender, quote, sentAt, status, editedAt, deletedAt } = message
  const why = failureText(message)
  return (
    <li class={`message-bubble ${fromMe ? "own" : ""} ${isSought ? "sought" : ""}`} tabIndex={-1}>
      <div class="body">
        {fromMe ? (
          <span class="out-of-sight">{text("conversations.you")}</span>
        ) : (
          sender && <span class={isSigned ? "sender" : "out-of-sight"}>{personName(sender)}</span>
        )}
        {quote && (
          <blockquote>
            <span class="out-of-sight">{text("conversations.quoted")} </span>
            {lineOf(quote.kind ?? "", quote.text) || "…"}
          </blockquote>
        )}
        <Content message={message} />
        <div class="foot">
          {editedAt !== null && deletedAt === null && <span>{text("conversations.edited")}</span>}
          {sentAt !== null && (
            <time dateTime={sentAt} title={exactTime(sentAt)}>
              {timeOfDay(sentAt)}
            </time>
          )}
          {fromMe && status !== null && <MessageTicks status={status} />}
          {deeds && deletedAt === null && <MessageActions message={message} deeds={deeds} />}
        </div>
        {why !== undefined && (
          <p class="why">
            {text("conversations.notSent")}. {why}
          </p>
        )}
      </div>
      <Reactions message={message} />
    </li>
  )
}

const Content = ({ message }: { readonly message: ChatMessage }) => {
  const { kind, text: words, summary, deletedAt } = message
  if (deletedAt !== null) return <p class="gone">{text("conversations.deleted")}</p>
  if (summary === null) return <p class="gone">{text("conversations.erased")}</p>
  const isFile = hasFile(message)
  return (
    <>
      {isFile && <MessageMedia message={message} />}
      {words === null ? !isFile && <p class="words">{lineOf(kind, summary)}</p> : <MessageText words={words} />}
    </>
  )
}

const Reactions = ({ message }: { readonly message: ChatMessage }) => {
  const { reactions } = message
  if (reactions.length === 0) return null
  const byEmoji = [...Map.groupBy(reactions, ({ emoji }) => emoji)]
  const namesOf = (given: typeof reactions): string =>
    given.map(({ person }) => (person ? personName(person) : text("conversations.you"))).join(", ")
  return (
    <ul class="reactions" aria-label={text("conversations.reactions")}>
      {byEmoji.map(([emoji, given]) => (
        <li key={emoji} title={namesOf(given)}>
          <span aria-hidden="true">
            {emoji}
            {given.length > 1 && ` ${given.length}`}
          </span>
          <span class="out-of-sight">{text("conversations.reactedBy", { emoji, names: namesOf(given) })}</span>
        </li>
      ))}
    </ul>
  )
}

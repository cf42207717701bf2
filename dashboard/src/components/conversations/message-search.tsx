import { lineOf } from "../../i18n/message.ts"
import { exactTime, shortTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { chatName } from "../../state/chat-name.ts"
import { useFoundMessages } from "../../state/found-messages.ts"
import { Button } from "../button.tsx"
import { ProblemNote } from "../problem-note.tsx"

interface Props {
  readonly device: string
  readonly words: string
  readonly addressOf: (chat: string, message: string) => string
}

/** Messages with these words; each leads to its place in its chat. */
export const MessageSearch = ({ device, words, addressOf }: Props) => {
  const { messages, hasMore, failure, more } = useFoundMessages(device, words)
  if (words === "") return <p class="none">{text("conversations.searchHint")}</p>
  return (
    <>
      <ProblemNote failure={failure} />
      <p class="out-of-sight" role="status">
        {messages === undefined && failure === undefined && text("conversations.loading")}
      </p>
      {messages?.length === 0 && !hasMore && (
        <p class="none" role="status">
          {text("conversations.noMessageFound")}
        </p>
      )}
      <ul aria-label={text("conversations.inMessages")}>
        {messages?.map(({ id, position, chat, fromMe, kind, summary, sentAt }) => (
          <li key={`${position} ${id}`} class="chat-row">
            <a href={addressOf(chat.id, id)}>
              <span class="name">{chatName(chat)}</span>
              {sentAt !== null && (
                <time dateTime={sentAt} title={exactTime(sentAt)}>
                  {shortTime(sentAt)}
                </time>
              )}
              <span class="last">
                {fromMe && `${text("conversations.you")}: `}
                {lineOf(kind, summary)}
              </span>
            </a>
          </li>
        ))}
      </ul>
      {hasMore && (
        <div class="more">
          <Button press={more}>{text("conversations.more")}</Button>
        </div>
      )}
    </>
  )
}

import { useEffect } from "preact/hooks"
import { text } from "../../i18n/text.ts"
import { useChatList } from "../../state/chat-list.ts"
import { chatName, namesOf } from "../../state/chat-name.ts"
import type { Listen } from "../../state/device-events.ts"
import { hasWords } from "../../state/matching.ts"
import { Button } from "../button.tsx"
import { ChatRow } from "./chat-row.tsx"
import { ProblemNote } from "../problem-note.tsx"

interface Props {
  readonly device: string
  /** The chat that is open, as the address names it. */
  readonly open: string | undefined
  /** Only chats with these words in their name or number. */
  readonly words: string
  readonly addressOf: (chat: string) => string
  readonly listen: Listen
}

/** The chats of a device, the last active first. Give it the device as its key. */
export const ChatList = ({ device, open, words, addressOf, listen }: Props) => {
  const { chats, isLoaded, hasMore, failure, more } = useChatList(device, listen)
  const shown =
    words === "" ? chats : chats.filter((chat) => hasWords(words, chatName(chat), chat.person?.number ?? null))
  useEffect(() => {
    // The names are those of all chats, so all of them have to be here.
    if (words !== "" && hasMore) more()
  }, [words, hasMore, chats.length, more])
  return (
    <>
      <ProblemNote failure={failure} />
      {!isLoaded && failure === undefined && <p role="status">{text("conversations.loading")}</p>}
      {isLoaded && chats.length === 0 && <p class="none">{text("conversations.noChats")}</p>}
      {chats.length > 0 && shown.length === 0 && !hasMore && (
        <p class="none" role="status">
          {text("conversations.noneFound")}
        </p>
      )}
      <ul aria-label={text("conversations.list")}>
        {shown.map((chat) => (
          <ChatRow
            key={chat.id}
            chat={chat}
            address={addressOf(chat.id)}
            isOpen={open !== undefined && namesOf(chat).has(open)}
          />
        ))}
      </ul>
      {hasMore && words === "" && (
        <div class="more">
          <Button press={more}>{text("conversations.more")}</Button>
        </div>
      )}
    </>
  )
}

import { useId, useLayoutEffect, useRef, useState } from "preact/hooks"
import type { ChatMessage } from "../../api/models.ts"
import { lineOf } from "../../i18n/message.ts"
import { text } from "../../i18n/text.ts"
import { writeToClipboard } from "../../state/clipboard.ts"
import { placeBelow } from "../place-below.ts"
import "./message-actions.css"

const EMOJIS = ["👍", "❤️", "😂", "😮", "😢", "🙏"]

export interface Deeds {
  readonly reply: (message: ChatMessage) => void
  /** `emoji` null takes the own reaction back. */
  readonly react: (message: ChatMessage, emoji: string | null) => void
}

/** A button that opens what can be done with a message. */
export const MessageActions = ({ message, deeds }: { readonly message: ChatMessage; readonly deeds: Deeds }) => {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const popover = useRef<HTMLDivElement>(null)
  const [isOpen, setOpen] = useState(false)
  useLayoutEffect(() => {
    if (!isOpen) return
    placeBelow(button.current, popover.current)
    popover.current?.querySelector("button")?.focus()
  }, [isOpen])
  const { text: words, kind, summary, reactions } = message
  const own = reactions.find(({ person }) => person === null)?.emoji
  const act = (work: () => void) => () => {
    popover.current?.hidePopover()
    work()
  }
  return (
    <span class="message-actions">
      <button
        ref={button}
        type="button"
        aria-label={text("conversations.actions", { text: lineOf(kind, summary).slice(0, 40) })}
        popovertarget={id}
      >
        ⋯
      </button>
      <div ref={popover} id={id} popover="auto" class="menu" onToggle={({ newState }) => setOpen(newState === "open")}>
        {isOpen && (
          <>
            <div class="emojis">
              {EMOJIS.map((emoji) => (
                <button
                  key={emoji}
                  type="button"
                  aria-label={text("conversations.react", { emoji })}
                  aria-pressed={emoji === own}
                  onClick={act(() => deeds.react(message, emoji === own ? null : emoji))}
                >
                  {emoji}
                </button>
              ))}
            </div>
            {own !== undefined && (
              <button type="button" onClick={act(() => deeds.react(message, null))}>
                {text("conversations.unreact")}
              </button>
            )}
            <button type="button" onClick={act(() => deeds.reply(message))}>
              {text("conversations.reply")}
            </button>
            {words !== null && (
              <button type="button" onClick={act(() => void writeToClipboard(words))}>
                {text("conversations.copyText")}
              </button>
            )}
          </>
        )}
      </div>
    </span>
  )
}

import { useEffect, useRef, useState } from "preact/hooks"
import type { ChatMessage } from "../../api/models.ts"
import { lineOf } from "../../i18n/message.ts"
import { sizeOf } from "../../i18n/size.ts"
import { text } from "../../i18n/text.ts"
import { personName } from "../../state/chat-name.ts"
import { useDraft } from "../../state/drafts.ts"
import { lastCallOf, send } from "../../state/outgoing.ts"
import { Button } from "../button.tsx"
import { CopyCall } from "../copy-call.tsx"
import "./composer.css"

interface Props {
  readonly device: string
  /** The chat as the address names it. */
  readonly chat: string
  /** What messages to the chat are sent to. */
  readonly to: string
  readonly quoted: ChatMessage | undefined
  readonly unquote: () => void
  /** A message was taken. */
  readonly sent: () => void
}

/** Writes a message, or chooses a file with a caption. After a message it shows the call that was made. */
export const Composer = ({ device, chat, to, quoted, unquote, sent }: Props) => {
  const [words, setWords] = useDraft(device, chat)
  const [file, setFile] = useState<File>()
  const area = useRef<HTMLTextAreaElement>(null)
  const chooser = useRef<HTMLInputElement>(null)
  const call = lastCallOf(device, chat)
  useEffect(() => {
    if (quoted || file) area.current?.focus()
  }, [quoted, file])
  const isEmpty = words.trim() === "" && file === undefined
  const submit = async () => {
    if (isEmpty) return
    const said = words.trim() === "" ? {} : file ? { caption: words } : { text: words }
    const message = { to, ...said, ...(quoted ? { quote: quoted.id } : {}) }
    setWords("")
    setFile(undefined)
    unquote()
    area.current?.focus()
    if (await send({ device, chat, message, ...(file ? { file } : {}) })) sent()
  }
  const label = text(file ? "conversations.caption" : "conversations.write")
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {quoted && (
        <div class="beside">
          <span class="what">
            <b>
              {text("conversations.replying", {
                name: quoted.sender ? personName(quoted.sender) : text("conversations.you")
              })}
            </b>{" "}
            {lineOf(quoted.kind, quoted.summary)}
          </span>
          <Button kind="quiet" label={text("conversations.unquote")} press={unquote}>
            ✕
          </Button>
        </div>
      )}
      {file && (
        <div class="beside">
          <span class="what">
            <b>{file.name}</b> {sizeOf(file.size)}
          </span>
          <Button kind="quiet" label={text("conversations.unattach")} press={() => setFile(undefined)}>
            ✕
          </Button>
        </div>
      )}
      <div class="line">
        <input
          ref={chooser}
          type="file"
          hidden
          aria-label={text("conversations.attach")}
          onChange={({ currentTarget }) => {
            setFile(currentTarget.files?.[0])
            // So that the same file can be chosen again.
            currentTarget.value = ""
          }}
        />
        <Button
          label={text("conversations.attach")}
          hint={text("conversations.attach")}
          press={() => chooser.current?.click()}
        >
          +
        </Button>
        <textarea
          ref={area}
          rows={Math.min(6, words.split("\n").length)}
          value={words}
          aria-label={label}
          placeholder={label}
          title={text("conversations.keys")}
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
            event.preventDefault()
            void submit()
          }}
        />
        <Button kind="primary" type="submit" isDisabled={isEmpty}>
          {text("conversations.send")}
        </Button>
      </div>
      {call && (
        <div class="call">
          <CopyCall call={call} />
        </div>
      )}
    </form>
  )
}

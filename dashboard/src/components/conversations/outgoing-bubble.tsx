import { sizeOf } from "../../i18n/size.ts"
import { text } from "../../i18n/text.ts"
import { discard, type Outgoing, sendAgain } from "../../state/outgoing.ts"
import { Button } from "../button.tsx"
import { MessageTicks } from "./message-ticks.tsx"
import { ProblemNote } from "../problem-note.tsx"

interface Props {
  readonly outgoing: Outgoing
  /** It was taken after another attempt. */
  readonly sent: () => void
}

/** A message that the gateway does not have yet: how much of its file has left, or why it was not taken. */
export const OutgoingBubble = ({ outgoing, sent }: Props) => {
  const { message, file, is, failure, sentBytes = 0, bytes = 0, cancel } = outgoing
  const again = async () => {
    if (await sendAgain(outgoing)) sent()
  }
  return (
    <li class="message-bubble own outgoing">
      <div class="body">
        {file && <p class="words">{file.name}</p>}
        {(message.text ?? message.caption) && <p class="words">{message.text ?? message.caption}</p>}
        {is === "sending" && file && (
          <>
            <progress max={Math.max(1, bytes)} value={sentBytes} aria-label={text("conversations.sending")} />
            <div class="foot">
              <span>{text("conversations.progress", { sent: sizeOf(sentBytes), all: sizeOf(bytes) })}</span>
              {cancel && (
                <Button kind="quiet" press={cancel}>
                  {text("conversations.cancel")}
                </Button>
              )}
            </div>
          </>
        )}
        {is === "sending" && !file && (
          <div class="foot">
            {text("conversations.sending")} <MessageTicks status="queued" />
          </div>
        )}
        {is === "failed" && (
          <>
            <ProblemNote failure={failure} />
            <div class="buttons">
              <Button press={() => void again()}>{text("conversations.again")}</Button>
              <Button kind="quiet" press={() => discard(outgoing)}>
                {text("conversations.discard")}
              </Button>
            </div>
          </>
        )}
      </div>
    </li>
  )
}

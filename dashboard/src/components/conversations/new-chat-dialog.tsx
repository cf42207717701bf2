import { useState } from "preact/hooks"
import { text } from "../../i18n/text.ts"
import { Button } from "../button.tsx"
import { Dialog } from "../dialog.tsx"
import { Field } from "../field.tsx"

interface Props {
  /** Opens the chat with a number. */
  readonly open: (number: string) => void
  readonly close: () => void
}

const NUMBER = /^\d{8,15}$/

/** Asks for the number of a new chat. Nothing is sent before the first message. */
export const NewChatDialog = ({ open, close }: Props) => {
  const [number, setNumber] = useState("")
  const [isWrong, setWrong] = useState(false)
  const submitted = (event: SubmitEvent) => {
    event.preventDefault()
    const digits = number.replace(/[\s+().-]/g, "")
    if (!NUMBER.test(digits)) return setWrong(true)
    close()
    return open(digits)
  }
  return (
    <Dialog title={text("conversations.newChatTitle")} close={close}>
      <form onSubmit={submitted}>
        <Field
          label={text("conversations.newChatNumber")}
          hint={text("conversations.newChatHint")}
          type="tel"
          value={number}
          change={setNumber}
          isRequired
          isFirst
        />
        {isWrong && (
          <p class="problem-note" role="alert">
            {text("problem.number")}
          </p>
        )}
        <div class="buttons">
          <Button press={close}>{text("action.cancel")}</Button>
          <Button kind="primary" type="submit">
            {text("conversations.newChatOpen")}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

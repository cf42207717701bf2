import { useState } from "preact/hooks"
import { text } from "../i18n/text.ts"
import { Button } from "./button.tsx"
import { Dialog } from "./dialog.tsx"
import { Field } from "./field.tsx"
import { ProblemNote } from "./problem-note.tsx"

interface Props {
  readonly title: string
  /** What is lost. */
  readonly warning: string
  readonly submit: string
  /** What the person has to type first. */
  readonly typed?: string
  readonly act: () => Promise<unknown>
  readonly close: () => void
}

/** Asks before something is lost. */
export const ConfirmDialog = ({ title, warning, submit, typed, act, close }: Props) => {
  const [given, setGiven] = useState("")
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const isRight = typed === undefined || given.trim() === typed.trim()
  const submitted = async (event: SubmitEvent) => {
    event.preventDefault()
    if (!isRight) return
    setBusy(true)
    try {
      await act()
      close()
    } catch (refusal) {
      setFailure(refusal)
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} close={close}>
      <form onSubmit={(event) => void submitted(event)}>
        <p>{warning}</p>
        {typed !== undefined && (
          <Field label={text("confirm.type", { name: typed })} value={given} change={setGiven} isFirst />
        )}
        <ProblemNote failure={failure} />
        <div class="buttons">
          <Button press={close}>{text("action.cancel")}</Button>
          <Button kind="danger" type="submit" isDisabled={!isRight || isBusy}>
            {submit}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import { type Again, sendAgain, webhookPath } from "../../api/webhooks.ts"
import { text } from "../../i18n/text.ts"
import { AgainPreview } from "./again-preview.tsx"
import { Button } from "../button.tsx"
import { CopyCall } from "../copy-call.tsx"
import { Dialog } from "../dialog.tsx"
import { ProblemNote } from "../problem-note.tsx"

interface Props {
  readonly id: string
  readonly title: string
  readonly about: string
  /** Undefined while what was filled in says nothing. */
  readonly again: Again | undefined
  readonly submit: string
  /** Chooses what is sent again. */
  readonly children: ComponentChildren
  readonly done: () => void
  readonly close: () => void
}

/** Sends again, after it has shown what. */
export const AgainDialog = ({ id, title, about, again, submit, children, done, close }: Props) => {
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const submitted = async (event: SubmitEvent) => {
    event.preventDefault()
    if (again === undefined) return
    setBusy(true)
    try {
      await sendAgain(id, again)
      done()
      close()
    } catch (refusal) {
      setFailure(refusal)
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} close={close}>
      <form onSubmit={(event) => void submitted(event)}>
        <p>{about}</p>
        {children}
        {again && <AgainPreview id={id} again={again} />}
        <ProblemNote failure={failure} />
        <div class="buttons">
          {again && (
            <CopyCall
              call={{ method: "POST", path: webhookPath(id, "since" in again ? "recover" : "replay"), body: again }}
            />
          )}
          <Button press={close}>{text("action.cancel")}</Button>
          <Button kind="primary" type="submit" isDisabled={isBusy || again === undefined}>
            {submit}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

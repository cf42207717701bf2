import { useState } from "preact/hooks"
import type { ListedUser } from "../../api/models.ts"
import { setPassword } from "../../api/operator.ts"
import { groupedNumber } from "../../i18n/phone.ts"
import { text } from "../../i18n/text.ts"
import { useSubmit } from "../../state/use-submit.ts"
import { Button } from "../button.tsx"
import { Dialog } from "../dialog.tsx"
import { Field } from "../field.tsx"
import { ProblemNote } from "../problem-note.tsx"

interface Props {
  readonly user: ListedUser
  readonly changed: () => void
  readonly close: () => void
}

/** Sets the password of a user who has forgotten it. */
export const SetPasswordDialog = ({ user, changed, close }: Props) => {
  const [next, setNext] = useState("")
  const { isBusy, failure, submitted } = useSubmit(async () => {
    await setPassword(user.id, next)
    changed()
    close()
  })
  return (
    <Dialog title={text("operator.setPasswordOf", { number: groupedNumber(user.number) })} close={close}>
      <form onSubmit={submitted}>
        <p>{text("operator.setPasswordText")}</p>
        <Field
          label={text("operator.newPassword")}
          hint={text("entrance.passwordHint")}
          type="password"
          autocomplete="new-password"
          value={next}
          change={setNext}
          isRequired
          isFirst
        />
        <ProblemNote failure={failure} />
        <div class="buttons">
          <Button press={close}>{text("action.cancel")}</Button>
          <Button kind="danger" type="submit" isDisabled={isBusy}>
            {text("operator.setPasswordSubmit")}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

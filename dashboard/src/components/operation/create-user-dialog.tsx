import { useState } from "preact/hooks"
import type { User } from "../../api/models.ts"
import { createUser } from "../../api/operator.ts"
import { text } from "../../i18n/text.ts"
import { useSubmit } from "../../state/use-submit.ts"
import { Button } from "../button.tsx"
import { Dialog } from "../dialog.tsx"
import { Field } from "../field.tsx"
import { ProblemNote } from "../problem-note.tsx"

interface Props {
  readonly created: (user: User) => void
  readonly close: () => void
}

/** Makes an account, also where registration is closed. */
export const CreateUserDialog = ({ created, close }: Props) => {
  const [number, setNumber] = useState("")
  const [password, setPassword] = useState("")
  const { isBusy, failure, submitted } = useSubmit(async () => {
    created(await createUser(number.replace(/\D/g, ""), password))
    close()
  })
  return (
    <Dialog title={text("operator.createUser")} close={close}>
      <form onSubmit={submitted}>
        <p>{text("operator.createUserText")}</p>
        <Field
          label={text("entrance.number")}
          hint={text("entrance.numberHint")}
          type="tel"
          value={number}
          change={setNumber}
          isRequired
          isFirst
        />
        <Field
          label={text("entrance.password")}
          hint={text("entrance.passwordHint")}
          type="password"
          autocomplete="new-password"
          value={password}
          change={setPassword}
          isRequired
        />
        <ProblemNote failure={failure} />
        <div class="buttons">
          <Button press={close}>{text("action.cancel")}</Button>
          <Button kind="primary" type="submit" isDisabled={isBusy}>
            {text("operator.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

import { useState } from "preact/hooks"
import { Refusal } from "../../api/client.ts"
import { changePassword } from "../../api/tokens.ts"
import { text } from "../../i18n/text.ts"
import { useSubmit } from "../../state/use-submit.ts"
import { Button } from "../button.tsx"
import { Field } from "../field.tsx"
import { ProblemNote } from "../problem-note.tsx"
import "./password-form.css"

/** Changes one's own password. `changed`: it was, and all other tokens have ended. */
export const PasswordForm = ({ changed }: { readonly changed: () => Promise<void> }) => {
  const [current, setCurrent] = useState("")
  const [next, setNext] = useState("")
  const [isDone, setDone] = useState(false)
  const { isBusy, failure, submitted } = useSubmit(async () => {
    setDone(false)
    await changePassword(current, next)
    setCurrent("")
    setNext("")
    setDone(true)
    await changed()
  })
  const isWrong = failure instanceof Refusal && failure.code === "invalid-credentials"
  return (
    <form class="password-form" onSubmit={submitted}>
      <h2>{text("operator.password")}</h2>
      <p class="quiet">{text("operator.passwordText")}</p>
      <Field
        label={text("operator.currentPassword")}
        type="password"
        autocomplete="current-password"
        value={current}
        change={setCurrent}
        isRequired
      />
      <Field
        label={text("operator.newPassword")}
        hint={text("entrance.passwordHint")}
        type="password"
        autocomplete="new-password"
        value={next}
        change={setNext}
        isRequired
      />
      <ProblemNote failure={isWrong ? text("operator.passwordWrong") : failure} />
      <p role="status">{isDone && text("operator.passwordChanged")}</p>
      <div>
        <Button type="submit" isDisabled={isBusy || current === "" || next === ""}>
          {text("operator.passwordSubmit")}
        </Button>
      </div>
    </form>
  )
}

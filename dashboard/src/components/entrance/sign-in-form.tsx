import { useState } from "preact/hooks"
import { text } from "../../i18n/text.ts"
import { type Registered, registerAndSignIn, signIn } from "../../state/session.ts"
import { Button } from "../button.tsx"
import { Field } from "../field.tsx"
import { ProblemNote } from "../problem-note.tsx"
import "./sign-in-form.css"

interface Props {
  /** For a new account. */
  readonly isNew: boolean
  readonly registered: (account: Registered) => void
}

/** Number and password, or the operator's key. */
export const SignInForm = ({ isNew, registered }: Props) => {
  const [number, setNumber] = useState("")
  const [password, setPassword] = useState("")
  const [key, setKey] = useState("")
  const [isOperator, setOperator] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()

  const submit = async () => {
    const digits = number.replace(/\D/g, "")
    if (isNew) return registered(await registerAndSignIn(digits, password))
    return signIn(isOperator ? { key } : { number: digits, password })
  }
  const submitted = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    setFailure(undefined)
    await submit().catch((refusal: unknown) => {
      setFailure(refusal)
      setBusy(false)
    })
  }
  return (
    <form class="sign-in-form" onSubmit={(event) => void submitted(event)}>
      {isOperator && !isNew ? (
        <Field
          key="key"
          label={text("entrance.key")}
          hint={text("entrance.keyHint")}
          type="password"
          autocomplete="current-password"
          value={key}
          change={setKey}
          isRequired
          isFirst
        />
      ) : (
        <>
          <Field
            key="number"
            label={text("entrance.number")}
            hint={text("entrance.numberHint")}
            type="tel"
            autocomplete="username"
            value={number}
            change={setNumber}
            isRequired
            isFirst
          />
          <Field
            key="password"
            label={text("entrance.password")}
            {...(isNew ? { hint: text("entrance.passwordHint") } : {})}
            type="password"
            autocomplete={isNew ? "new-password" : "current-password"}
            value={password}
            change={setPassword}
            isRequired
          />
        </>
      )}
      <ProblemNote failure={failure} />
      <Button kind="primary" type="submit" isDisabled={isBusy}>
        {text(isNew ? "entrance.register" : "entrance.signIn")}
      </Button>
      {!isNew && (
        <Button kind="quiet" press={() => setOperator(!isOperator)}>
          {text(isOperator ? "entrance.asUser" : "entrance.asOperator")}
        </Button>
      )}
    </form>
  )
}

import { useState } from "preact/hooks"
import { text } from "../../i18n/text.ts"
import { AgainDialog } from "./again-dialog.tsx"
import { Field } from "../field.tsx"

interface Props {
  readonly id: string
  /** The first position; undefined for the person to choose. */
  readonly from: number | undefined
  readonly done: () => void
  readonly close: () => void
}

/** Sends a range of the log again, delivered or not. */
export const ReplayDialog = ({ id, from: first, done, close }: Props) => {
  const [from, setFrom] = useState(first === undefined ? "" : String(first))
  const [to, setTo] = useState("")
  const isRight = isPosition(from) && (to === "" || isPosition(to))
  const range = { from: Number(from), ...(to === "" ? {} : { to: Number(to) }) }
  return (
    <AgainDialog
      id={id}
      title={text("webhooks.replayTitle")}
      about={text("webhooks.replayText")}
      again={isRight ? range : undefined}
      submit={text("webhooks.replaySubmit")}
      done={done}
      close={close}
    >
      <Field label={text("webhooks.from")} value={from} change={setFrom} isRequired isFirst />
      <Field label={text("webhooks.to")} hint={text("webhooks.toHint")} value={to} change={setTo} />
    </AgainDialog>
  )
}

const isPosition = (given: string): boolean => /^[1-9]\d{0,14}$/.test(given)

import { text } from "../../i18n/text.ts"
import { Button } from "../button.tsx"
import { Field } from "../field.tsx"
import "./header-fields.css"

export interface HeaderField {
  readonly name: string
  readonly value: string
}

interface Props {
  /** The names of headers that are there, whose values are not shown. */
  readonly kept: readonly string[]
  /** Undefined: they stay as they are. */
  readonly fields: readonly HeaderField[] | undefined
  /** Undefined to keep those that are there. */
  readonly change: (fields: readonly HeaderField[] | undefined) => void
}

/** Headers that each delivery carries. */
export const HeaderFields = ({ kept, fields, change }: Props) => {
  if (fields === undefined && kept.length > 0) {
    return (
      <div class="header-fields">
        <p>{text("webhooks.headersKept", { names: kept.join(", ") })}</p>
        <Button press={() => change([{ name: "", value: "" }])}>{text("webhooks.headersReplace")}</Button>
      </div>
    )
  }
  const shown = fields ?? []
  const set = (at: number, next: Partial<HeaderField>) =>
    change(shown.map((field, n) => (n === at ? { ...field, ...next } : field)))
  return (
    <div class="header-fields">
      {shown.map(({ name, value }, at) => (
        <div key={at} class="pair">
          <Field label={text("webhooks.headerName")} value={name} change={(given) => set(at, { name: given })} />
          <Field label={text("webhooks.headerValue")} value={value} change={(given) => set(at, { value: given })} />
          <Button
            kind="quiet"
            label={text("webhooks.headerRemove")}
            press={() => change(shown.filter((_, n) => n !== at))}
          >
            ✕
          </Button>
        </div>
      ))}
      {kept.length > 0 && <p>{text("webhooks.headersLost", { names: kept.join(", ") })}</p>}
      <div class="buttons">
        {kept.length > 0 && <Button press={() => change(undefined)}>{text("webhooks.headersKeep")}</Button>}
        <Button press={() => change([...shown, { name: "", value: "" }])}>{text("webhooks.headerAdd")}</Button>
      </div>
    </div>
  )
}

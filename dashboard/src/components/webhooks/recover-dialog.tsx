import { useId, useState } from "preact/hooks"
import { gatewayNow } from "../../api/client.ts"
import { text } from "../../i18n/text.ts"
import { isUtc } from "../../i18n/time.ts"
import { AgainDialog } from "./again-dialog.tsx"
import { Choices } from "../choices.tsx"

interface Props {
  readonly id: string
  readonly done: () => void
  readonly close: () => void
}

const HOUR_MS = 3_600_000

/** Sends what was not delivered since a time. */
export const RecoverDialog = ({ id, done, close }: Props) => {
  const field = useId()
  const [span, setSpan] = useState("1h")
  const [given, setGiven] = useState("")
  // The time counts from when the choice was made, so that the preview and what is sent are the same.
  const [chosenAt, setChosenAt] = useState(gatewayNow)
  const since =
    span === "time" ? Date.parse(isUtc.value ? `${given}Z` : given) : chosenAt - (span === "1h" ? 1 : 24) * HOUR_MS
  return (
    <AgainDialog
      id={id}
      title={text("webhooks.recoverTitle")}
      about={text("webhooks.recoverText")}
      again={Number.isNaN(since) ? undefined : { since: new Date(since).toISOString() }}
      submit={text("webhooks.recoverSubmit")}
      done={done}
      close={close}
    >
      <Choices
        label={text("webhooks.since")}
        choices={[
          { name: "1h", word: text("webhooks.lastHour") },
          { name: "24h", word: text("webhooks.lastDay") },
          { name: "time", word: text("webhooks.aTime") }
        ]}
        chosen={span}
        choose={(name) => {
          setSpan(name)
          setChosenAt(gatewayNow())
        }}
      />
      {span === "time" && (
        <div class="field">
          <label for={field}>{text(isUtc.value ? "webhooks.sinceUtc" : "webhooks.sinceLocal")}</label>
          <input
            id={field}
            type="datetime-local"
            value={given}
            onInput={({ currentTarget }) => setGiven(currentTarget.value)}
          />
        </div>
      )}
    </AgainDialog>
  )
}

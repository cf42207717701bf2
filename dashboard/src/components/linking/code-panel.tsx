import { useState } from "preact/hooks"
import { getCode } from "../../api/devices.ts"
import type { Pairing } from "../../api/models.ts"
import { text } from "../../i18n/text.ts"
import type { PairingState } from "../../state/pairing.ts"
import { Button } from "../button.tsx"
import { Countdown } from "../countdown.tsx"
import { CopyButton } from "../copy-button.tsx"
import { Field } from "../field.tsx"
import "./code-panel.css"

interface Props {
  readonly pairing: Pairing
  readonly act: PairingState["act"]
}

/** A code to type into the phone, where a QR cannot be scanned. */
export const CodePanel = ({ pairing: { device, code }, act }: Props) => {
  const [number, setNumber] = useState(device.number ?? "")
  const [isBusy, setBusy] = useState(false)
  const submitted = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    await act(() => getCode(device.id, number.replace(/\D/g, "")))
    setBusy(false)
  }
  return (
    <form class="code-panel" onSubmit={(event) => void submitted(event)}>
      <p>{text("link.codeText")}</p>
      {device.userAction === "new_code" && (
        <p class="notice" role="status">
          {text("link.codeEnded")}
        </p>
      )}
      {code ? (
        <div class="code" role="status">
          <output>{shown(code.code)}</output>
          <CopyButton value={code.code} />
          <Countdown key={code.code} until={code.expiresAt} />
        </div>
      ) : (
        <Field
          label={text("entrance.number")}
          hint={text("entrance.numberHint")}
          type="tel"
          value={number}
          change={setNumber}
          isRequired
        />
      )}
      <p>{text("link.codeSteps")}</p>
      <div class="buttons">
        <Button kind={code ? "plain" : "primary"} type="submit" isDisabled={isBusy}>
          {text(code ? "link.codeAnother" : "link.codeAsk")}
        </Button>
      </div>
    </form>
  )
}

/** As the phone shows it: in two halves. */
const shown = (code: string): string => (code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code)

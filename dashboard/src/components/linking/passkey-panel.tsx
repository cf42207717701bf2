import { useState } from "preact/hooks"
import { answerPasskey, confirmPasskey } from "../../api/devices.ts"
import type { Pairing, Passkey } from "../../api/models.ts"
import { text } from "../../i18n/text.ts"
import { passkeyInstruction } from "../../state/passkey-instruction.ts"
import type { PairingState } from "../../state/pairing.ts"
import { Button } from "../button.tsx"
import { CopyButton } from "../copy-button.tsx"
import { Countdown } from "../countdown.tsx"
import "./passkey-panel.css"

interface Props {
  readonly pairing: Pairing
  readonly act: PairingState["act"]
}

/** The steps of an account that a passkey protects: its signature, then a code to compare. */
export const PasskeyPanel = ({ pairing: { device, passkey }, act }: Props) => {
  if (!passkey) return <p>{text("link.passkeyNone")}</p>
  if (passkey.step === "passkey") {
    return <Signature passkey={passkey} send={(assertion) => act(() => answerPasskey(device.id, assertion))} />
  }
  const confirm = (matches: boolean) => void act(() => confirmPasskey(device.id, matches))
  return (
    <div class="stack">
      <p class="large">{text("link.confirmTitle")}</p>
      <output class="passkey-code">{passkey.code}</output>
      <p>{text("link.confirmText")}</p>
      <div class="buttons">
        <Button press={() => confirm(false)}>{text("link.different")}</Button>
        <Button kind="primary" press={() => confirm(true)}>
          {text("link.same")}
        </Button>
      </div>
    </div>
  )
}

interface SignatureProps {
  readonly passkey: Passkey
  readonly send: (assertion: unknown) => Promise<boolean>
}

const Signature = ({ passkey, send }: SignatureProps) => {
  const [given, setGiven] = useState("")
  const [isUnfit, setUnfit] = useState(false)
  const instruction = passkeyInstruction(passkey.options)
  const submitted = (event: SubmitEvent) => {
    event.preventDefault()
    try {
      const assertion: unknown = JSON.parse(given.trim())
      setUnfit(false)
      setGiven("")
      void send(assertion)
    } catch {
      setUnfit(true)
    }
  }
  return (
    <form class="passkey-panel" onSubmit={submitted}>
      <p>{text("link.passkeyText")}</p>
      <ol>
        <li>{text("link.passkey1")}</li>
        <li>
          {text("link.passkey2")} <CopyButton value={instruction} />
        </li>
        <li>{text("link.passkey3")}</li>
        <li>{text("link.passkey4")}</li>
      </ol>
      <textarea class="instruction" rows={2} readOnly aria-label={text("link.instruction")} value={instruction} />
      <textarea
        rows={3}
        required
        spellcheck={false}
        aria-label={text("link.answer")}
        placeholder={text("link.answer")}
        value={given}
        onInput={({ currentTarget }) => setGiven(currentTarget.value)}
      />
      {isUnfit && <p role="alert">{text("link.notAnswer")}</p>}
      <Countdown key={instruction} until={passkey.expiresAt} />
      <div class="buttons">
        <Button kind="primary" type="submit">
          {text("link.send")}
        </Button>
      </div>
    </form>
  )
}

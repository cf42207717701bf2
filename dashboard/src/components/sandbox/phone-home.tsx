import { useState } from "preact/hooks"
import { Refusal } from "../../api/client.ts"
import { answerPasskey } from "../../api/devices.ts"
import type { FleetDevice, SandboxPhone } from "../../api/models.ts"
import {
  getPhone,
  logOutFromPhone,
  type PhoneSwitch,
  scanQr,
  signPasskey,
  switchPhone,
  typeCode
} from "../../api/sandbox.ts"
import { text } from "../../i18n/text.ts"
import type { LookedAt } from "../../state/looked-at.ts"
import { Button } from "../button.tsx"
import { Field } from "../field.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { Switch } from "../switch.tsx"

interface Props {
  readonly device: FleetDevice
  readonly phone: SandboxPhone
  readonly failure: unknown
  readonly act: LookedAt<SandboxPhone>["act"]
}

/** What the phone's owner does with WhatsApp's linked devices, and with the phone itself. */
export const PhoneHome = ({ device, phone, failure, act }: Props) => {
  const { id } = device
  const [isBusy, setBusy] = useState(false)
  const press = async (work: () => Promise<SandboxPhone>) => {
    setBusy(true)
    const isDone = await act(work)
    setBusy(false)
    return isDone
  }
  const flip = (which: PhoneSwitch) => (isOn: boolean) => void press(() => switchPhone(id, which, isOn))
  const { airplaneMode, linkedDevices, passkey } = phone
  const isLinked = linkedDevices > 0
  const mayLink = device.state === "QR" && !airplaneMode && !isBusy
  const sign = async () => {
    await answerPasskey(id, await signPasskey(id))
    return getPhone(id)
  }
  return (
    <div class="phone-home">
      <p class="quiet" role="status">
        {isLinked ? text("sandbox.linked", { count: linkedDevices }) : text("sandbox.notLinked")}
      </p>
      {passkey ? (
        <Passkey code={passkey.code} sign={() => void press(sign)} isBusy={isBusy} />
      ) : isLinked ? (
        <Button kind="danger" isDisabled={isBusy || airplaneMode} press={() => void press(() => logOutFromPhone(id))}>
          {text("sandbox.logOut")}
        </Button>
      ) : (
        <>
          <Button kind="primary" isDisabled={!mayLink} press={() => void press(() => scanQr(id))}>
            {text("sandbox.scan")}
          </Button>
          <CodeForm isDisabled={!mayLink} send={(code) => press(() => typeCode(id, code))} />
          {device.state !== "QR" && !airplaneMode && <p class="quiet">{text("sandbox.startFirst")}</p>}
        </>
      )}
      {failure instanceof Refusal && failure.code === "phone-refused" ? (
        <p class="phone-says" role="alert">
          {text("sandbox.refused")} <small lang="en">{failure.message}</small>
        </p>
      ) : (
        <ProblemNote failure={failure} />
      )}
      <div class="phone-switches" role="group" aria-label={text("sandbox.switches")}>
        <Switch
          isOn={airplaneMode}
          isDisabled={isBusy}
          change={flip("airplaneMode")}
          hint={text("sandbox.airplaneHint")}
        >
          {text("sandbox.airplane")}
        </Switch>
        {!isLinked && (
          <>
            <Switch isOn={phone.refusesNextQr} isDisabled={isBusy} change={flip("refusesNextQr")}>
              {text("sandbox.refuseQr")}
            </Switch>
            <Switch isOn={phone.asksForPasskey} isDisabled={isBusy} change={flip("asksForPasskey")}>
              {text("sandbox.askPasskey")}
            </Switch>
          </>
        )}
      </div>
    </div>
  )
}

interface CodeFormProps {
  readonly isDisabled: boolean
  readonly send: (code: string) => Promise<boolean>
}

const CodeForm = ({ isDisabled, send }: CodeFormProps) => {
  const [code, setCode] = useState("")
  const isWhole = code.replace(/\W/g, "").length === 8
  const submitted = async (event: SubmitEvent) => {
    event.preventDefault()
    if (await send(code.replace(/\W/g, ""))) setCode("")
  }
  return (
    <form class="phone-code" onSubmit={(event) => void submitted(event)}>
      <Field label={text("sandbox.code")} value={code} change={setCode} />
      <Button type="submit" isDisabled={isDisabled || !isWhole}>
        {text("sandbox.typeCode")}
      </Button>
    </form>
  )
}

interface PasskeyProps {
  readonly code: string | null
  readonly sign: () => void
  readonly isBusy: boolean
}

const Passkey = ({ code, sign, isBusy }: PasskeyProps) =>
  code === null ? (
    <>
      <p>{text("sandbox.passkeyText")}</p>
      <Button kind="primary" isDisabled={isBusy} press={sign}>
        {text("sandbox.sign")}
      </Button>
    </>
  ) : (
    <>
      <p>{text("sandbox.compare")}</p>
      <output class="phone-passkey">{code}</output>
    </>
  )

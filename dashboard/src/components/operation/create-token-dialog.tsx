import { useState } from "preact/hooks"
import { type CreatedToken, makeToken, type Scope } from "../../api/tokens.ts"
import { nameOf } from "../../i18n/said.ts"
import { groupedNumber } from "../../i18n/phone.ts"
import { text, type TextKey } from "../../i18n/text.ts"
import { devices } from "../../state/fleet.ts"
import { useSubmit } from "../../state/use-submit.ts"
import { Button } from "../button.tsx"
import { CheckItem } from "./check-item.tsx"
import { Choices } from "../choices.tsx"
import { Dialog } from "../dialog.tsx"
import { Field } from "../field.tsx"
import { ProblemNote } from "../problem-note.tsx"
import "./create-token-dialog.css"

interface Props {
  /** Those that its creator has: no token allows more. */
  readonly scopes: readonly Scope[]
  readonly created: (token: CreatedToken) => void
  readonly close: () => void
}

const allows: Readonly<Record<Scope, TextKey>> = {
  read: "operator.scopeRead",
  send: "operator.scopeSend",
  manage: "operator.scopeManage",
  audit: "operator.scopeAudit",
  admin: "operator.scopeAdmin"
}

const DAY_MS = 86_400_000
const lifetimes: readonly (readonly [name: string, word: TextKey])[] = [
  ["", "operator.noExpiry"],
  ["7", "operator.days7"],
  ["90", "operator.days90"],
  ["365", "operator.days365"]
]

/** The API takes at most so many. */
const DEVICES_MAX = 100

/** Makes a token for a program: with what it may do, on which devices, and for how long. */
export const CreateTokenDialog = ({ scopes, created, close }: Props) => {
  const [name, setName] = useState("")
  const [chosen, setChosen] = useState<readonly Scope[]>(["read", "send"])
  const [some, setSome] = useState<readonly string[]>()
  const [days, setDays] = useState("")
  const { isBusy, failure, submitted } = useSubmit(async () => {
    const token = await makeToken({
      name: name.trim(),
      scopes: scopes.filter((scope) => chosen.includes(scope)),
      ...(some === undefined ? {} : { devices: some }),
      ...(days === "" ? {} : { expiresAt: new Date(Date.now() + Number(days) * DAY_MS).toISOString() })
    })
    created(token)
    close()
  })
  const isReady = name.trim() !== "" && chosen.length > 0 && (some === undefined || some.length > 0)
  return (
    <Dialog title={text("operator.createToken")} close={close}>
      <form class="create-token" onSubmit={submitted}>
        <Field
          label={text("operator.tokenName")}
          hint={text("operator.tokenNameHint")}
          value={name}
          change={setName}
          isRequired
          isFirst
        />
        <fieldset>
          <legend>{text("operator.tokenScopes")}</legend>
          {scopes.map((scope) => (
            <CheckItem
              key={scope}
              word={scope}
              hint={text(allows[scope])}
              isChecked={chosen.includes(scope)}
              change={(is) => setChosen(toggled(chosen, scope, is))}
            />
          ))}
        </fieldset>
        <fieldset>
          <legend>{text("operator.tokenDevices")}</legend>
          <Choices
            label={text("operator.tokenDevices")}
            choices={[
              { name: "all", word: text("operator.allDevices") },
              { name: "some", word: text("operator.someDevices") }
            ]}
            chosen={some === undefined ? "all" : "some"}
            choose={(which) => setSome(which === "all" ? undefined : (some ?? []))}
          />
          {some !== undefined && <DeviceChoice chosen={some} change={setSome} />}
        </fieldset>
        <fieldset>
          <legend>{text("operator.tokenExpires")}</legend>
          <Choices
            label={text("operator.tokenExpires")}
            choices={lifetimes.map(([value, word]) => ({ name: value, word: text(word) }))}
            chosen={days}
            choose={setDays}
          />
        </fieldset>
        <ProblemNote failure={failure} />
        <div class="buttons">
          <Button press={close}>{text("action.cancel")}</Button>
          <Button kind="primary" type="submit" isDisabled={isBusy || !isReady}>
            {text("operator.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface DeviceChoiceProps {
  readonly chosen: readonly string[]
  readonly change: (ids: readonly string[]) => void
}

const DeviceChoice = ({ chosen, change }: DeviceChoiceProps) => {
  const [sought, setSought] = useState("")
  const all = [...devices.value.values()]
  const wanted = sought.trim().toLowerCase()
  const found = all.filter(
    (device) => chosen.includes(device.id) || `${nameOf(device)} ${device.number ?? ""}`.toLowerCase().includes(wanted)
  )
  if (all.length === 0) return <p>{text("operator.noDevices")}</p>
  return (
    <>
      {all.length > 8 && <Field label={text("devices.search")} type="search" value={sought} change={setSought} />}
      <div class="devices">
        {found.slice(0, DEVICES_MAX).map((device) => (
          <CheckItem
            key={device.id}
            word={nameOf(device)}
            {...(device.number === null ? {} : { hint: groupedNumber(device.number) })}
            isChecked={chosen.includes(device.id)}
            change={(is) => change(toggled(chosen, device.id, is))}
          />
        ))}
      </div>
    </>
  )
}

const toggled = <A,>(all: readonly A[], one: A, isIn: boolean): readonly A[] =>
  isIn ? [...all, one] : all.filter((each) => each !== one)

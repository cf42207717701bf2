import { useState } from "preact/hooks"
import { addDevice } from "../../api/devices.ts"
import { text } from "../../i18n/text.ts"
import { refresh } from "../../state/fleet.ts"
import { linking } from "../../state/linking.ts"
import { Button } from "../button.tsx"
import { Dialog } from "../dialog.tsx"
import { Field } from "../field.tsx"
import { ProblemNote } from "../problem-note.tsx"

/** Adds a device, and goes on to link it. */
export const AddDeviceDialog = ({ close }: { readonly close: () => void }) => {
  const [name, setName] = useState("")
  const [number, setNumber] = useState("")
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const submitted = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      const named = name.trim() === "" ? {} : { name: name.trim() }
      const { id } = await addDevice({ ...named, number: number.replace(/\D/g, "") })
      refresh(id)
      close()
      linking.value = id
    } catch (refusal) {
      setFailure(refusal)
      setBusy(false)
    }
  }
  return (
    <Dialog title={text("add.title")} close={close}>
      <form onSubmit={(event) => void submitted(event)}>
        <Field label={text("add.name")} hint={text("add.nameHint")} value={name} change={setName} isFirst />
        <Field
          label={text("add.number")}
          hint={text("add.numberHint")}
          type="tel"
          value={number}
          change={setNumber}
          isRequired
        />
        <ProblemNote failure={failure} />
        <div class="buttons">
          <Button press={close}>{text("action.cancel")}</Button>
          <Button kind="primary" type="submit" isDisabled={isBusy}>
            {text("add.submit")}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

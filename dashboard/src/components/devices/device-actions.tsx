import { useState } from "preact/hooks"
import type { FleetDevice } from "../../api/models.ts"
import { nameOf } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { logOut, nextStep, otherSteps, remove, type Step } from "../../state/next-step.ts"
import { refresh } from "../../state/fleet.ts"
import { failed } from "../../state/notice.ts"
import { Button } from "../button.tsx"
import { ConfirmDialog } from "../confirm-dialog.tsx"
import { Menu } from "../menu.tsx"
import "./device-actions.css"

/** The next step as a button, and all others in a menu. */
export const DeviceActions = ({ device }: { readonly device: FleetDevice }) => {
  const [asks, setAsks] = useState<"logout" | "remove">()
  const [isBusy, setBusy] = useState(false)
  const { id, paired } = device
  const name = nameOf(device)
  const next = nextStep(device)
  const take = async (step: Step) => {
    setBusy(true)
    await step.take().catch(failed)
    refresh(id)
    setBusy(false)
  }
  const others = otherSteps(device).filter(({ word }) => word !== next?.word)
  return (
    <div class="device-actions">
      {next && (
        <Button kind={next.isMain ? "primary" : "plain"} isDisabled={isBusy} press={() => void take(next)}>
          {text(next.word)}
        </Button>
      )}
      <Menu
        label={text("device.actions", { name })}
        items={[
          ...others.map((step) => ({ word: text(step.word), choose: () => void take(step) })),
          ...(paired ? [{ word: text("action.logout"), choose: () => setAsks("logout"), isDanger: true }] : []),
          { word: text("action.remove"), choose: () => setAsks("remove"), isDanger: true }
        ]}
      />
      {asks === "logout" && (
        <ConfirmDialog
          title={text("logout.title", { name })}
          warning={text("logout.text")}
          submit={text("logout.submit")}
          act={() => logOut(id)}
          close={() => setAsks(undefined)}
        />
      )}
      {asks === "remove" && (
        <ConfirmDialog
          title={text("remove.title", { name })}
          warning={text("remove.text")}
          submit={text("remove.submit")}
          typed={name}
          act={() => remove(id)}
          close={() => setAsks(undefined)}
        />
      )}
    </div>
  )
}

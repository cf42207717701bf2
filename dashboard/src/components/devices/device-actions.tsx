import { useState } from "preact/hooks"
import type { FleetDevice } from "../../api/models.ts"
import { nameOf } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { nextStep, otherSteps, type Step } from "../../state/next-step.ts"
import { asking } from "../../state/asking.ts"
import { refresh } from "../../state/fleet.ts"
import { failed } from "../../state/notice.ts"
import { Button } from "../button.tsx"
import { Menu } from "../menu.tsx"
import "./device-actions.css"

/** The next step as a button, and all others in a menu. */
export const DeviceActions = ({ device }: { readonly device: FleetDevice }) => {
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
          ...(paired
            ? [
                {
                  word: text("action.logout"),
                  choose: () => (asking.value = { about: "logout", device }),
                  isDanger: true
                }
              ]
            : []),
          { word: text("action.remove"), choose: () => (asking.value = { about: "remove", device }), isDanger: true }
        ]}
      />
    </div>
  )
}

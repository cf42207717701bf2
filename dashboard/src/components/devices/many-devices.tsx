import { useState } from "preact/hooks"
import type { FleetDevice } from "../../api/models.ts"
import { text } from "../../i18n/text.ts"
import { fitFor, type ManyOrder, useMany } from "../../state/many.ts"
import { ConfirmDialog } from "../confirm-dialog.tsx"
import { Menu } from "../menu.tsx"

/** Starts or stops all devices that the filters show, after a question that says how many. */
export const ManyDevices = ({ devices }: { readonly devices: readonly FleetDevice[] }) => {
  const [asks, setAsks] = useState<ManyOrder>()
  const { progress, run } = useMany()
  const orders = (["start", "stop"] as const).map((order) => ({ order, fit: fitFor(order, devices) }))
  const asked = orders.find(({ order }) => order === asks)
  return (
    <div class="many-devices">
      <Menu
        label={text("many.actions")}
        items={orders.map(({ order, fit }) => ({
          word: text(order === "start" ? "many.start" : "many.stop", { count: fit.length }),
          choose: () => fit.length > 0 && setAsks(order)
        }))}
      />
      <span role="status">
        {progress &&
          text(progress.failures > 0 ? "many.progressFailed" : "many.progress", {
            done: progress.done,
            all: progress.all,
            failures: progress.failures
          })}
      </span>
      {asked && (
        <ConfirmDialog
          title={text(asked.order === "start" ? "many.startTitle" : "many.stopTitle", { count: asked.fit.length })}
          warning={text(asked.order === "start" ? "many.startText" : "many.stopText")}
          submit={text(asked.order === "start" ? "action.start" : "action.stop")}
          act={async () => void run(asked.order, asked.fit)}
          close={() => setAsks(undefined)}
        />
      )}
    </div>
  )
}

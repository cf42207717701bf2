import { nameOf } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { asking } from "../../state/asking.ts"
import { refresh } from "../../state/fleet.ts"
import { logOut, remove } from "../../state/next-step.ts"
import { ConfirmDialog } from "../confirm-dialog.tsx"

/** Asks before a device is logged out or removed. */
export const DeviceQuestion = () => {
  const asked = asking.value
  if (asked === undefined) return null
  const { about, device } = asked
  const name = nameOf(device)
  const isRemoval = about === "remove"
  return (
    <ConfirmDialog
      title={text(isRemoval ? "remove.title" : "logout.title", { name })}
      warning={text(isRemoval ? "remove.text" : "logout.text")}
      submit={text(isRemoval ? "remove.submit" : "logout.submit")}
      {...(isRemoval ? { typed: name } : {})}
      act={async () => {
        await (isRemoval ? remove(device.id) : logOut(device.id))
        refresh(device.id)
      }}
      close={() => (asking.value = undefined)}
    />
  )
}

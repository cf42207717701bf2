/** What a person most likely does next with a device: the button in its row. */
import { orderDevice, removeDevice, startDevice } from "../api/devices.ts"
import type { FleetDevice } from "../api/models.ts"
import type { TextKey } from "../i18n/text.ts"
import { linking } from "./linking.ts"

export interface Step {
  readonly word: TextKey
  readonly isMain: boolean
  readonly take: () => Promise<unknown>
}

const link = (id: string) => async () => {
  linking.value = id
}

export const nextStep = (device: FleetDevice): Step | undefined => {
  const { id, state, paired, userAction } = device
  switch (state) {
    case "QR":
      return { word: "action.showQr", isMain: true, take: link(id) }
    case "LOADING":
    case "INIT":
      return paired ? undefined : { word: "action.continueLink", isMain: true, take: link(id) }
    case "NONE":
      return paired
        ? { word: "action.start", isMain: true, take: () => startDevice(id) }
        : { word: "action.link", isMain: true, take: link(id) }
    case "ERROR":
      if (userAction === "take_over") {
        return { word: "action.takeOver", isMain: true, take: () => startDevice(id, true) }
      }
      return paired
        ? { word: "action.retry", isMain: true, take: () => startDevice(id) }
        : { word: "action.relink", isMain: true, take: link(id) }
    case "RECONNECTING":
      return { word: "action.retry", isMain: false, take: () => startDevice(id) }
    case "CONNECTED":
    case "removed":
      return undefined
  }
}

/** Everything that can be done now without a question. */
export const otherSteps = ({ id, state, paired }: FleetDevice): readonly Step[] => {
  const isUp = state !== "NONE" && state !== "ERROR"
  const steps: readonly (Step | false)[] = [
    !isUp && paired && { word: "action.start", isMain: false, take: () => startDevice(id) },
    isUp && { word: "action.stop", isMain: false, take: () => orderDevice(id, "stop") },
    isUp && { word: "action.restart", isMain: false, take: () => orderDevice(id, "restart") }
  ]
  return steps.filter((step) => step !== false)
}

export const logOut = (id: string): Promise<unknown> => orderDevice(id, "logout")
export const remove = (id: string): Promise<unknown> => removeDevice(id)

/** A device as its projection has it, with what only its actor knows. */
import { Effect } from "effect"
import type { LiveDevice } from "../actors/device/answers.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import { accountOf } from "../events/people.ts"
import type { Device } from "../store/devices.ts"
import { numberIn } from "../whatsapp/jid.ts"
import { type ShownAction, shownAction } from "./shown-action.ts"

export interface DeviceView extends Omit<Device, "userAction"> {
  readonly isReady: boolean
  /** What a person has to do now. */
  readonly userAction: ShownAction | null
  /** The QR to show now. A secret. */
  readonly qr: string | null
  /** When the gateway last heard from WhatsApp, epoch milliseconds. */
  readonly lastSeen: number | null
}

/** The telephone number of the account: the one that the device was added with, else the one that is linked. */
export const linkedNumber = ({ number, jid }: Pick<Device, "number" | "jid">): string | null =>
  number ?? numberIn(accountOf(jid ?? "") ?? "") ?? null

export const viewDevice = (device: Device): Effect.Effect<DeviceView, never, DeviceDirectory> =>
  Effect.gen(function* () {
    const directory = yield* DeviceDirectory
    return viewOf(device, yield* directory.view(device.id))
  })

const viewOf = (device: Device, live: LiveDevice | undefined): DeviceView => {
  const state = live?.state ?? device.state
  const { paired, userAction } = live?.context ?? device
  return {
    ...device,
    state,
    isReady: state === "CONNECTED",
    userAction: shownAction({ state, paired, userAction, hasCode: live?.code != null }),
    qr: live?.qr?.text ?? null,
    syncPercent: live?.context.syncPercent ?? device.syncPercent,
    lastSeen: live?.lastSeen ?? null
  }
}

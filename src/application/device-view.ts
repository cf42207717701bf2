/** A device as its projection has it, with what only its actor knows. */
import { Effect } from "effect"
import type { LiveDevice } from "../actors/device/answers.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import type { Device } from "../store/devices.ts"

export interface DeviceView extends Device {
  readonly isReady: boolean
  /** The QR to show now. A secret. */
  readonly qr: string | null
  /** When the gateway last heard from WhatsApp, epoch milliseconds. */
  readonly lastSeen: number | null
}

export const viewDevice = (device: Device): Effect.Effect<DeviceView, never, DeviceDirectory> =>
  Effect.gen(function* () {
    const directory = yield* DeviceDirectory
    return viewOf(device, yield* directory.view(device.id))
  })

const viewOf = (device: Device, live: LiveDevice | undefined): DeviceView => {
  const state = live?.state ?? device.state
  return {
    ...device,
    state,
    isReady: state === "CONNECTED",
    qr: live?.qr?.text ?? null,
    syncPercent: live?.context.syncPercent ?? device.syncPercent,
    lastSeen: live?.lastSeen ?? null
  }
}

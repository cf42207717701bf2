/** What is known of a device for an answer: its row, and what only its actor knows. */
import { Effect } from "effect"
import type { LiveDevice } from "../actors/device/commands.ts"
import { DeviceDirectory } from "../actors/directory.ts"
import { DeviceId } from "../events/ids.ts"
import type { DeviceRow } from "../store/devices.ts"

export interface DeviceView {
  readonly row: DeviceRow
  readonly state: string
  readonly isReady: boolean
  /** The QR to show now. A secret. */
  readonly qr: string | null
  /** Percent of the history that the phone has handed over; null before any is known. */
  readonly syncPercent: number | null
  /** Epoch milliseconds of the last sign of life from WhatsApp. */
  readonly lastSeen: number | null
}

export const viewDevice = (row: DeviceRow): Effect.Effect<DeviceView, never, DeviceDirectory> =>
  Effect.map(
    Effect.flatMap(DeviceDirectory, (directory) => directory.live(DeviceId.make(row.device_id))),
    (live) => viewOf(row, live)
  )

const viewOf = (row: DeviceRow, live: LiveDevice | undefined): DeviceView => {
  const state = live?.state ?? row.state
  return {
    row,
    state,
    isReady: state === "CONNECTED",
    qr: live?.qr?.text ?? null,
    syncPercent: live?.context.syncPercent ?? row.sync_percent,
    lastSeen: live?.lastSeen ?? null
  }
}

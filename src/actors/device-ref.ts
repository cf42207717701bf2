/** A device as its actor is found and started. */
import type { DeviceId } from "../events/ids.ts"

export interface DeviceRef {
  readonly id: DeviceId
  /** The small number that stands in envelopes and rows. */
  readonly deviceNumber: number
}

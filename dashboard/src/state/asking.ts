/**
 * What a person is asked about a device before something is lost. It is not in the device's row, which may leave the screen, or the list,
 * while the question is open.
 */
import { signal } from "@preact/signals"
import type { FleetDevice } from "../api/models.ts"

export interface Asking {
  readonly about: "logout" | "remove"
  readonly device: FleetDevice
}

export const asking = signal<Asking | undefined>(undefined)
